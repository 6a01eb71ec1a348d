"""The driven side: each package is named after its neighbour, and none is loaded unasked."""

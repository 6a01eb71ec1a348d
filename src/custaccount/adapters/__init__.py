"""The driven side: each package is named after the neighbour it talks to; none is loaded unasked."""

"""The words everything else is written in; depends on nothing of the house."""

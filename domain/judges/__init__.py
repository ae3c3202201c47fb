"""One pure judge for each kind of identity."""

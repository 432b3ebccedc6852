"""The hexagon: what a password renewal is, in plain Python and the standard library only."""

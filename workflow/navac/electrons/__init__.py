"""Bonding by LOBSTER: its input beside that of VASP, and what its lists of bonds add up to."""

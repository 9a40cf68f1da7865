"""The closed loop: which energies an expansion lacks, round after round."""

MOST_SITES = 62
"""Of a supercell that is searched: a pattern is one non-negative integer of 64 bits."""

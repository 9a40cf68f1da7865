"""Energies of relaxed orderings by a machine-learned potential, or any calculator of ASE."""

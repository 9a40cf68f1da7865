"""Orderings of the active sites: enumeration, symmetry, Ewald energies, structures."""

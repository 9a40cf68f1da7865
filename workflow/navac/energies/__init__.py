"""Energies of orderings, from one of several sources."""

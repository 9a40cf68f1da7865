"""Sampling of sites that hold any number of species, as a lattice gas."""

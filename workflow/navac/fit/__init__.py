"""Fitting cluster expansions to energies."""

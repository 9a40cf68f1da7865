"""Cluster expansions: clusters, energies, tables and files, ground states."""

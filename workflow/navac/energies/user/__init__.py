"""Structures and energies that others computed: their files, and the orderings that they are."""

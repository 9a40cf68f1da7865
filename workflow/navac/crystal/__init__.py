"""The crystal: primitive cell, symmetry, supercells, and what its sites may hold."""

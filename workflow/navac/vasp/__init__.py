"""VASP: input, potentials, runs, output."""

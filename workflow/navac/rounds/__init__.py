"""The closed loop: which energies an expansion lacks, round after round."""

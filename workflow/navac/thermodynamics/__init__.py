"""Free energies, phases and their boundaries from what was sampled."""

"""From phases to cells: parameters of a campaign, particles by finite elements, PyBaMM's cells."""

"""navac's Monte Carlo engine against CASM, icet and smol, each in a process of its own."""

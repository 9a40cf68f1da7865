"""navac: cluster expansion and grand-canonical Monte Carlo of partly filled crystals."""

__version__ = "0.1.0"

"""What a site may hold: species, their codes, and the site variables of an expansion.

The code of a species is its position in the list of the site (int8), everywhere in the library."""

from __future__ import annotations

import numpy as np

VACANCY = "Va"


def spins(occupation: np.ndarray) -> np.ndarray:
    """Chebyshev variable −1 / +1 of species index 0 / 1."""
    return (2 * np.asarray(occupation) - 1).astype(np.int8)

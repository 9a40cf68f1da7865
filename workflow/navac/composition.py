"""Compositions: amounts per formula unit and atoms per primitive cell."""

from __future__ import annotations

import numpy as np

COMPOSITION_TOLERANCE = 1e-6


def in_range(x: np.ndarray, bounds: tuple[float, float]) -> np.ndarray:
    """Which compositions lie in a closed range."""
    low, high = bounds
    return (x >= low - COMPOSITION_TOLERANCE) & (x <= high + COMPOSITION_TOLERANCE)

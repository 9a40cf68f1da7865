"""Compositions: amounts x per formula unit, and atoms per primitive cell."""

from __future__ import annotations

from typing import TypeVar

import numpy as np

COMPOSITION_TOLERANCE = 1e-6

Amount = TypeVar("Amount", float, np.ndarray)


def atoms_per_cell(x: Amount, formula_units: int) -> Amount:
    """Atoms per primitive cell at a composition.

    Args:
        x: atoms of the inserted species per formula unit.
        formula_units: formula units per primitive cell.
    """
    return x * formula_units


def composition_of(atoms: Amount, formula_units: int) -> Amount:
    """The composition x of ``atoms`` per primitive cell; the inverse of :func:`atoms_per_cell`."""
    return atoms / formula_units


def in_range(x: np.ndarray, bounds: tuple[float, float]) -> np.ndarray:
    """Which compositions lie in a closed range."""
    low, high = bounds
    return (x >= low - COMPOSITION_TOLERANCE) & (x <= high + COMPOSITION_TOLERANCE)

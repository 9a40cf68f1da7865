"""Weights of energies in a fit."""

from __future__ import annotations

import numpy as np

from navac.fit.training import Training
from navac.hull import lower_hull, mixture_hull


def structure_weights(
    training: Training, hull_scale: float | None, balance: bool, formula_units: int
) -> np.ndarray:
    """``[ordering]`` weights, 1 on average.

    Args:
        hull_scale: energies weigh ``exp(−distance above the hull / hull_scale)``, eV per
            primitive cell; None for all alike.
        balance: divide by the number of orderings at the composition.
    """
    weights = np.ones(len(training.energies))
    if hull_scale is not None:
        weights *= np.exp(-_above_hull(training, formula_units) / hull_scale)
    if balance:
        blocks = composition_blocks(training)
        weights /= np.bincount(blocks)[blocks]
    return weights / weights.mean()


def composition_blocks(training: Training) -> np.ndarray:
    """``[ordering]`` number of the composition of each ordering."""
    points = np.round(training.compositions, 6)
    return np.unique(points, axis=0, return_inverse=True)[1].reshape(-1)


def _above_hull(training: Training, formula_units: int) -> np.ndarray:
    if training.points is None:
        hull = lower_hull(training.x, training.energies, formula_units)
        return hull.above(training.x, training.energies)
    return mixture_hull(training.points, training.energies).above(
        training.points, training.energies
    )

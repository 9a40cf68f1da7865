"""Which orderings to compute: those whose energies tell the interactions best.

An energy adds the outer product of its correlations to the information about the interactions. A
D-optimal choice maximises the determinant of the information, which keeps the volume of the
interactions' confidence region small; an A-optimal one minimises the sum of their variances
(Fedorov, Theory of Optimal Experiments; for cluster expansions van de Walle and Ceder, J. Phase
Equilib. 23, 348). Orderings are taken one after the other, each the best after those before it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

PRIOR = 1e-3
"""Information about every interaction before any energy is known, in energies of unit functions.

It makes the first choices well defined, long before there are as many energies as functions."""
CRITERIA = ("d_optimal", "a_optimal")


def optimal_choice(
    averages: np.ndarray,
    number: int,
    *,
    criterion: str = "d_optimal",
    known: Sequence[int] = (),
    scale: np.ndarray | None = None,
) -> np.ndarray:
    """Rows of ``averages[ordering, orbit]`` to compute, in the order of their choice.

    Args:
        number: how many are chosen besides the known ones; all if there are fewer.
        criterion: one of :data:`CRITERIA`.
        known: rows that are computed anyhow.
        scale: ``[orbit]`` expected size of the total interactions, in any unit: small ones count
            less. None for all alike.
    """
    scale = np.ones(averages.shape[1]) if scale is None else scale
    design = np.column_stack([np.ones(len(averages)), averages * scale])
    inverse = np.eye(design.shape[1]) / PRIOR
    free = np.ones(len(averages), bool)
    for row in known:
        inverse = _with(inverse, design[row])
        free[row] = False
    reach = design @ inverse
    variance = (reach * design).sum(axis=1)
    chosen: list[int] = []
    while len(chosen) < number and free.any():
        gain = variance if criterion == "d_optimal" else (reach**2).sum(axis=1) / (1 + variance)
        best = int(np.where(free, gain, -np.inf).argmax())
        free[best] = False
        chosen.append(best)
        along = reach @ design[best] / np.sqrt(1 + variance[best])
        direction = reach[best] / np.sqrt(1 + variance[best])
        reach = reach - np.outer(along, direction)
        variance = np.maximum(variance - along**2, 0.0)
    return np.array(chosen, int)


def _with(inverse: np.ndarray, row: np.ndarray) -> np.ndarray:
    """The inverse information with one energy more (Sherman and Morrison)."""
    reach = inverse @ row
    return inverse - np.outer(reach, reach) / (1 + row @ reach)

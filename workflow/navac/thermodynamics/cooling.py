"""What integrals from infinite temperature are off by, where heating says so.

The constant of a phase that sampling found rests on cooled paths alone. Their noise is in its
error; a lag behind the temperature, or too wide a step, makes all of them wrong alike and is not.
A phase without order that is also heated from its ground state tells: that is exactly known, and
neither way there passes a transition.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from navac.sampling.plan import Plan
from navac.thermodynamics.assignment import Assignment
from navac.thermodynamics.integration import Branches
from navac.thermodynamics.scatter import of_paths
from navac.thermodynamics.surfaces import Surface

FEWEST = 5
"""Paths that tell."""


def systematic(
    plan: Plan, data: Branches, assignment: Assignment, surfaces: Sequence[Surface | None]
) -> float:
    """Standard error that the integrals of cooled paths have in common, eV per primitive cell.

    The square of their mean difference from the surfaces of heated phases, less the part of it that
    noise makes (the estimator of a common variance by moments); 0 where nothing tells.

    Args:
        surfaces: of every phase; the last ground states have none where no state is in them.
    """
    off, path = [np.zeros(0)], [np.zeros((0, 2), int)]
    heated = surfaces[: len(plan.phases)] if plan.cooled else []
    for k, surface in enumerate(heated):
        own = assignment.phase[-1] == k
        # What is ordered at the highest temperature of the grid may have jumped above it.
        if surface is None or k in assignment.ordered or not (assignment.phase[k] == k).any():
            continue
        T, mu = np.nonzero(np.logical_and.accumulate(own[::-1])[::-1])
        found = surface.at(plan.temperatures[T], plan.mu_grid[mu])["phi"][:, 0]
        off.append(data.phi[-1, T, mu] - found)
        path.append(np.column_stack([0 * mu, mu]))
    differences, paths = np.concatenate(off), np.concatenate(path)
    if len(np.unique(paths, axis=0)) < FEWEST:
        return 0.0
    noise = float(of_paths(differences[:, None], np.ones(len(paths)), paths)[0])
    return float(np.sqrt(max(differences.mean() ** 2 - noise**2, 0)))

"""Where a phase counts as sampled: at its states, and in the holes between them.

Paths leave a phase by chance, a little earlier at one temperature than at the next. In between the
surface is held by states on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from navac.sampling.plan import Plan
from navac.thermodynamics.surfaces import Surface

HOLE = 2
"""Missing chemical potentials inside a phase that are filled; more if N rises across them."""

COOLER = 3
"""Missing temperatures inside a phase that are filled if E − μN rises across them."""


def filled(plan: Plan, surface: Surface, where: np.ndarray) -> np.ndarray:
    """A ``[T, μ]`` mask without its holes along μ, and then without those along T.

    Where there are no states, as paths went elsewhere, the surface holds if it is stable there: N
    rises from one side of the hole to the other along μ, and E − μN along T.
    """
    along_mu = where.copy()
    for step, a, b in _holes(where):
        across = plan.mu_grid[a : b + 1]
        if b - a <= HOLE + 1 or _rises(surface, plan.temperatures[step], across, "number"):
            along_mu[step, a:b] = True
    both = along_mu.copy()
    for at, a, b in _holes(along_mu.T):
        across = plan.temperatures[a : b + 1]
        if b - a <= COOLER + 1 and _rises(surface, across, plan.mu_grid[at], "omega"):
            both[a:b, at] = True
    return both


def _holes(rows: np.ndarray) -> Iterator[tuple[int, int, int]]:
    """The row of every hole, and the positions of the true values on either side."""
    for k, row in enumerate(rows):
        yield from ((k, int(a), int(b)) for a, b in pairwise(np.flatnonzero(row)) if b - a > 1)


def _rises(surface: Surface, T, mu, name: str) -> bool:
    """Whether N, or E − μN as ``omega``, rises along a line of points."""
    T, mu = np.broadcast_arrays(np.asarray(T, float), mu)
    found = surface.at(T, mu)
    number = found["number"][:, 0]
    values = number if name == "number" else found["energy"][:, 0] - mu * number
    return bool((np.diff(values) > 0).all())

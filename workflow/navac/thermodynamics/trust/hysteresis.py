"""Loops between paths that cross a transition one way and those that cross it the other way.

A heated path goes over to the phase of higher temperature late, a cooled one to that of lower
temperature; so do scans of μ upwards and downwards. Between the two lies the transition. One that
is found outside contradicts the paths.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from navac.thermodynamics.coexistence import Coexistence
from navac.thermodynamics.diagram import Diagram


@dataclass(frozen=True, kw_only=True)
class Loop:
    """Where paths cross a boundary both ways, in K or in eV per atom.

    Attributes:
        up, down: where they go over on the way up, and on the way down.
        boundary: where the two grand potentials are equal.
    """

    up: float
    down: float
    boundary: float

    @property
    def width(self) -> float:
        """How far the two are apart."""
        return abs(self.up - self.down)

    @property
    def outside(self) -> float:
        """By how much the boundary is outside the loop."""
        low, high = sorted((self.up, self.down))
        return max(low - self.boundary, self.boundary - high, 0.0)


def loops(diagram: Diagram, piece: Sequence[Coexistence], *, scanned: bool = False) -> list[Loop]:
    """The loops about a two-phase region: along T at every μ, or along μ at every T if scanned.

    Args:
        piece: its equilibria, by rising temperature.
    """
    pair = tuple(diagram.assignment.names.index(n) for n in (piece[0].low, piece[0].high))
    return _along_mu(diagram, piece, pair) if scanned else _along_T(diagram, piece, pair)


def _along_T(diagram: Diagram, piece: Sequence[Coexistence], pair: tuple) -> list[Loop]:
    """Heated against cooled paths; none where nothing was cooled."""
    plan, phase = diagram.plan, diagram.assignment.phase
    if not plan.cooled:
        return []
    found, heated = [], range(len(plan.phases))
    for i, mu in enumerate(plan.mu_grid):
        at = _crossed(
            plan.temperatures[[c.step for c in piece]], np.array([c.mu for c in piece]), mu
        )
        if at is None:
            continue
        for first, second in (pair, pair[::-1]):
            down = _change(phase[-1, :, i], plan.temperatures, first, second)
            ups = [_change(phase[b, :, i], plan.temperatures, first, second) for b in heated]
            ups = [up for up in ups if np.isfinite(up)]
            if np.isfinite(down) and ups:
                found.append(Loop(up=max(ups), down=down, boundary=at))
    return found


def _along_mu(diagram: Diagram, piece: Sequence[Coexistence], pair: tuple) -> list[Loop]:
    """Scans upwards against scans downwards."""
    plan, phase = diagram.plan, diagram.assignment.phase
    found = []
    for c in piece:
        rows = phase[:, c.step]
        changes = [_change(row, plan.mu_grid, *pair) for row in rows]
        starts = plan.mu_grid[plan.mu_index]
        ups = [at for at, start in zip(changes, starts, strict=True) if at > start]
        downs = [at for at, start in zip(changes, starts, strict=True) if at < start]
        if ups and downs:
            found.append(Loop(up=max(ups), down=min(downs), boundary=c.mu))
    return found


def _change(phase: np.ndarray, grid: np.ndarray, first: int, second: int) -> float:
    """Where along a path the one phase is followed by the other; NaN if it is not.

    What is in no phase between the two does not count.
    """
    there = np.flatnonzero(phase >= 0)
    for a, b in pairwise(there):
        if phase[a] == first and phase[b] == second:
            return float(grid[a] + grid[b]) / 2
    return np.nan


def _crossed(temperature: np.ndarray, mus: np.ndarray, mu: float) -> float | None:
    """The temperature at which a boundary is at a chemical potential, if it is so once."""
    sides = np.sign(mus - mu)
    changes = np.flatnonzero(sides[:-1] * sides[1:] < 0)
    if len(changes) != 1:
        return None
    a = changes[0]
    part = (mu - mus[a]) / (mus[a + 1] - mus[a])
    return float(temperature[a] + part * (temperature[a + 1] - temperature[a]))

"""Of what the standard error of a boundary is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from navac.thermodynamics.coexistence import Coexistence
from navac.thermodynamics.diagram import Diagram


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Standard errors of x on the worse side of a region; medians over its temperatures.

    Attributes:
        sampling: from resampled blocks, or from the covariance of an equation of state.
        routes: as integrals along different routes differ.
        grid: of straight lines between neighbouring temperatures.
    """

    sampling: float
    routes: float
    grid: float


def parts_of(diagram: Diagram, piece: Sequence[Coexistence]) -> Parts:
    """The parts of the error of a region.

    Args:
        piece: its equilibria, by rising temperature.
    """
    each = np.array([_at(diagram, c) for c in piece]) / diagram.formula_units
    worse = each.max(axis=2)
    return Parts(
        sampling=_median(worse[:, 0]), routes=_median(worse[:, 1]), grid=_grid(diagram, piece)
    )


def _at(diagram: Diagram, c: Coexistence) -> np.ndarray:
    """``[part, side]`` errors of N by sampling and by routes."""
    total = np.array(c.stderr[:2])
    if c.by_equation:
        return np.array([total, [np.nan, np.nan]])
    low, high = pair = [diagram.assignment.names.index(n) for n in (c.low, c.high)]
    row = diagram.fields.rows(c.step)
    _, number, chi = row.at(c.mu)
    rise = max(float(abs(number[0, high] - number[0, low])), 1e-9)
    routes = chi[0, pair] * float(np.hypot(*row.phi_error[pair])) / rise
    return np.array([np.sqrt(np.maximum(total**2 - routes**2, 0)), routes])


def _grid(diagram: Diagram, piece: Sequence[Coexistence]) -> float:
    """How far straight lines over two steps of T miss the point between; over one, a quarter."""
    if len(piece) < 3:
        return np.nan
    T = diagram.plan.temperatures[[c.step for c in piece]]
    x = np.array([(c.n_low, c.n_high) for c in piece]) / diagram.formula_units
    part = ((T[1:-1] - T[:-2]) / (T[2:] - T[:-2]))[:, None]
    missed = np.abs(x[1:-1] - (1 - part) * x[:-2] - part * x[2:]) / 4
    return _median(missed.max(axis=1))


def _median(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else np.nan

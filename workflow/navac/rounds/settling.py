"""Whether a range is settled: what changed since the round before, and what is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from navac.hull import Hull, lower_hull
from navac.rounds.record import OPEN, SETTLED, SPENT, Score, State

STEPS = 400
"""Compositions at which hulls and voltages are compared."""


class Limits(Protocol):
    """What the configuration asks of a settled range.

    Attributes:
        hull_meV_per_fu, loocv_meV_per_fu, voltage_mV: most that may change in a round; no ground
            state may be predicted deeper below the hull than the first.
    """

    @property
    def hull_meV_per_fu(self) -> float: ...
    @property
    def loocv_meV_per_fu(self) -> float: ...
    @property
    def voltage_mV(self) -> float: ...


def hull_of(states: Sequence[State], formula_units: int) -> Hull:
    """The hull that a round kept."""
    x = np.array([s.x for s in states])
    energy = np.array([s.energy_eV_per_cell for s in states])
    return lower_hull(x, energy, formula_units)


def hull_change(before: Hull, now: Hull) -> float:
    """Largest change of the energy of the hull at any x that both span, meV per formula unit."""
    x = _common(before, now)
    change = np.abs(np.interp(x, now.x, now.energy) - np.interp(x, before.x, before.energy))
    return 1000 * float(change.max()) / now.formula_units


def voltage_change(before: Hull, now: Hull) -> float:
    """Largest change of the 0 K voltage at any x, mV.

    The voltage is −μ against a fixed electrode, and a step between ground states: between the
    steps, not on them, is where it is compared.
    """
    x = _common(before, now)
    x = (x[1:] + x[:-1]) / 2
    change = np.abs(_mu(now, x) - _mu(before, x))
    return 1000 * float(change.max())


def _mu(hull: Hull, x: np.ndarray) -> np.ndarray:
    piece = np.clip(np.searchsorted(hull.x, x) - 1, 0, len(hull.transitions) - 1)
    return hull.transitions[piece]


def _common(one: Hull, other: Hull) -> np.ndarray:
    low, high = max(one.x[0], other.x[0]), min(one.x[-1], other.x[-1])
    return np.unique([*np.linspace(low, high, STEPS), *one.x, *other.x]).clip(low, high)


def verdict(
    limits: Limits, before: Score | None, energies: int, loocv: float, deepest: float,
    changes: tuple[float, float] | None,
) -> str:  # fmt: skip
    """OPEN or SETTLED.

    A round whose energies did not come, because their calculations failed, tells nothing.

    Args:
        deepest: how far the lowest predicted ground state is below the hull, meV/f.u.
        changes: of the hull, meV/f.u., and of the 0 K voltage, mV; None in the first round.
    """
    if before is None or changes is None or deepest > limits.hull_meV_per_fu:
        return OPEN
    if before.asked and energies <= before.energies:
        return OPEN
    quiet = (
        changes[0] <= limits.hull_meV_per_fu
        and changes[1] <= limits.voltage_mV
        and abs(loocv - before.loocv_meV_per_fu) <= limits.loocv_meV_per_fu
    )
    return SETTLED if quiet else OPEN


def over(scores: Sequence[Score]) -> bool:
    """Whether no range asks for more."""
    return all(score.state in (SETTLED, SPENT) for score in scores)

"""Two-phase regions up to their critical points.

Jumps of composition tell of two phases as far as the supercell holds them apart. Around a critical
point the equation of state takes over: it ends the region at its critical temperature, gives the
boundaries that the supercell rounds, and fills temperatures at which no jump was seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np

from navac.sampling.plan import Plan
from navac.thermodynamics.coexistence import Coexistence
from navac.thermodynamics.critical import CriticalPoint, critical_point
from navac.thermodynamics.critical_fit import WINDOW
from navac.thermodynamics.envelope import Envelope
from navac.thermodynamics.integration import Branches
from navac.thermodynamics.scaling import universality

FEWEST = 3
"""Temperatures at which two phases have to be seen before their region is looked at."""

APART, LOWEST = 0.03, 0.2
"""Relative steps in which a critical temperature is looked for below the end of a region, and the
farthest."""

Names = tuple[str, str]


def critical_points(
    plan: Plan,
    resampled: Sequence[Branches],
    found: Sequence[Coexistence],
    one_from: Mapping[Names, int],
    supercell: Sequence[int],
) -> dict[Names, CriticalPoint]:
    """The critical point of every region of two neighbouring phases that closes in one.

    Args:
        one_from: the steps from which on the two phases are one.
        supercell: its lengths in primitive cells.
    """
    of = universality(supercell)
    points: dict[Names, CriticalPoint] = {}
    if of is None:
        return points
    for names in pairwise(plan.phases):
        if names not in one_from:
            continue
        seen = [c.step for c in found if (c.low, c.high) == names and c.step < one_from[names]]
        if len(seen) < FEWEST:
            continue
        for guess in _guesses(plan.temperatures, seen):
            point = critical_point(plan, resampled, names, guess, int(np.prod(supercell)), of)
            if point is not None:
                points[names] = point
                break
    return points


def _guesses(T: np.ndarray, seen: Sequence[int]) -> Iterator[float]:
    """Where a region seems to end, then lower and lower temperatures at which it was seen.

    Above a critical point two phases seem to go on where states between them are too few.
    """
    last = max(seen)
    end = float(T[last] + T[min(last + 1, len(T) - 1)]) / 2
    yield end
    lower = end
    for step in sorted(seen, reverse=True):
        if T[step] < (1 - APART) * lower and T[step] > (1 - LOWEST) * end:
            lower = float(T[step])
            yield lower


def closed(
    plan: Plan,
    steps: Sequence[Envelope],
    found: Sequence[Coexistence],
    points: Mapping[Names, CriticalPoint],
) -> list[Coexistence]:
    """The equilibria once more, with regions that end at their critical points.

    Args:
        steps: the envelope of every temperature.
    """
    kept = [c for c in found if not any(_replaced(plan, c, p) for p in points.values())]
    for names, point in points.items():
        seen = {c.step for c in kept if (c.low, c.high) == names}
        kept += [
            _by_equation(plan, steps[step], step, point)
            for step, T in enumerate(plan.temperatures)
            if step not in seen and (1 - WINDOW) * point.temperature < T < point.temperature
        ]
    return sorted(kept, key=lambda c: (c.step, c.mu))


def _replaced(plan: Plan, c: Coexistence, point: CriticalPoint) -> bool:
    """Whether the equation of state knows better about what a jump showed."""
    T, pair = plan.temperatures[c.step], (point.low, point.high)
    if (1 - WINDOW) * point.temperature >= T:
        return False  # there it says nothing
    doubtful = point.temperature <= T or point.rounded(T)
    if (c.low, c.high) == pair:
        return doubtful or _worse(c, T, point)
    inside = point.numbers[0] < (c.n_low + c.n_high) / 2 < point.numbers[1]
    return doubtful and inside and {c.low, c.high} - set(pair) <= _unnamed(plan, c)


def _worse(c: Coexistence, T: float, point: CriticalPoint) -> bool:
    """Whether a crossing is less certain than the equation of state, where this holds."""
    _, stderr = point.coexisting(T)
    return max(c.stderr[:2]) > stderr[:2].max()


def _unnamed(plan: Plan, c: Coexistence) -> set[str]:
    return {c.low, c.high} - set(plan.phases)


def _by_equation(plan: Plan, now: Envelope, step: int, point: CriticalPoint) -> Coexistence:
    """An equilibrium of the equation of state, and the sampled states nearest to its sides."""
    (n_low, n_high, mu), stderr = point.coexisting(plan.temperatures[step])
    middle = (n_low + n_high) / 2
    below = np.flatnonzero((now.mu <= mu) & (now.number <= (n_low + middle) / 2))
    above = np.flatnonzero((now.mu >= mu) & (now.number >= (n_high + middle) / 2))
    at = int(np.abs(now.mu - mu).argmin())
    left = int(below[-1]) if len(below) else max(at - 1, 0)
    right = int(above[0]) if len(above) else min(at + 1, len(now.mu) - 1)
    return Coexistence(
        step=step, left=left, right=right, low=point.low, high=point.high, mu=float(mu),
        n_low=float(n_low), n_high=float(n_high), stderr=tuple(stderr.tolist()), by_equation=True,
    )  # fmt: skip

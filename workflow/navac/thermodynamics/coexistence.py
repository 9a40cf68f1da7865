"""Two phases in equilibrium, by name, from temperature to temperature."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from navac.thermodynamics.assignment import Assignment
from navac.thermodynamics.equilibria import Equilibrium, equilibria
from navac.thermodynamics.fields import Fields
from navac.thermodynamics.integration import Branches
from navac.thermodynamics.invariants import INVARIANT, Invariant
from navac.thermodynamics.small_jumps import Beyond, Phases, beyond_points, counting

BETWEEN = 0.15
"""A state is between two phases if its N is farther than this from both, in units of their
difference."""

MOST = 0.6
"""Part of the higher temperatures at which two phases that are one continue each other."""

Pair = tuple[str, str]
"""Names of two phases, by rising x."""

RESOLVED = 0.2
"""Jump in N between two phases of different order that is resolved, in units of the smallest."""


@dataclass(frozen=True, kw_only=True)
class Coexistence:
    """Two phases in equilibrium at one temperature.

    Attributes:
        step: index of the temperature.
        left, right: positions in μ of the last point of the one and the first of the other.
        low, high: names of the phases.
        mu: eV per atom.
        n_low, n_high: atoms per primitive cell on the two sides.
        stderr: standard errors of n_low, n_high and mu; NaN where they are not known.
        entropy: of the two phases, eV/K per primitive cell; NaN where they are not known.
        by_equation: whether that is an equation of state.
    """

    step: int
    left: int
    right: int
    low: str
    high: str
    mu: float
    n_low: float
    n_high: float
    stderr: tuple[float, ...] = (np.nan, np.nan, np.nan)
    entropy: tuple[float, float] = (np.nan, np.nan)
    by_equation: bool = False


def coexistences(
    fields: Fields,
    sequences: Sequence[Sequence[int]],
    assignment: Assignment,
    smallest: float,
    invariants: Sequence[Invariant] = (),
) -> list[Coexistence]:
    """Every two-phase equilibrium; neighbours of the same composition have none.

    Args:
        sequences: ``[T]`` the stable phases by rising μ.
        smallest: smallest jump in N between phases that continue each other somewhere, atoms per
            primitive cell; others are told apart by their order, and a smaller jump counts.
        invariants: where three phases coexist, so that regions of two of them reach up to there.
    """
    every: dict[tuple[Phases, int], dict[int, Equilibrium]] = {}
    for step, sequence in enumerate(sequences):
        times: Counter[Phases] = Counter()  # two phases may alternate along μ
        for point in equilibria(fields, step, sequence):
            pair = point.low, point.high
            every.setdefault((pair, times[pair]), {})[step] = point
            times[pair] += 1
    known = beyond_points(invariants)
    kept = [
        points[step]
        for (pair, _), points in every.items()
        for step in _counting(points, known.get(pair, Beyond()), assignment, smallest)
    ]
    found = [_named(fields, point, assignment.names) for point in kept]
    return sorted(found, key=lambda c: (c.step, c.mu))


def _counting(
    points: Mapping[int, Equilibrium], beyond: Beyond, assignment: Assignment, smallest: float
) -> set[int]:
    """The temperatures at which two phases differ in N, by a jump that is resolved or not."""
    larger, one, below = set(), set(), set(beyond.below)
    for step, point in points.items():
        jump = point.number[1] - point.number[0]
        least, error = _resolution(point, assignment, smallest)
        if assignment.touching[step, point.low, point.high]:
            one.add(step)
        elif step == 0 and abs(jump - least) < 2 * error:
            below.add(-1)  # at the coldest temperature little may be known of either phase
        if jump >= max(least, 2 * error):
            larger.add(step)
    small = points.keys() - larger
    return larger | counting(small, one & small, larger, replace(beyond, below=below))


def _resolution(point: Equilibrium, assignment: Assignment, smallest: float) -> tuple[float, float]:
    """The smallest jump in N that counts between two phases, and the standard error of jumps.

    Phases of the same order that continue each other differ by ``smallest`` at least, atoms per
    primitive cell; those of different order are told apart by less.
    """
    pair = point.low, point.high
    jumps = point.resampled[:, 1] - point.resampled[:, 0]
    error = float(np.std(jumps[1:])) if len(jumps) > 1 else 0.0
    if not assignment.touching[point.step, *pair]:
        return RESOLVED * smallest, error
    least = smallest if assignment.alike(*pair) else RESOLVED * smallest
    return least, max(error, float(np.hypot(*point.stderr[:2])))


def _named(fields: Fields, point: Equilibrium, names: Sequence[str]) -> Coexistence:
    right = int(np.clip(np.searchsorted(fields.mu, point.mu), 1, len(fields.mu) - 1))
    entropy = fields.rows(point.step).entropy(point.mu)
    return Coexistence(
        step=point.step, left=right - 1, right=right, low=names[point.low],
        high=names[point.high], mu=point.mu, n_low=point.number[0], n_high=point.number[1],
        stderr=point.stderr, entropy=(float(entropy[point.low]), float(entropy[point.high])),
    )  # fmt: skip


def one_from(
    fields: Fields,
    data: Branches,
    assignment: Assignment,
    found: Sequence[Coexistence],
    invariants: Sequence[Invariant],
    smallest: float,
) -> dict[Pair, int]:
    """The step from which on two phases are one, for regions that do not end at an invariant point.

    They are if states of the one continue those of the other without a jump in N, at most of the
    higher temperatures too, or if states were sampled at every μ between two phases of the same
    order, at all of them. At a single temperature such states may be slabs of both.

    Args:
        smallest: smallest jump in N, atoms per primitive cell.
    """
    result: dict[Pair, int] = {}
    for pair in dict.fromkeys((c.low, c.high) for c in found):
        low, high = (assignment.names.index(name) for name in pair)
        points = sorted((c for c in found if (c.low, c.high) == pair), key=lambda c: c.step)
        touching = assignment.touching[:, low, high]
        ended = [p for p in invariants if p.step == points[-1].step]
        if any(p.kind == INVARIANT and {low, high} <= set(p.phases) for p in ended):
            continue
        both = [k for k in range(len(touching)) if fields.sampled[[low, high], k].any(axis=1).all()]
        jumps = {c.step for c in points if c.n_high - c.n_low > smallest}
        steps = [
            k for k in both if touching[k] and k not in jumps
            and touching[[n for n in both if n >= k]].mean() > MOST
        ]  # fmt: skip
        if assignment.alike(low, high):
            for c in points[::-1]:
                if not (_bridged(fields, data, c, low, high) or touching[c.step]):
                    break
                steps.append(c.step)
        if steps:
            result[pair] = min(steps)
    return result


def _bridged(fields: Fields, data: Branches, c: Coexistence, low: int, high: int) -> bool:
    """Whether states between two phases in N were sampled at every μ between them in μ."""
    below = np.flatnonzero(fields.sampled[low, c.step] & (fields.mu <= c.mu))
    above = np.flatnonzero(fields.sampled[high, c.step] & (fields.mu >= c.mu))
    if not len(below) or not len(above) or above[0] - below[-1] < 2:
        return False
    gap = slice(below[-1] + 1, above[0])
    number, width = data.number[:, c.step, gap], c.n_high - c.n_low
    inside = (number > c.n_low + BETWEEN * width) & (number < c.n_high - BETWEEN * width)
    return bool((inside & data.stationary[:, c.step, gap]).any(axis=0).all())


def metastability_width(
    fields: Fields, c: Coexistence, names: Sequence[str]
) -> tuple[float, float]:
    """How far beyond a transition each phase was sampled as itself, eV per atom.

    Returns:
        for the low phase upwards in μ, for the high phase downwards; 0 where it goes over at once.
    """
    kept = []
    for name, above in ((c.low, 1), (c.high, -1)):
        own = fields.sampled[names.index(name), c.step]
        beyond = np.flatnonzero(above * (fields.mu - c.mu) > 0)[::above]
        last = beyond[: np.argmin(np.append(own[beyond], False))]
        kept.append(float(abs(fields.mu[last[-1]] - c.mu)) if len(last) else 0.0)
    return kept[0], kept[1]

"""Which jumps in N count that are too small to, because of what their region does beyond them.

A transition of first order does not become continuous and then one of first order again. Between
larger jumps, and up to the points that its region ends in, it is of first order however little the
two phases differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from navac.thermodynamics.invariants import Invariant, meeting

GAP = 2
"""Temperatures at which the jump between two phases may be too small, with as many on either side
at which it is not."""

Phases = tuple[int, int]
"""Positions of two phases, by rising x."""


@dataclass(frozen=True)
class Beyond:
    """Temperatures beyond the points of a region, at which it would go on.

    Attributes:
        below: positions below the points that it begins in.
        above: positions above those that it ends in.
    """

    below: set[int] = field(default_factory=set)
    above: set[int] = field(default_factory=set)


def beyond_points(points: Iterable[Invariant]) -> dict[Phases, Beyond]:
    """For the regions that meet in points."""
    found: dict[Phases, Beyond] = {}
    for point in points:
        for pair in meeting(point, above=True):
            below = range(point.step - GAP + 1, point.step + 1)
            found.setdefault(pair, Beyond()).below.update(below)
        for pair in meeting(point, above=False):
            above = range(point.step + 1, point.step + 1 + GAP)
            found.setdefault(pair, Beyond()).above.update(above)
    return found


def counting(small: set[int], one: set[int], larger: set[int], beyond: Beyond) -> set[int]:
    """Positions of small jumps that count.

    Args:
        small: temperatures at which the jump of a region is too small.
        one: those of them at which the two phases seem to continue each other.
        larger: temperatures at which the jump is large enough.
        beyond: temperatures beyond points of the region.
    """
    below, above = larger | beyond.below, larger | beyond.above
    kept: set[int] = set()
    for first, last in _runs(small - one):
        # Between phases that do not continue each other, a jump may also reach to where they do.
        ends = (first - 1, below), (last + 1, above)
        known = [step in there for step, there in ends]
        if any(known) and all(k or step in one for k, (step, _) in zip(known, ends, strict=True)):
            kept.update(range(first, last + 1))
    for first, last in _runs(small):
        pointed = first - 1 in beyond.below or last + 1 in beyond.above
        if pointed and first - 1 in below and last + 1 in above:
            kept.update(range(first, last + 1))
    return kept | _in_gaps(small - kept, below | kept, above | kept)


def _in_gaps(small: set[int], below: set[int], above: set[int]) -> set[int]:
    """Positions with as many larger jumps on either side as there may be small ones between."""
    kept = set()
    for step in small:
        down = next((k for k in range(1, GAP + 1) if step - k in below), None)
        up = next((k for k in range(1, GAP + 1) if step + k in above), None)
        if down is None or up is None or down + up > GAP + 1:
            continue
        if step - down - 1 in below and step + up + 1 in above:
            kept.add(step)
    return kept


def _runs(steps: Iterable[int]) -> Iterator[tuple[int, int]]:
    """First and last of each run of neighbouring positions."""
    ordered = np.array(sorted(steps), int)
    for run in np.split(ordered, np.flatnonzero(np.diff(ordered) > 1) + 1):
        if len(run):
            yield int(run[0]), int(run[-1])

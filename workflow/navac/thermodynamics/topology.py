"""How two-phase regions begin and end: a phase diagram as a planar graph.

From one temperature to the next, phases come and go between their neighbours. Where one goes
between two others, three phases coexist at an invariant point; where it goes inside another, it
does so congruently, at that phase's composition; where two neighbours differ no longer in
composition, their region closes in a critical point or turns into a continuous transition. Whatever
else happens cannot be resolved on the sampled temperatures and is said to be so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import groupby, pairwise

import numpy as np

from navac.thermodynamics.equilibria import PARTS, equilibria, lowest
from navac.thermodynamics.fields import Fields
from navac.thermodynamics.invariants import Invariant, congruent, three_phases, why_unresolved
from navac.thermodynamics.settling import settled

CRITICAL, SAMPLED, UNRESOLVED = "critical", "sampled", "unresolved"

KNOWN = 0.2
"""Relative to the step of temperature, standard error of the point at which a phase comes or goes
in another that it is one with in places. Of two names of one phase φ differs by noise alone, and it
is less known."""

FINER = 32
"""Parts of a step of temperature in which several phases come and go …"""

BESIDE = 3
"""… and chemical potentials beside them that are looked at."""


UNKNOWN = "the phase in the middle was not sampled anywhere near the temperature beyond"

REPLACED = (
    "one phase gives way to another between the same two, in points of three phases that are too "
    "near to tell apart"
)


@dataclass(frozen=True, kw_only=True)
class Event:
    """A change of the stable phases between two temperatures that is no invariant point."""

    kind: str
    phases: tuple[int, ...]
    step: int
    reason: str


def changes(
    fields: Fields,
    sequences: Sequence[Sequence[int]],
    touching: np.ndarray,
    *,
    finest: bool = False,
) -> tuple[list[Invariant], list[Event]]:
    """Everything that happens between neighbouring temperatures.

    Args:
        sequences: ``[T]`` the stable phases by rising μ.
        touching: ``[T, phase, phase]`` whether two phases are one somewhere.
        finest: whether temperatures are not to be divided any further.
    """
    invariants: list[Invariant] = []
    events: list[Event] = []
    for step, (below, above) in enumerate(pairwise(sequences)):
        one = np.asarray(touching[step : step + 2].any(axis=0))
        for gone, come, outer in _different(list(below), list(above)):
            for found in _happening(fields, step, gone, come, outer, one, finest):
                if isinstance(found, Invariant):
                    invariants.append(found)
                else:
                    events.append(found)
    return invariants, events


Outer = tuple[int | None, int | None]
"""The phases on either side; None at an end of the sampled chemical potentials."""


def _different(below: list[int], above: list[int]) -> Iterator[tuple[list[int], list[int], Outer]]:
    """Where two sequences differ: phases that go, phases that come, and what is beside them."""
    for tag, i, j, k, m in SequenceMatcher(a=below, b=above, autojunk=False).get_opcodes():
        outer = (below[i - 1] if i else None, below[j] if j < len(below) else None)
        gone, come = below[i:j], above[k:m]
        if tag == "replace":
            yield gone, come, outer
        elif tag != "equal":
            yield _inside(gone, come, outer)


def _inside(gone: list[int], come: list[int], outer: Outer) -> tuple[list[int], list[int], Outer]:
    """Of phases that go or come, those that stay left out.

    Of a → a b a, what came is b inside a, whichever a is taken for the old one.
    """
    phases = gone or come
    if len(phases) > 1 and phases[-1] == outer[0]:
        phases, outer = phases[:-1], (outer[0], outer[0])
    elif len(phases) > 1 and phases[0] == outer[1]:
        phases, outer = phases[1:], (outer[1], outer[1])
    return (phases, [], outer) if gone else ([], phases, outer)


def _happening(
    fields: Fields, step: int, gone: list[int], come: list[int], outer: Outer, one: np.ndarray,
    finest: bool,
) -> list[Invariant | Event]:  # fmt: skip
    """What happens between two temperatures where phases go and come.

    Args:
        outer: the phases beside them.
        one: ``[phase, phase]`` whether two phases are one.
        finest: whether these temperatures are not to be divided any further.
    """
    alone = len(gone) + len(come) == 1
    simply = _one_by_one(fields, step, gone, come, outer, one, finest)
    known = alone and not any(isinstance(f, Event) for f in simply)
    low, high = outer
    if finest or known or low is None or high is None:
        return simply
    ways = [[p for p, _ in groupby([low, *phases, high])] for phases in (gone, come)]
    points = _in_between(fields, step, ways, one)
    if points is not None:
        return list(points)
    if len(gone) == 1 == len(come) and not one[gone[0], come[0]]:
        four = (low, gone[0], come[0], high)
        return [Event(kind=UNRESOLVED, phases=four, step=step, reason=REPLACED)]
    return simply


def _one_by_one(
    fields: Fields, step: int, gone: list[int], come: list[int], outer: Outer, one: np.ndarray,
    finest: bool,
) -> list[Invariant | Event]:  # fmt: skip
    """Where each of several phases begins or ends between those beside it."""
    apart = np.diff(fields.temperature[step : step + 2])[0] * (FINER if finest else 1)
    found = []
    for phases, above in ((gone, False), (come, True)):
        around = [outer[0], *phases, outer[1]]
        for inner, *beside in zip(phases, around[:-2], around[2:], strict=True):
            named = any(b is not None and one[inner, b] for b in beside)
            found.append(_come_or_gone(fields, step, inner, beside, above, named, apart))
    return [f for f in found if f is not None]


def _in_between(
    fields: Fields, step: int, ways: Sequence[list[int]], one: np.ndarray
) -> list[Invariant] | None:
    """The points through which phases go over from one sequence to another; None if not known.

    Between the two temperatures φ is taken to be straight. What happens there at once to several
    phases then happens to one after the other.

    Args:
        ways: the phases by rising μ at both temperatures, the first and the last of them the same.
        one: ``[phase, phase]`` whether two phases are one.
    """
    crossed = [[e.mu for e in equilibria(fields, step + s, way)] for s, way in enumerate(ways)]
    if any(len(mus) < len(way) - 1 for mus, way in zip(crossed, ways, strict=True)):
        return None
    crossings = [mu for mus in crossed for mu in mus]
    first, last = np.searchsorted(fields.mu, [min(crossings), max(crossings)])
    finer = fields.between(step, FINER, slice(max(first - BESIDE, 0), last + BESIDE))
    allowed = np.isin(np.arange(len(fields.phi_error)), [phase for way in ways for phase in way])
    rows = [finer.rows(k).finer(PARTS) for k in range(FINER + 1)]
    # What is stable at the two temperatures has been settled; see :mod:`.settling`.
    inside = [lowest(row, allowed) for row in rows[1:-1]]
    sequences = settled(finer, [ways[0], *inside, ways[1]])
    throughout = np.broadcast_to(one, (FINER + 1, *one.shape))
    points, events = changes(finer, sequences, throughout, finest=True)
    return None if events else [replace(point, step=step) for point in points]


def _come_or_gone(
    fields: Fields,
    step: int,
    inner: int,
    beside: Sequence[int | None],
    above: bool,
    one: bool,
    apart: float,
) -> Invariant | Event | None:
    """Where a phase begins or ends between two others; None if that is in name only.

    Args:
        beside: the phases on either side of it.
        one: whether it is one with either of them somewhere.
        apart: K between sampled temperatures.
    """
    low, high = beside
    if low is None or high is None:
        return None  # at an end of the sampled chemical potentials
    point = (
        congruent(fields, step, low, inner, above) if low == high
        else three_phases(fields, step, (low, inner, high), above)
    )  # fmt: skip
    if one and (point is None or (low == high and point.stderr > KNOWN * apart)):
        return None
    there = fields.phi[0, inner, step if above else step + 1]
    if point is None and not np.isfinite(there).any():
        return Event(kind=UNRESOLVED, phases=(low, inner, high), step=step, reason=UNKNOWN)
    if reason := why_unresolved(point):
        return Event(kind=UNRESOLVED, phases=(low, inner, high), step=step, reason=reason)
    return point

"""How two-phase regions begin and end: a phase diagram as a planar graph.

From one temperature to the next, phases come and go between their neighbours. Where one goes
between two others, three phases coexist at an invariant point; where it goes inside another, it
does so congruently, at that phase's composition; where two neighbours differ no longer in
composition, their region closes in a critical point or turns into a continuous transition. Whatever
else happens cannot be resolved on the sampled temperatures and is said to be so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np

from navac.thermodynamics.equilibria import crossing
from navac.thermodynamics.fields import Fields

INVARIANT, CONGRUENT, CRITICAL, SAMPLED, UNRESOLVED = (
    "invariant", "congruent", "critical", "sampled", "unresolved",
)  # fmt: skip

REACH = 2
"""Temperatures on either side from which is told how fast phases cross."""

STEEPEST = 5.0
"""How many times faster than on the whole they may cross between two of them, noise apart."""


@dataclass(frozen=True, kw_only=True)
class Invariant:
    """A temperature at which three phases coexist, or two of the same composition.

    Attributes:
        kind: :data:`INVARIANT` or :data:`CONGRUENT`.
        phases: the phases, by rising composition; of a congruent point the two of which the
            second goes inside the first.
        temperature, stderr: K.
        number: atoms per primitive cell of every phase.
        mu: eV per atom.
        step: position of the last temperature below.
        above: whether the middle phase, or the second of a congruent point, is stable above.
    """

    kind: str
    phases: tuple[int, ...]
    temperature: float
    stderr: float
    number: tuple[float, ...]
    mu: float
    step: int
    above: bool


@dataclass(frozen=True, kw_only=True)
class Event:
    """A change of the stable phases between two temperatures that is no invariant point."""

    kind: str
    phases: tuple[int, ...]
    step: int
    reason: str


def changes(
    fields: Fields, sequences: Sequence[Sequence[int]], touching: np.ndarray
) -> tuple[list[Invariant], list[Event]]:
    """Everything that happens between neighbouring temperatures.

    Args:
        sequences: ``[T]`` the stable phases by rising μ.
        touching: ``[T, phase, phase]`` whether two phases are one somewhere.
    """
    invariants: list[Invariant] = []
    events: list[Event] = []
    for step in range(len(sequences) - 1):
        below, above = list(sequences[step]), list(sequences[step + 1])
        for tag, i, j, k, m in SequenceMatcher(a=below, b=above, autojunk=False).get_opcodes():
            if tag == "equal":
                continue
            outer = (below[i - 1] if i else None, below[j] if j < len(below) else None)
            for phases, is_above in ((below[i:j], False), (above[k:m], True)):
                for inner, beside in _one_by_one(phases, outer):
                    one = any(
                        b is not None and touching[step : step + 2, inner, b].any() for b in beside
                    )
                    _add(fields, step, inner, beside, is_above, one, invariants, events)
    return invariants, events


def _one_by_one(phases: Sequence[int], outer):
    """Each of several phases that come or go together, with what is beside it."""
    phases = list(phases)
    # Of a → a b a, what came is b inside a, whichever a is taken for the old one.
    if len(phases) > 1 and phases[-1] == outer[0]:
        phases.pop()
        outer = outer[0], outer[0]
    elif len(phases) > 1 and phases[0] == outer[1]:
        phases.pop(0)
        outer = outer[1], outer[1]
    around = [outer[0], *phases, outer[1]]
    return [(p, (around[n], around[n + 2])) for n, p in enumerate(phases)]


def _add(fields: Fields, step: int, inner: int, beside, above: bool, one: bool, invariants, events):
    low, high = beside
    if low is None or high is None or (low == high and one):
        return  # at an end of the sampled chemical potentials, or in name only
    point = (
        _congruent(fields, step, low, inner, above) if low == high
        else _three_phases(fields, step, (low, inner, high), above)
    )  # fmt: skip
    if point is not None and (np.diff(point.number) <= 0).any() and point.kind == INVARIANT:
        events.append(Event(
            kind=UNRESOLVED, phases=(low, inner, high), step=step,
            reason="x of the three phases does not rise with the chemical potential",
        ))  # fmt: skip
    elif point is not None:
        invariants.append(point)
    elif not one:  # otherwise nothing but a name comes or goes
        events.append(Event(
            kind=UNRESOLVED, phases=(low, inner, high), step=step,
            reason="the phases do not cross between the two temperatures",
        ))  # fmt: skip


def _three_phases(fields: Fields, step: int, phases: tuple[int, int, int], above: bool):
    """Where φ of the middle phase crosses that of the two others where these are equal."""
    low, middle, high = phases
    depth, at = {}, {}
    for s in _around(fields, step):
        row = fields.rows(s)
        mu = crossing(row, low, high)
        if mu is not None:
            phi, number, _ = row.at(mu)
            depth[s], at[s] = (phi[:, low] + phi[:, high]) / 2 - phi[:, middle], (mu, number)
    return _where_zero(fields, step, depth, phases, INVARIANT, above, at)


def _congruent(fields: Fields, step: int, outer: int, inner: int, above: bool):
    """Where φ of a phase touches that of the phase on both sides of it."""
    depth, at = {}, {}
    for s in _around(fields, step):
        row = fields.rows(s)
        below = row.phi[:, outer] - row.phi[:, inner]
        if np.isfinite(below[0]).any():
            i = int(np.nanargmax(below[0]))
            depth[s], at[s] = below[:, i], (float(fields.mu[i]), row.number[:, :, i])
    return _where_zero(fields, step, depth, (outer, inner), CONGRUENT, above, at)


def _around(fields: Fields, step: int) -> range:
    """Temperatures from which is told how fast phases cross between one and the next."""
    return range(max(step - REACH, 0), min(step + REACH + 2, len(fields.temperature)))


def _where_zero(fields: Fields, step: int, depth, phases, kind: str, above: bool, at):
    """The temperature at which a difference of φ is 0; None if it is not between the two.

    Args:
        depth: ``[resample]`` the difference at temperatures around, by their positions.
        at: μ and ``[resample, phase]`` N there.
    """
    if not {step, step + 1} <= set(depth):
        return None
    pair = np.array([depth[step], depth[step + 1]])
    rise = pair[1, 0] - pair[0, 0]
    if not np.isfinite(pair[:, 0]).all() or abs(rise) < 1e-12 or (rise > 0) != above:
        return None
    first, last = fields.temperature[step : step + 2]
    part = -pair[0, 0] / rise
    centre = float(np.clip(part, 0, 1))
    # Where noise makes a phase come and go, two temperatures look as if φ crossed steeply.
    here = abs(rise) / (last - first)
    slope = float(np.clip(_slope(fields.temperature, depth), here / STEEPEST, here))
    moved = (pair - pair[:, :1]).mean(axis=0)
    sampling = moved[1:].std() / slope if len(moved) > 1 else 0.0
    routes = np.sqrt((fields.phi_error[list(phases)] ** 2).sum()) / slope
    parts = sampling, routes, abs(part - centre) * (last - first)
    (mu, number), (next_mu, next_number) = at[step], at[step + 1]

    def between(a, b):
        return float(a + centre * (b - a))

    return Invariant(
        kind=kind, phases=phases, temperature=between(first, last), mu=between(mu, next_mu),
        stderr=float(np.sqrt(sum(p**2 for p in parts))), step=step, above=above,
        number=tuple(between(number[0, p], next_number[0, p]) for p in phases),
    )  # fmt: skip


def _slope(temperature: np.ndarray, depth) -> float:
    """How fast a difference of φ changes with temperature on the whole, eV/K."""
    steps = [s for s in depth if np.isfinite(depth[s][0])]
    return abs(float(np.polyfit(temperature[steps], [depth[s][0] for s in steps], 1)[0]))

"""How two-phase regions begin and end: a phase diagram as a planar graph.

From one temperature to the next, phases come and go between their neighbours. Where one goes
between two others, three phases coexist at an invariant point; where it goes inside another, it
does so congruently, at that phase's composition; where two neighbours differ no longer in
composition, their region closes in a critical point or turns into a continuous transition. Whatever
else happens cannot be resolved on the sampled temperatures and is said to be so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

import numpy as np

from navac.thermodynamics.equilibria import PARTS, crossing, lowest
from navac.thermodynamics.fields import Fields, Row

INVARIANT, CONGRUENT, CRITICAL, SAMPLED, UNRESOLVED = (
    "invariant", "congruent", "critical", "sampled", "unresolved",
)  # fmt: skip

STEEPEST = 5.0
"""How many times faster φ may change between two temperatures than entropies say."""

LARGEST = 0.25
"""Relative standard error of the temperature beyond which an invariant point is not known."""

FINER = 32
"""Parts of a step of temperature in which one phase gives way to another …"""

BESIDE = 3
"""… and chemical potentials beside them that are looked at."""

TINY = 1e-6
"""Least error by which φ at two temperatures is weighed, eV per primitive cell."""


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
        parts: of ``stderr`` by sampling, by routes of integration, and by the distance to where
            phases were sampled, K.
    """

    kind: str
    phases: tuple[int, ...]
    temperature: float
    stderr: float
    number: tuple[float, ...]
    mu: float
    step: int
    above: bool
    parts: tuple[float, float, float] = (np.nan, np.nan, np.nan)


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
    for step in range(len(sequences) - 1):
        below, above = list(sequences[step]), list(sequences[step + 1])
        for tag, i, j, k, m in SequenceMatcher(a=below, b=above, autojunk=False).get_opcodes():
            if tag == "equal":
                continue
            outer = (below[i - 1] if i else None, below[j] if j < len(below) else None)
            around = _replaced(below, above, (i, j, k, m))
            if around and not touching[step : step + 2, around[1], around[2]].any():
                points = [] if finest else _in_between(fields, step, around)
                invariants += points
                if not points:
                    events.append(Event(kind=UNRESOLVED, phases=around, step=step, reason=REPLACED))
                continue
            for phases, is_above in ((below[i:j], False), (above[k:m], True)):
                for inner, beside in _one_by_one(phases, outer):
                    one = any(
                        b is not None and touching[step : step + 2, inner, b].any() for b in beside
                    )
                    _add(fields, step, inner, beside, is_above, one, invariants, events)
    return invariants, events


def _replaced(below: Sequence[int], above: Sequence[int], at: tuple[int, int, int, int]):
    """A phase, the one that takes its place, and their neighbours on either side; None otherwise.

    Args:
        at: where the sequences differ, from and to in each.
    """
    i, j, k, m = at
    single = j - i == 1 == m - k
    if not single or i == 0 or j == len(below):
        return None
    return below[i - 1], below[i], above[k], below[j]


def _in_between(fields: Fields, step: int, around: tuple[int, int, int, int]) -> list[Invariant]:
    """The points in which one phase gives way to another between the same two; none if not known.

    Between the two temperatures φ is taken to be straight. The new phase begins beside the old
    one, on either side of it or congruently within, and what is left of the old one ends between
    the new one and its other neighbours.
    """
    low, old, new, high = around
    sides = [(step, old), (step + 1, new)]
    crossed = [
        mu for s, inner in sides for pair in ((low, inner), (inner, high))
        if (mu := crossing(fields.rows(s), *pair)) is not None
    ]  # fmt: skip
    if len(crossed) < 4:
        return []
    first, last = np.searchsorted(fields.mu, [min(crossed), max(crossed)])
    finer = fields.between(step, FINER, slice(max(first - BESIDE, 0), last + BESIDE))
    allowed = np.isin(np.arange(len(fields.phi_error)), around)
    rows = [finer.rows(k).finer(PARTS) for k in range(FINER + 1)]
    # What is stable at the two temperatures has been settled; see :mod:`.settling`.
    inside = [lowest(row, allowed) for row in rows[1:-1]]
    sequences = [[low, old, high], *inside, [low, new, high]]
    apart = np.zeros((FINER + 1, len(allowed), len(allowed)), bool)
    points, events = changes(finer, sequences, apart, finest=True)
    return [] if events else [replace(point, step=step) for point in points]


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
    if reason := _unresolved(point):
        if point is not None or not one:  # otherwise nothing but a name comes or goes
            events.append(
                Event(kind=UNRESOLVED, phases=(low, inner, high), step=step, reason=reason)
            )
    else:
        invariants.append(point)


def _unresolved(point: Invariant | None) -> str:
    """Why something that happens is no invariant point; empty if it is one."""
    if point is None:
        return "the phases do not cross between the two temperatures"
    if point.kind == INVARIANT and (np.diff(point.number) <= 0).any():
        return "x of the three phases does not rise with the chemical potential"
    if not point.stderr < LARGEST * point.temperature:
        return f"a phase was not sampled near enough: the error would be {point.stderr:.0f} K"
    return ""


def _three_phases(fields: Fields, step: int, phases: tuple[int, int, int], above: bool):
    """Where φ of the middle phase crosses that of the two others where these are equal."""
    low, middle, high = phases
    share = {low: 0.5, middle: -1.0, high: 0.5}
    found = {}
    for s in (step, step + 1):
        row = fields.rows(s)
        mu = crossing(row, low, high)
        if mu is None:
            return None
        entropy, number = row.entropy(mu), row.at(mu)[1]
        # Along the equilibrium of the two others, μ changes as Clausius and Clapeyron say.
        rise = number[0, high] - number[0, low]
        turn = -(entropy[high] - entropy[low]) / rise if abs(rise) > 1e-9 else 0.0
        found[s] = _at(row, mu, share, turn)
    return _where_zero(fields, step, found, phases, INVARIANT, above)


def _congruent(fields: Fields, step: int, outer: int, inner: int, above: bool):
    """Where φ of a phase touches that of the phase on both sides of it.

    That is looked for where the outer phase is stable at the temperature without the inner one,
    which may be stable elsewhere too.
    """
    alone = fields.rows(step if above else step + 1).phi[0]
    around = alone[outer] <= np.nanmin(np.where(np.isfinite(alone), alone, np.inf), axis=0)
    found = {}
    for s in (step, step + 1):
        row = fields.rows(s)
        below = row.phi[0, outer] - row.phi[0, inner]
        inside = np.where(around, below, np.nan) if around.any() else below
        if not np.isfinite(inside).any():
            return None
        mu = float(fields.mu[int(np.nanargmax(inside))])
        found[s] = _at(row, mu, {outer: 1.0, inner: -1.0}, 0.0)
    return _where_zero(fields, step, found, (outer, inner), CONGRUENT, above)


@dataclass(frozen=True, kw_only=True)
class _Depth:
    """A difference of φ between phases at one temperature, which is 0 at an invariant point.

    Attributes:
        mu: where it is taken, eV per atom.
        number: ``[resample, phase]`` atoms per primitive cell.
        value: ``[resample]`` eV per primitive cell.
        slope: how it changes with temperature, from entropies and N, eV/K.
        routes: its standard error by routes of integration, eV per primitive cell.
        distance: by the distance to where phases were sampled, eV per primitive cell.
    """

    mu: float
    number: np.ndarray
    value: np.ndarray
    slope: float
    routes: float
    distance: float

    @property
    def error(self) -> float:
        """Its standard error beyond that of sampling, eV per primitive cell."""
        return float(np.hypot(self.routes, self.distance))


def _at(row: Row, mu: float, share: Mapping[int, float], turn: float) -> _Depth:
    """The difference at a chemical potential.

    Args:
        share: what each phase counts in it.
        turn: how μ changes with temperature, eV/K.
    """
    phi, number, _ = row.at(mu)
    entropy, extension = row.entropy(mu), row.extended(mu)

    def together(errors):
        return float(np.sqrt(sum((part * errors[k]) ** 2 for k, part in share.items())))

    return _Depth(
        mu=mu, number=number,
        value=np.sum([part * phi[:, k] for k, part in share.items()], axis=0),
        slope=-sum(part * (entropy[k] + number[0, k] * turn) for k, part in share.items()),
        routes=together(row.phi_error), distance=together(extension),
    )  # fmt: skip


def _where_zero(
    fields: Fields, step: int, found: Mapping[int, _Depth], phases, kind: str, above: bool
) -> Invariant | None:
    """The temperature at which a difference of φ is 0; None if it is not between the two.

    How fast it changes is told by the entropies: noise, or a phase that was not sampled at one of
    the two temperatures, makes the two values differ by more or by less.
    """
    first, last = fields.temperature[step : step + 2]
    cold, warm = found[step], found[step + 1]
    rise = warm.value[0] - cold.value[0]
    if not np.isfinite([cold.value[0], warm.value[0]]).all() or abs(rise) < 1e-12:
        return None
    if (rise > 0) != above:
        return None
    wanted = 1.0 if above else -1.0
    # Each temperature says where it is 0, the more the surer it is.
    weights = np.array([1 / max(d.error**2, TINY**2) for d in (cold, warm)])
    slope = wanted * float(np.average([cold.slope, warm.slope], weights=weights))
    sure = max(abs(rise) - 2 * float(np.hypot(cold.error, warm.error)), 0.0)
    slope = max(slope, sure / (last - first) / STEEPEST)
    if slope <= 0:  # nothing else tells
        slope = abs(rise) / (last - first)
    says = [T - wanted * d.value[0] / slope for T, d in ((first, cold), (last, warm))]
    T = float(np.clip(np.average(says, weights=weights), first, last))
    moved = np.average([cold.value, warm.value], axis=0, weights=weights)
    sampling = moved[1:].std() / slope if len(moved) > 1 else 0.0
    routes, distance = (
        float(np.average(errors, weights=weights)) / slope
        for errors in ((cold.routes, warm.routes), (cold.distance, warm.distance))
    )
    outside = abs(np.average(says, weights=weights) - T)
    part = (T - first) / (last - first)

    def between(a, b):
        return float(a + part * (b - a))

    return Invariant(
        kind=kind, phases=phases, temperature=T, mu=between(cold.mu, warm.mu), step=step,
        stderr=float(np.sqrt(sampling**2 + routes**2 + distance**2 + outside**2)),
        parts=(float(sampling), routes, distance),
        number=tuple(between(cold.number[0, p], warm.number[0, p]) for p in phases), above=above,
    )  # fmt: skip

"""Two-phase regions from their lowest to their highest temperature, and how they end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from navac.thermodynamics.coexistence import Coexistence, metastability_width
from navac.thermodynamics.diagram import Diagram
from navac.thermodynamics.equilibria import equilibria
from navac.thermodynamics.invariants import CONGRUENT, Invariant, meeting
from navac.thermodynamics.topology import CRITICAL, SAMPLED, UNRESOLVED

CLOSE = 3
"""Temperatures before a congruent point at which its two phases may not be told apart."""


@dataclass(frozen=True, kw_only=True)
class End:
    """Where a region begins or ends.

    Attributes:
        kind: invariant, congruent, critical, sampled (the grid of temperatures ends) or unresolved.
        temperature, stderr: K.
        values: x of both sides and μ in eV per atom there; both sides are the same at a critical or
            a congruent point.
    """

    kind: str
    temperature: float
    stderr: float
    values: tuple[float, float, float]


@dataclass(frozen=True, kw_only=True)
class Boundary:
    """A two-phase region.

    Attributes:
        temperature: ``[step]`` K, those of its two ends included where they lie beyond the sampled
            ones.
        values: ``[step, 3]`` x of the low side, x of the high side, μ in eV per atom.
        stderr: ``[step, 3]`` their standard errors.
        metastability_width: ``[step, 2]`` how far beyond μ each phase was sampled as itself, eV
            per atom; NaN at the ends.
        begins, ends: its lowest and its highest temperature.
    """

    temperature: np.ndarray
    values: np.ndarray
    stderr: np.ndarray
    metastability_width: np.ndarray
    begins: End
    ends: End

    @property
    def critical(self) -> tuple[float, float, float]:
        """Temperature of the critical point, its standard error, and x; NaN without one."""
        if self.ends.kind not in (CRITICAL, CONGRUENT):
            return np.nan, np.nan, np.nan
        return self.ends.temperature, self.ends.stderr, self.ends.values[0]


def boundaries(diagram: Diagram) -> dict[str, Boundary]:
    """Two-phase regions by name ``low+high``; pieces apart in temperature are numbered."""
    regions = {name: _boundary(diagram, piece) for name, piece in pieces(diagram).items()}
    for (low, high), region in _between_points(diagram):
        name, number = f"{low}+{high}", 2
        while name in regions:
            name, number = f"{low}+{high} {number}", number + 1
        regions[name] = region
    return regions


def pieces(diagram: Diagram) -> dict[str, list[Coexistence]]:
    """The equilibria of every two-phase region by its name, by rising temperature."""
    pairs = sorted(
        {(c.low, c.high) for c in diagram.found},
        key=lambda pair: min(c.n_low for c in diagram.found if (c.low, c.high) == pair),
    )
    return {
        f"{low}+{high}" + (f" {number + 1}" if number else ""): piece
        for low, high in pairs
        for number, piece in enumerate(_pieces(diagram, low, high))
    }


def _pieces(diagram: Diagram, low: str, high: str) -> list[list[Coexistence]]:
    """The equilibria of two phases, cut where they are missing at a temperature."""
    found = sorted(
        (c for c in diagram.found if (c.low, c.high) == (low, high)), key=lambda c: c.step
    )
    cuts = np.flatnonzero(np.diff([c.step for c in found]) > 1) + 1
    return [found[a:b] for a, b in zip([0, *cuts], [*cuts, len(found)], strict=True)]


def _boundary(diagram: Diagram, piece: Sequence[Coexistence]) -> Boundary:
    fu, T = diagram.formula_units, diagram.plan.temperatures
    scale = np.array([1 / fu, 1 / fu, 1])
    values = np.array([(c.n_low, c.n_high, c.mu) for c in piece]) * scale
    stderr = np.array([c.stderr for c in piece]) * scale
    names = diagram.assignment.names
    kept = np.array([metastability_width(diagram.fields, c, names) for c in piece])
    temperature = T[[c.step for c in piece]]
    begins, ends = (_end(diagram, piece, above=above) for above in (False, True))
    for end, at in ((begins, 0), (ends, len(values))):
        if end.kind in (SAMPLED, UNRESOLVED):
            continue
        at = at if at == 0 else len(temperature)
        nearest = stderr[0 if at == 0 else -1]
        temperature = np.insert(temperature, at, end.temperature)
        values = np.insert(values, at, end.values, axis=0)
        stderr = np.insert(stderr, at, nearest, axis=0)
        kept = np.insert(kept, at, np.nan, axis=0)
    return Boundary(
        temperature=temperature, values=values, stderr=stderr, metastability_width=kept,
        begins=begins, ends=ends,
    )  # fmt: skip


def _end(diagram: Diagram, piece: Sequence[Coexistence], *, above: bool) -> End:
    """How a region begins, or ``above`` how it ends."""
    T, fu = diagram.plan.temperatures, diagram.formula_units
    c = piece[-1] if above else piece[0]
    beyond = c.step + 1 if above else c.step - 1
    sides = c.n_low / fu, c.n_high / fu, c.mu
    if not 0 <= beyond < len(T):
        return End(kind=SAMPLED, temperature=float(T[c.step]), stderr=np.nan, values=sides)
    middle, half = (T[c.step] + T[beyond]) / 2, abs(T[beyond] - T[c.step]) / 2
    point = diagram.critical.get((c.low, c.high))
    if above and point is not None:
        x = point.number / fu
        return End(
            kind=CRITICAL, temperature=point.temperature, stderr=point.temperature_stderr,
            values=(x, x, point.mu),
        )  # fmt: skip
    names = diagram.assignment.names
    pair = names.index(c.low), names.index(c.high)
    for invariant in diagram.invariants:
        # Near a congruent point the two sides are closer than what is resolved.
        far = invariant.step - c.step if above else c.step - 1 - invariant.step
        near = 0 <= far <= (CLOSE if invariant.kind == CONGRUENT else 0)
        here = invariant.kind == CONGRUENT or pair in meeting(invariant, above=not above)
        if near and here and (at := _sides_at(invariant, pair)) is not None:
            return End(
                kind=invariant.kind, temperature=invariant.temperature, stderr=invariant.stderr,
                values=(at[0] / fu, at[1] / fu, invariant.mu),
            )  # fmt: skip
    if any(e.step == min(c.step, beyond) and set(pair) <= set(e.phases) for e in diagram.events):
        return End(kind=UNRESOLVED, temperature=float(T[c.step]), stderr=float(half), values=sides)
    one = diagram.assignment.touching[beyond, pair[0], pair[1]]
    if above and (one or _merged(diagram, c, pair, beyond)):
        middle_x = (sides[0] + sides[1]) / 2
        stderr = np.hypot(half / np.sqrt(3), diagram.rounding * middle)
        return End(
            kind=CRITICAL, temperature=float(middle), stderr=float(stderr),
            values=(middle_x, middle_x, c.mu),
        )  # fmt: skip
    now = diagram.steps[c.step].phase
    gone = set(pair) - set(diagram.steps[beyond].phase.tolist())
    if gone & {int(now[0]), int(now[-1])}:  # beyond the sampled chemical potentials
        return End(kind=SAMPLED, temperature=float(T[c.step]), stderr=float(half), values=sides)
    return End(kind=UNRESOLVED, temperature=float(T[c.step]), stderr=float(half), values=sides)


def _merged(diagram: Diagram, c: Coexistence, pair: tuple[int, int], beyond: int) -> bool:
    """Whether one of two phases of the same order is all that is left beyond, at any μ."""
    mu, left = diagram.fields.mu, set(diagram.steps[beyond].phase.tolist())
    inside = min(c.mu - mu[0], mu[-1] - c.mu) > np.diff(mu).max() / 2
    return inside and diagram.assignment.alike(*pair) and len(left) == 1 and left <= set(pair)


def _between_points(diagram: Diagram) -> Iterator[tuple[tuple[str, str], Boundary]]:
    """Regions that begin and end in points between the same two neighbouring temperatures."""
    names = diagram.assignment.names
    for lower, upper in permutations(diagram.invariants, 2):
        if lower.step != upper.step or not lower.temperature < upper.temperature:
            continue
        for pair in meeting(lower, above=True):
            if pair in meeting(upper, above=False):
                yield (names[pair[0]], names[pair[1]]), _narrow(diagram, pair, lower, upper)


def _narrow(diagram: Diagram, pair: tuple[int, int], *points: Invariant) -> Boundary:
    """The region of two phases between two points, with errors of the nearest temperatures."""
    fu, fields = diagram.formula_units, diagram.fields
    values = np.array([[*(n / fu for n in _numbers(p, pair)), p.mu] for p in points])
    stderr = np.full(values.shape, np.nan)
    for k, point in enumerate(points):
        T = fields.temperature[point.step : point.step + 2]
        step = point.step + int(np.abs(T - point.temperature).argmin())
        if there := equilibria(fields, step, pair):
            stderr[k] = np.array(there[0].stderr) / [fu, fu, 1]
    begins, ends = (
        End(kind=p.kind, temperature=p.temperature, stderr=p.stderr, values=tuple(v.tolist()))
        for p, v in zip(points, values, strict=True)
    )  # fmt: skip
    return Boundary(
        temperature=np.array([p.temperature for p in points]), values=values, stderr=stderr,
        metastability_width=np.full((2, 2), np.nan), begins=begins, ends=ends,
    )  # fmt: skip


def _sides_at(point: Invariant, pair: tuple[int, int]) -> tuple[float, float] | None:
    """N of two phases at an invariant point of both, neighbours or its two outer phases."""
    return _numbers(point, pair) if set(pair) <= set(point.phases) else None


def _numbers(point: Invariant, pair: tuple[int, int]) -> tuple[float, float]:
    if point.kind == CONGRUENT:
        return point.number[0], point.number[0]
    low, high = (point.number[point.phases.index(p)] for p in pair)
    return low, high


def summary(diagram: Diagram, windows: Mapping[str, tuple[float, float]]) -> dict[str, tuple]:
    """Per window of x: highest two-phase temperature, its standard error, and x there."""
    regions = boundaries(diagram)
    return {name: _top(diagram, regions, window) for name, window in windows.items()}


def _top(diagram: Diagram, regions: Mapping[str, Boundary], window: tuple[float, float]) -> tuple:
    inside = [
        (region.ends.temperature, region.ends.stderr, float(np.mean(region.ends.values[:2])))
        for name, region in regions.items()
        if _belongs(diagram, name, region, window)
    ]
    return max(inside, default=(np.nan, np.nan, np.nan), key=lambda row: row[0])


def _belongs(diagram: Diagram, name: str, region: Boundary, window: tuple[float, float]) -> bool:
    """Whether a region belongs to a window of x.

    It does if its middle lies inside at its highest temperature; but what borders on a known phase
    at an edge of the window is counted on the side of the phase that it is on, for that phase may
    have drifted past its nominal composition.
    """
    plan = diagram.plan
    x = dict(zip(plan.phases, plan.number / diagram.formula_units, strict=True))
    first, last = name.split(" ")[0].split("+")
    low, high = x.get(first), x.get(last)
    if high in window or low in window:
        return high == window[1] or low == window[0]
    return window[0] < float(np.mean(region.ends.values[:2])) < window[1]

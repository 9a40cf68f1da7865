"""Points of a phase diagram in which three phases coexist, or two of the same composition.

Both are where a difference of φ is 0. Between two temperatures it is straight, as steep as
entropies say, and each temperature says where it is 0, the more the surer its own value is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from navac.thermodynamics.equilibria import SIGNIFICANCE, crossing
from navac.thermodynamics.fields import Fields, Row

INVARIANT, CONGRUENT = "invariant", "congruent"

LARGEST = 0.25
"""Relative standard error of the temperature beyond which an invariant point is not known."""

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


def meeting(point: Invariant, *, above: bool) -> tuple[tuple[int, int], ...]:
    """The pairs of phases whose regions meet in a point, from above or from below."""
    if point.kind == CONGRUENT:
        outer, inner = point.phases
        return ((outer, inner), (inner, outer)) if above == point.above else ()
    low, middle, high = point.phases
    return ((low, middle), (middle, high)) if above == point.above else ((low, high),)


def why_unresolved(point: Invariant | None) -> str:
    """Why something that happens is no invariant point; empty if it is one."""
    if point is None:
        return "the phases do not cross between the two temperatures"
    if point.kind == INVARIANT and (np.diff(point.number) < 0).any():
        return "x of the three phases does not rise with the chemical potential"
    if not point.stderr < LARGEST * point.temperature:
        return f"a phase was not sampled near enough: the error would be {point.stderr:.0f} K"
    return ""


def three_phases(fields: Fields, step: int, phases: tuple[int, int, int], above: bool):
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


def congruent(fields: Fields, step: int, outer: int, inner: int, above: bool):
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
        number_error: ``[phase]`` standard error of these beyond that of sampling.
        value: ``[resample]`` eV per primitive cell.
        slope: how it changes with temperature, from entropies and N, eV/K.
        routes: its standard error by routes of integration, eV per primitive cell.
        distance: by the distance to where phases were sampled, eV per primitive cell.
    """

    mu: float
    number: np.ndarray
    number_error: np.ndarray
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
        mu=mu, number=number, number_error=row.number_errors(mu),
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
    # Errors of constants are the same at both temperatures.
    by_chance = float(np.std((warm.value - cold.value)[1:])) if len(cold.value) > 1 else 0.0
    sure = abs(rise) - SIGNIFICANCE * float(np.hypot(by_chance, cold.distance + warm.distance))
    slope = max(slope, sure / (last - first))
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
        number=_rising(
            [between(cold.number[0, p], warm.number[0, p]) for p in phases],
            [between(cold.number_error[p], warm.number_error[p]) for p in phases],
        ), above=above,
    )  # fmt: skip


def _rising(number: Sequence[float], error: Sequence[float]) -> tuple[float, ...]:
    """Atoms of three phases, the middle one between the others if its error allows that."""
    if len(number) == 3 and number[0] < number[2]:
        low, middle, high = number
        inside = float(np.clip(middle, low, high))
        if abs(middle - inside) <= SIGNIFICANCE * error[1]:
            return low, inside, high
    return tuple(number)

"""Constants of phases that paths reach by jumps alone.

A path jumps to another phase because φ of that phase is lower. The integral across the jump takes
both to be the same, so that it is too high by what the jump has lost. A phase that every path
reaches by a jump has no better integral, but jumps bound its constant: its φ is at most that of the
phase from which a path jumped to it, and at least that of the phase to which one jumped from it.
The constant is taken midway between the closest bounds, and is as uncertain as a number of which
nothing is known but these. Where bounds contradict each other, it is what violates them least. The
shape of such a surface is that of N and E − μN alone: integrals of paths that jumped at different
temperatures are too high by different amounts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from navac.sampling.plan import Plan
from navac.thermodynamics.fields import Fields
from navac.thermodynamics.surfaces import Surface
from navac.units import BOLTZMANN

CONTINUOUS = 0.25
"""Two phases go over into each other if, at half of the places where paths do, N and E − μN differ
by fewer standard deviations of the supercell. A path that changes phase by less has not jumped."""

TINY = 1e-12
"""Least standard deviation, and difference that is none."""


@dataclass(frozen=True, kw_only=True)
class Jump:
    """One phase after another on a path.

    Attributes:
        left, entered: the phases.
        step, mu: positions of the first state in the second phase.
    """

    left: int
    entered: int
    step: int
    mu: int


def reached_by_jumps(plan: Plan, fields: Fields, phase: np.ndarray, cells: int) -> dict:
    """Phases that every path reaches by a jump, and the bounds of their constants.

    Args:
        fields: of the surfaces as they are.
        phase: ``[branch, T, μ]`` the phase of every state.
        cells: primitive cells of the supercell.

    Returns:
        by position of the phase; only phases that are bounded from both sides.
    """
    every = list(jumps(plan, phase))
    known = _with_routes(plan, fields, phase, every, cells)
    found = {}
    for k in set(range(len(fields.phi_error))) - known:
        bounds = [
            bound for j in every
            if k in (j.left, j.entered) and {j.left, j.entered} - {k} <= known
            and (bound := _bound(fields, j, k, cells)) is not None
        ]  # fmt: skip
        if {b.upper for b in bounds} == {True, False}:
            found[k] = bounds
    return found


def bounded(
    plan: Plan, fields: Fields, phase: np.ndarray, surfaces: Sequence[Surface | None], cells: int
) -> list[Surface | None]:
    """The surfaces, with the constants of phases without another route from bounds by jumps.

    Args:
        fields, phase, cells: see :func:`reached_by_jumps`.
    """
    result = list(surfaces)
    for k, bounds in reached_by_jumps(plan, fields, phase, cells).items():
        if (surface := surfaces[k]) is not None:
            T = float(plan.temperatures[np.nonzero(phase == k)[1]].mean())
            constant, error = _between(bounds)
            result[k] = replace(surface, constant=constant, route_error=error * BOLTZMANN * T)
    return result


def jumps(plan: Plan, phase: np.ndarray) -> Iterator[Jump]:
    """Every change of phase on the way of a path; states in no phase are passed over."""
    for branch, states in enumerate(phase):
        heats = branch < len(plan.phases)
        steps = np.arange(len(states))[:: 1 if heats else -1]
        for mu in range(states.shape[1]):
            there = [int(s) for s in steps if states[s, mu] >= 0]
            for before, after in pairwise(there):
                left, entered = int(states[before, mu]), int(states[after, mu])
                if left != entered:
                    yield Jump(left=left, entered=entered, step=after, mu=mu)


def _with_routes(
    plan: Plan, fields: Fields, phase: np.ndarray, every: Sequence[Jump], cells: int
) -> set[int]:
    """Phases that are ground states, that cooled paths begin in, or that go over from such ones."""
    known = set(range(len(plan.phases)))
    if plan.cooled:
        first = phase[-1, -1]
        known |= set(np.unique(first[first >= 0]).tolist())
    apart: dict[tuple[int, int], list[float]] = {}
    for jump in every:
        difference = _difference(fields, jump, cells)
        apart.setdefault((jump.left, jump.entered), []).append(difference)
    ways = [pair for pair, found in apart.items() if np.median(found) < CONTINUOUS]
    while more := {to for of, to in ways if of in known and to not in known}:
        known |= more
    return known


def _difference(fields: Fields, jump: Jump, cells: int) -> float:
    """By how many standard deviations of the supercell N or E − μN of the two phases differ."""
    pair, at = [jump.left, jump.entered], (jump.step, jump.mu)
    kT = BOLTZMANN * float(fields.temperature[jump.step])
    number = fields.number[0][pair, *at]
    omega = fields.energy[0][pair, *at] - fields.mu[jump.mu] * number
    variances = kT * fields.susceptibility[0][pair, *at], fields.omega_variance[0][pair, *at]
    return max(
        abs(float(values[1] - values[0])) / max(float(np.sqrt(variance.sum() / cells)), TINY)
        for values, variance in zip((number, omega), variances, strict=True)
    )


@dataclass(frozen=True, kw_only=True)
class _Bound:
    """What a jump says about the constant of a phase.

    Attributes:
        at: ``[resample]`` the constant at which βφ of both phases is the same.
        upper: whether the constant is at most that, a path having jumped to the phase.
        noise: standard error of it beyond that of resamples.
    """

    at: np.ndarray
    upper: bool
    noise: float

    def violated(self, constant: np.ndarray) -> np.ndarray:
        """By how much constants are beyond the bound of all data."""
        beyond = constant - self.at[0] if self.upper else self.at[0] - constant
        return np.maximum(beyond, 0.0)


def _bound(fields: Fields, jump: Jump, phase: int, cells: int) -> _Bound | None:
    """None where φ of one of the phases is not known, or the change is within fluctuations."""
    other = jump.left if jump.entered == phase else jump.entered
    at = (jump.step, jump.mu)
    kT = BOLTZMANN * float(fields.temperature[jump.step])
    pair = fields.phi[:, [phase, other], *at]
    if not np.isfinite(pair).all() or _difference(fields, jump, cells) < CONTINUOUS:
        return None
    beyond = np.hypot(fields.phi_error[other], fields.extension[[phase, other], *at].sum())
    return _Bound(
        at=(pair[:, 1] - pair[:, 0]) / kT, upper=jump.entered == phase,
        # A supercell may be in a phase whose φ is higher by a kT.
        noise=float(np.hypot(beyond / kT, 1 / cells)),
    )  # fmt: skip


def _between(bounds: Sequence[_Bound]) -> tuple[np.ndarray, float]:
    """``[resample]`` the constant that violates bounds least, and its standard error.

    It is midway between the closest bounds, unless some contradict each other; then as many of
    either kind are violated, and their mean violation is part of the error.
    """
    ordered = sorted(bounds, key=lambda b: float(b.at[0]))
    places = np.array([b.at[0] for b in ordered])
    total = np.sum([b.violated(places) for b in bounds], axis=0)
    least = np.flatnonzero(total <= total.min() + TINY)
    low, high = ordered[least[0]], ordered[least[-1]]
    constant = (low.at + high.at) / 2
    violations = np.array([b.violated(constant[:1])[0] for b in bounds])
    contradicted = violations[violations > 0].mean() if (violations > 0).any() else 0.0
    width = float(high.at[0] - low.at[0]) / np.sqrt(12)
    noise = np.hypot(low.noise, high.noise) / 2
    return constant, float(np.sqrt(width**2 + noise**2 + contradicted**2))

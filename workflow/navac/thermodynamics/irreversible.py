"""Constants of phases that paths reach by jumps alone.

A path jumps to another phase because φ of that phase is lower. The integral across the jump takes
both to be the same, so that it is too high by what the jump has lost. A phase that every path
reaches by a jump has no better integral, but jumps bound its constant: its φ is at most that of the
phase from which a path jumped to it, and at least that of the phase to which one jumped from it.
The constant is taken midway between the closest bounds, and is as uncertain as a number of which
nothing is known but these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from navac.sampling.plan import Plan
from navac.thermodynamics.fields import Fields
from navac.thermodynamics.surfaces import Surface
from navac.units import BOLTZMANN

CONTINUOUS = 0.25
"""Two phases go over into each other if, at half of the places where paths do, N and E − μN differ
by fewer standard deviations of the supercell."""

TINY = 1e-12
"""Least standard deviation."""


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


def bounded(
    plan: Plan, fields: Fields, phase: np.ndarray, surfaces: Sequence[Surface | None], cells: int
) -> list[Surface | None]:
    """The surfaces, with the constants of phases without another route from bounds by jumps.

    Args:
        fields: of the surfaces as they are.
        phase: ``[branch, T, μ]`` the phase of every state.
        cells: primitive cells of the supercell.
    """
    every = list(jumps(plan, phase))
    known = _with_routes(plan, fields, phase, every, cells)
    result = list(surfaces)
    for k, surface in enumerate(surfaces):
        if surface is None or k in known:
            continue
        entering = [(j, j.left) for j in every if j.entered == k and j.left in known]
        leaving = [(j, j.entered) for j in every if j.left == k and j.entered in known]
        upper = _closest(fields, k, entering, cells, np.argmax)
        lower = _closest(fields, k, leaving, cells, np.argmin)
        if upper is None or lower is None:
            continue
        width = float(upper.difference[0] - lower.difference[0])
        error = np.hypot(width / np.sqrt(12), np.hypot(upper.noise, lower.noise) / 2)
        T = plan.temperatures[np.nonzero(phase == k)[1]].mean()
        result[k] = replace(
            surface, constant=-(upper.difference + lower.difference) / 2,
            route_error=float(error * BOLTZMANN * T),
        )  # fmt: skip
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
    """βφ of a phase less that of another one at a jump, which bounds it.

    Attributes:
        difference: ``[resample]``.
        noise: its standard error beyond that of resamples.
    """

    difference: np.ndarray
    noise: float


def _closest(
    fields: Fields,
    phase: int,
    found: Sequence[tuple[Jump, int]],
    cells: int,
    closest: Callable[[np.ndarray], np.intp],
) -> _Bound | None:
    """The closest bound of a phase by jumps and the other phases in them; None without any."""
    bounds = []
    for jump, other in found:
        at = (jump.step, jump.mu)
        kT = BOLTZMANN * float(fields.temperature[jump.step])
        pair = fields.phi[:, [phase, other], *at]
        if np.isfinite(pair).all():
            beyond = np.hypot(fields.phi_error[other], fields.extension[[phase, other], *at].sum())
            # A supercell may be in a phase whose φ is higher by a kT.
            noise = float(np.hypot(beyond / kT, 1 / cells))
            bounds.append(_Bound(difference=(pair[:, 0] - pair[:, 1]) / kT, noise=noise))
    if not bounds:
        return None
    return bounds[int(closest(np.array([b.difference[0] for b in bounds])))]

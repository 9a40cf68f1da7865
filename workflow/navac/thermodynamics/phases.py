"""Phases and the two-phase equilibria between them, told from jumps of the stable envelope.

Jumps are two-phase regions, what lies between them are phases; these are named after the ground
states, and followed from temperature to temperature.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from navac.sampling.plan import Plan
from navac.thermodynamics.envelope import Envelope, jumps, tangent_crossing
from navac.thermodynamics.integration import Branches

NEIGHBOURING = 2
"""A region must recur within this many temperature steps."""

PATIENCE = 3
"""Temperatures without a jump, between others with one, that count as noise …"""

WIDEST_GAP = 1.75
"""… unless there is more than one, and they reach from one temperature to more than so many
times it."""


@dataclass(frozen=True, kw_only=True)
class Coexistence:
    """Two phases in equilibrium at one temperature.

    Attributes:
        step: index of the temperature.
        left, right: envelope positions of the last point of the one and the first of the other.
        low, high: names of the phases.
        mu: eV per atom.
        n_low, n_high: atoms per primitive cell on the two sides.
        stderr: standard errors of n_low, n_high and mu NaN where they are not known.
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
    by_equation: bool = False


def metastability_width(plan: Plan, data: Branches, c: Coexistence) -> tuple[float, float]:
    """How far beyond a transition each phase was sampled as itself, eV per atom.

    Returns:
        for the low phase upwards in μ, for the high phase downwards; 0 where it goes over at once,
        NaN for a phase that has no branch of its own.
    """
    middle = (c.n_low + c.n_high) / 2
    kept = []
    for name, above in ((c.low, 1), (c.high, -1)):
        if name not in plan.phases:
            kept.append(np.nan)
            continue
        number = data.number[plan.phases.index(name), c.step]
        beyond = np.flatnonzero(above * (plan.mu_grid - c.mu) > 0)[::above]
        own = above * (middle - number[beyond]) > 0  # false where the branch was not sampled
        own &= data.stationary[plan.phases.index(name), c.step, beyond]
        last = beyond[: np.argmin(np.append(own, False))]
        kept.append(float(abs(plan.mu_grid[last[-1]] - c.mu)) if len(last) else 0.0)
    return kept[0], kept[1]


def named_segments(plan: Plan, transitions: Sequence[tuple[int, int]]) -> list[tuple[str, ...]]:
    """Names of the stretches between transitions: the phases whose nominal μ lies inside.

    A stretch may hold several names, phases that have merged, or none, a phase found between
    the named ones.
    """
    edges = [-1, *(left for left, _ in transitions), len(plan.mu_grid) - 1]
    position = np.abs(plan.mu_grid[:, None] - plan.nominal[None, :]).argmin(axis=0)
    return [
        tuple(n for n, p in zip(plan.phases, position, strict=True) if a < p <= b)
        for a, b in pairwise(edges)
    ]


def coexistences(
    plan: Plan,
    steps: Sequence[Envelope],
    stderr: np.ndarray,
    smallest: float,
    per_x: int,
    bounds: tuple[float, float],
) -> list[Coexistence]:
    """Every two-phase equilibrium of a range.

    Args:
        steps: the envelope of every temperature.
        stderr: ``[step, μ]`` standard errors of N.
        smallest: smallest jump in N.
        per_x: formula units per primitive cell, for names such as ``x2.50``.
        bounds: the x for which the expansion holds; jumps with their middle outside are left.
    """
    low_n, high_n = (x * per_x for x in bounds)
    found = []
    for step, now in enumerate(steps):
        transitions = [
            (i, j) for i, j in jumps(now, stderr[step], smallest)
            if low_n < (now.number[i] + now.number[j]) / 2 < high_n
        ]  # fmt: skip
        segments = named_segments(plan, transitions)
        for k, (left, right) in enumerate(transitions):
            low = segments[k][-1] if segments[k] else _between(segments, k)
            high = segments[k + 1][0] if segments[k + 1] else _between(segments, k + 1)
            mu, n_low, n_high = tangent_crossing(now, left, right)
            found.append(Coexistence(
                step=step, left=left, right=right, low=low, high=high, mu=mu, n_low=n_low,
                n_high=n_high,
            ))  # fmt: skip
    return _with_compositions(continued(_recurring(found)), per_x)


def _recurring(found: list[Coexistence]) -> list[Coexistence]:
    """Without what is seen at one temperature alone: the noise of a steep but single phase.

    The two lowest temperatures are kept, where a region may just be about to close.
    """
    return [
        c
        for c in found
        if c.step < 2
        or any(
            0 < abs(o.step - c.step) <= NEIGHBOURING and (o.low, o.high) == (c.low, c.high)
            for o in found
        )
    ]


def continued(found: list[Coexistence]) -> list[Coexistence]:
    """Other names for regions that are not what their names say.

    Names come from chemical potentials, where a ground state may have given way to something
    else. A region goes on at the next temperature with its middle inside; one that does not is
    the continuation of another if it lies inside that, or else the side that is farther off is
    another phase, provisionally named.
    """
    latest: dict[tuple[str, str], Coexistence] = {}
    names: dict[tuple[str, str], tuple[str, str]] = {}
    kept = []
    for c in found:
        given = c.low, c.high
        own = names.get(given, given)
        last = latest.get(own)
        if last is not None and not _follows(c, last, PATIENCE):
            other = [pair for pair, o in latest.items() if _follows(c, o, NEIGHBOURING)]
            low_off = abs(c.n_low - last.n_low) > abs(c.n_high - last.n_high)
            another = f"?{own[0]}/{own[1]}/{c.step}"
            own = other[0] if other else (another, own[1]) if low_off else (own[0], another)
        names[given] = own
        latest[own] = replace(c, low=own[0], high=own[1])
        kept.append(latest[own])
    return kept


def _follows(c: Coexistence, before: Coexistence, steps: int) -> bool:
    """Whether a region is that of so many temperatures before, or fewer, come farther."""
    inside = before.n_low < (c.n_low + c.n_high) / 2 < before.n_high
    return inside and 0 < c.step - before.step <= steps + 1


def _between(segments: list[tuple[str, ...]], k: int) -> str:
    """A provisional name for an unnamed stretch, by its named neighbours."""
    below = next((s[-1] for s in segments[:k][::-1] if s), "")
    above = next((s[0] for s in segments[k + 1 :] if s), "")
    rank = sum(1 for s in segments[:k][::-1] if not s)
    return f"?{below}/{above}/{rank}"


def _with_compositions(found: list[Coexistence], per_x: int) -> list[Coexistence]:
    """Replace provisional names by the mean composition of the phase over all temperatures."""
    seen: dict[str, list[float]] = {}
    for c in found:
        for name, n in ((c.low, c.n_low), (c.high, c.n_high)):
            if name.startswith("?"):
                seen.setdefault(name, []).append(n / per_x)
    names = {name: f"x{np.mean(x):.2f}" for name, x in seen.items()}
    return [replace(c, low=names.get(c.low, c.low), high=names.get(c.high, c.high)) for c in found]


def merged(plan: Plan, found: Sequence[Coexistence], step: int, low: str, high: str) -> bool:
    """Whether two named phases lie in one stretch, without a jump between, at a temperature."""
    if low not in plan.phases or high not in plan.phases:
        return False
    transitions = [(c.left, c.right) for c in found if c.step == step]
    return any(low in names and high in names for names in named_segments(plan, transitions))


def highest_temperature(temperatures: np.ndarray, present: np.ndarray) -> tuple[float, int]:
    """Temperature up to which something is present, midway to the next step, and its step.

    Gaps of one step, and of up to :data:`PATIENCE` no wider than :data:`WIDEST_GAP`, are closed;
    NaN and −1 if it is never present.
    """
    last = -1
    for step in np.flatnonzero(present):
        missing = step - last - 1
        wide = temperatures[step] > WIDEST_GAP * temperatures[last]
        if last >= 0 and (missing > PATIENCE or (missing > 1 and wide)):
            break
        last = int(step)
    if last < 0:
        return np.nan, -1
    nxt = min(last + 1, len(temperatures) - 1)
    return float((temperatures[last] + temperatures[nxt]) / 2), last

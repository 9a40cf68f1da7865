"""The stable state along μ at one temperature, and the jumps in it.

The stable state at a μ is the branch of lowest grand potential. A path that left its phase
irreversibly carries too high a grand potential, so the minimum over branches also removes the
hysteresis. Along the stable envelope, composition may rise continuously, as its
susceptibility says, or jump.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from navac.sampling.plan import Plan
from navac.thermodynamics.integration import Branches

MIN_SEGMENT = 3
"""Fewer neighbouring μ points than this between two jumps are one transition, not a phase."""

SIGNIFICANCE = 3.0
"""A jump must exceed this many standard errors."""

STRADDLING = 2.0
"""A state whose susceptibility would explain so many times the rise of N around it is in both of
two phases."""


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """The stable state along μ at one temperature; all arrays ``[μ]``.

    Attributes:
        mu: eV per atom.
        branch: index of the stable branch.
        phi, number, energy, susceptibility, omega_variance: as in
            :class:`~navac.thermodynamics.integration.Branches`, of the stable branch.
        sublattice: ``[μ, sublattice]`` occupations.
        wave_amplitude: amplitude of the concentration wave.
        stationary: false where the path was in transition, or the state was not sampled.
    """

    mu: np.ndarray
    branch: np.ndarray
    phi: np.ndarray
    number: np.ndarray
    energy: np.ndarray
    susceptibility: np.ndarray
    omega_variance: np.ndarray
    sublattice: np.ndarray
    wave_amplitude: np.ndarray
    stationary: np.ndarray


def envelope(plan: Plan, data: Branches, step: int, choice=None) -> Envelope:
    """The stable state at every μ of one temperature.

    Args:
        choice: ``[μ]`` branches to take instead of the lowest; to evaluate resampled data
            along the same states.
    """
    phi = data.phi[:, step]
    if choice is None:
        choice = np.nanargmin(phi, axis=0)
    at = (choice, step, np.arange(len(plan.mu_grid)))
    along = {name: values[at] for name, values in vars(data).items()}
    return Envelope(mu=plan.mu_grid, branch=choice, **along)


def jumps(now: Envelope, number_stderr: np.ndarray, smallest: float) -> list[tuple[int, int]]:
    """Places where N rises by more than its susceptibility explains.

    Args:
        number_stderr: ``[μ]`` standard errors of N.
        smallest: excess in N below which a jump is not resolved.

    Returns:
        (last position before, first position after) of every transition; states that were not
        stationary lie between.
    """
    both = straddling(now.mu, now.number, now.susceptibility, smallest)
    at = np.flatnonzero(now.stationary & ~both)
    rise = np.diff(now.number[at])
    chi = now.susceptibility[at]
    explained = (chi[1:] + chi[:-1]) / 2 * np.diff(now.mu[at])
    noise = np.hypot(number_stderr[at][1:], number_stderr[at][:-1])
    excess = rise - explained
    # Susceptibilities near a critical point are noisy themselves: a jump must be at least as
    # large again as what they explain.
    found = np.flatnonzero(
        (excess > smallest) & (excess > explained) & (excess > SIGNIFICANCE * noise)
    )
    merged: list[tuple[int, int]] = []
    for i in found.tolist():
        if merged and i - merged[-1][1] + 1 < MIN_SEGMENT:
            merged[-1] = (merged[-1][0], i + 1)
        else:
            merged.append((i, i + 1))
    return [(int(at[i]), int(at[j])) for i, j in merged]


def straddling(
    mu: np.ndarray, number: np.ndarray, susceptibility: np.ndarray, smallest: float
) -> np.ndarray:
    """States that go back and forth between two phases: a peak of dN/dμ too narrow for the grid.

    Whether a point of the grid happens to lie in it must not decide whether there is a jump.

    Args:
        mu: ``[μ]`` eV per atom.
        number, susceptibility: ``[..., μ]`` N, and dN/dμ from its fluctuations.
        smallest: smallest jump in N.
    """
    found = np.zeros(number.shape, bool)
    explained = susceptibility[..., 1:-1] * (mu[2:] - mu[:-2]) / 2
    rise = number[..., 2:] - number[..., :-2]
    found[..., 1:-1] = (explained > smallest) & (explained > STRADDLING * rise)
    return found


def tangent_crossing(now: Envelope, left: int, right: int) -> tuple[float, float, float]:
    """Where the tangents of φ(μ) on the two sides of a jump meet: μ, and N on either side.

    ∂φ/∂μ = −N needs only the stable points; where the tangents meet outside the interval
    (noise of a weak transition) the nearer end is taken.
    """
    a = now.phi[left] + now.number[left] * now.mu[left]
    b = now.phi[right] + now.number[right] * now.mu[right]
    mu = np.clip((b - a) / (now.number[right] - now.number[left]), now.mu[left], now.mu[right])
    low = now.number[left] + now.susceptibility[left] * (mu - now.mu[left])
    high = now.number[right] + now.susceptibility[right] * (mu - now.mu[right])
    return float(mu), float(low), float(high)

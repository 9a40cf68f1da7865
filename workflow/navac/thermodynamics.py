"""Grand potentials of sampled states by thermodynamic integration along their paths.

At fixed μ, βφ = β₀φ₀ + ∫ (E − μN) dβ (paper, SI Eq. 3). A phase is heated from a temperature at
which its entropy is negligible, φ₀ = E − μN. The disordered state is cooled from infinite
temperature, where β₀φ₀ = −ln 2 per site. Either way hysteresis makes φ too high, never too low.
Everything is per primitive cell.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from navac.montecarlo import BOLTZMANN
from navac.paths import Plan
from navac.records import Samples

LARGEST_CORRECTION = 0.25
"""End-point derivatives may change the integral over a step of β by this part of the difference
between its upper and its lower sum. More comes from a step that is too long for them."""

UNSTEADY_RATIO = 4.0
"""Variance of block means, over that within blocks, beyond which a path is not steady …"""

UNSTEADY_SPREAD = 0.02
"""… if the block means also spread by more than this, atoms per primitive cell."""


@dataclass(frozen=True)
class Branches:
    """Each branch of a plan on its (T, μ) grid; NaN where no path of it was sampled.

    Attributes:
        phi: ``[branch, T, μ]`` grand potential, eV.
        number: ``[branch, T, μ]`` atoms.
        energy: ``[branch, T, μ]`` eV.
        susceptibility: ``[branch, T, μ]`` ∂N/∂μ from the fluctuations, 1/eV.
        omega_variance: ``[branch, T, μ]`` variance of E − μN of the supercell, per cell, eV².
        sublattice: ``[branch, T, μ, sublattice]`` occupations.
        steady: ``[branch, T, μ]`` false where the path changed its state while it was
            measured.
    """

    phi: np.ndarray
    number: np.ndarray
    energy: np.ndarray
    susceptibility: np.ndarray
    omega_variance: np.ndarray
    sublattice: np.ndarray
    steady: np.ndarray


def block_weights(blocks: int, resamples: int, seed: int) -> np.ndarray:
    """``[1 + resamples, block]`` weights of block averages: plain first, then bootstrap."""
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(blocks, np.full(blocks, 1 / blocks), size=resamples)
    return np.vstack([np.full(blocks, 1 / blocks), drawn / blocks])


def branches(plan: Plan, samples: Samples, weights: np.ndarray) -> Branches:
    """Average the blocks with ``weights[block]`` and integrate every path."""

    def mean(values):
        return np.tensordot(weights, values, axes=(0, 1))

    walks = plan.walks()
    beta, mu = 1 / (BOLTZMANN * walks.temperature), walks.mu
    E, N = mean(samples.energy), mean(samples.number)
    E2, EN, N2 = mean(samples.energy2), mean(samples.cross), mean(samples.number2)
    omega = E - mu * N
    # Round-off can make the variance of a frozen path slightly negative.
    variance = samples.cells * np.maximum(E2 - 2 * mu * EN + mu**2 * N2 - omega**2, 0)
    chi = beta * samples.cells * np.maximum(N2 - N**2, 0)
    sites = samples.sublattice.shape[2]
    phi = integrate(beta, omega, variance, _start(plan, beta[0], omega[0], sites)) / beta
    on_grid = _grid(plan)
    return Branches(
        on_grid(phi), on_grid(N), on_grid(E), on_grid(chi), on_grid(variance),
        np.stack([on_grid(s) for s in np.moveaxis(mean(samples.sublattice), 1, 0)], axis=-1),
        on_grid(steady(samples)) == 1,
    )  # fmt: skip


def _start(plan: Plan, beta, omega, sites: int) -> np.ndarray:
    """``[path]`` βφ of the first condition: frozen, or at next to infinite temperature."""
    branch = np.where(plan.heats, plan.branch, 0)
    frozen = plan.energy[branch] - plan.mu * plan.number[branch]
    return np.where(plan.heats, beta * frozen, beta * omega - sites * np.log(2))


def steady(samples: Samples) -> np.ndarray:
    """``[step, path]`` whether N varied between blocks no more than it did within them.

    A path that goes over to another phase in mid-measurement shows as block means that spread
    by far more than the fluctuations inside a block; its variance is no susceptibility.
    """
    within = np.maximum(samples.number2 - samples.number**2, 0).mean(axis=1)
    between = samples.number.var(axis=1)
    return ~((between > UNSTEADY_RATIO * within) & (between > UNSTEADY_SPREAD**2))


def integrate(
    beta: np.ndarray, omega: np.ndarray, variance: np.ndarray, start: np.ndarray
) -> np.ndarray:
    """βφ ``[step, path]`` from E − μN and its variance (d(E − μN)/dβ = −variance).

    Trapezium rule with the end-point derivatives, exact for cubics in β. They are left out where
    they would change too much: multiplied by the square of a long step at low temperature, a
    single excitation in the sample would outweigh everything.

    Args:
        start: ``[path]`` βφ of the first step.
    """
    step = np.diff(beta, axis=0)
    rise = step / 2 * np.diff(omega, axis=0)
    correction = step**2 / 12 * np.diff(variance, axis=0)
    fits = np.abs(correction) <= LARGEST_CORRECTION * 2 * np.abs(rise)
    part = step * omega[:-1] + rise + np.where(fits, correction, 0)
    return np.vstack([start, start + np.cumsum(part, axis=0)])


def _grid(plan: Plan):
    """A function that spreads ``[step, path]`` over ``[branch, T, μ]``."""
    at = plan.grid_step()
    step, path = np.nonzero(at >= 0)

    def spread(values: np.ndarray) -> np.ndarray:
        out = np.full((plan.n_branches, len(plan.temperatures), len(plan.mu_grid)), np.nan)
        out[plan.branch[path], at[step, path], plan.mu_index[path]] = values[step, path]
        return out

    return spread

"""Grand potentials of sampled phases by thermodynamic integration along heating paths.

At fixed μ, φ(β) = [β₀ φ₀ + ∫ (E − μN) dβ] / β from a reference φ₀ = E − μN at a temperature at
which the entropy is negligible (paper, SI Eq. 3). Everything is per primitive cell.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from navac.montecarlo import BOLTZMANN
from navac.paths import Plan
from navac.records import Samples

LONGEST_CORRECTED_STEP = 0.1
"""Steps of β, as a share of β, over which end-point derivatives help the integration."""

UNSTEADY_RATIO = 4.0
"""Variance of block means, over that within blocks, beyond which a path is not steady …"""

UNSTEADY_SPREAD = 0.02
"""… if the block means also spread by more than this, atoms per primitive cell."""


@dataclass(frozen=True)
class Branches:
    """Each starting phase on the (T, μ) grid; NaN where no path of it was sampled.

    Attributes:
        phi: ``[phase, step, μ]`` grand potential, eV.
        number: ``[phase, step, μ]`` atoms.
        energy: ``[phase, step, μ]`` eV.
        susceptibility: ``[phase, step, μ]`` ∂N/∂μ from the fluctuations, 1/eV.
        omega_variance: ``[phase, step, μ]`` variance of E − μN of the supercell, per cell, eV².
        sublattice: ``[phase, step, μ, sublattice]`` occupations.
        steady: ``[phase, step, μ]`` false where the path changed its state while it was
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

    mu, T = plan.mu, plan.temperatures[:, None]
    E, N = mean(samples.energy), mean(samples.number)
    E2, EN, N2 = mean(samples.energy2), mean(samples.cross), mean(samples.number2)
    omega = E - mu * N
    # Round-off can make the variance of a frozen path slightly negative.
    variance = samples.cells * np.maximum(E2 - 2 * mu * EN + mu**2 * N2 - omega**2, 0)
    chi = samples.cells * np.maximum(N2 - N**2, 0) / (BOLTZMANN * T)
    phi = integrate_heating(plan, omega, variance)
    on_grid = _grid(plan)
    return Branches(
        on_grid(phi), on_grid(N), on_grid(E), on_grid(chi), on_grid(variance),
        np.stack([on_grid(s) for s in np.moveaxis(mean(samples.sublattice), 1, 0)], axis=-1),
        on_grid(steady(samples)) == 1,
    )  # fmt: skip


def steady(samples: Samples) -> np.ndarray:
    """``[step, path]`` whether N varied between blocks no more than it did within them.

    A path that goes over to another phase in mid-measurement shows as block means that spread
    by far more than the fluctuations inside a block; its variance is no susceptibility.
    """
    within = np.maximum(samples.number2 - samples.number**2, 0).mean(axis=1)
    between = samples.number.var(axis=1)
    return ~((between > UNSTEADY_RATIO * within) & (between > UNSTEADY_SPREAD**2))


def integrate_heating(plan: Plan, omega: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """φ ``[step, path]`` from E − μN and its variance (d(E − μN)/dβ = −variance).

    Trapezium rule with the end-point derivatives, exact for cubics in β. Over long steps of β,
    at low temperature, the derivatives are left out: multiplied by the step squared, a single
    excitation in the sample would outweigh everything.
    """
    beta = 1 / (BOLTZMANN * plan.temperatures)[:, None]
    step = np.diff(beta, axis=0)
    part = step / 2 * (omega[1:] + omega[:-1])
    short = np.abs(step) < LONGEST_CORRECTED_STEP * beta[1:]
    part += np.where(short, step**2 / 12 * (variance[1:] - variance[:-1]), 0)
    reference = plan.energy[plan.phase] - plan.mu * plan.number[plan.phase]
    start = beta[0] * reference
    return np.vstack([start, start + np.cumsum(part, axis=0)]) / beta


def _grid(plan: Plan):
    """A function that spreads ``[step, path]`` over ``[phase, step, μ]``."""

    def spread(values: np.ndarray) -> np.ndarray:
        out = np.full((len(plan.phases), len(values), len(plan.mu_grid)), np.nan)
        out[plan.phase, :, plan.mu_index] = values.T
        return out

    return spread

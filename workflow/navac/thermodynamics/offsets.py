"""By how much a surface is off from its states where neighbours are off alike.

Resamples tell how far chance moves a surface. They do not tell where it cannot follow its states,
between knots or because it is held smooth: there all states around are off the same way. Their mean
deviation, less what chance makes of it, is an error beside that of chance. Nor do resamples tell of
what was never seen: no average is more certain than one event in all that was sampled.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import uniform_filter

from navac.sampling.plan import Plan
from navac.thermodynamics.phase_states import LEAST, POOLED, PhaseStates

AROUND = 1
"""Temperatures to either side over which deviations are averaged; of μ, :data:`POOLED`."""


@dataclass(frozen=True, kw_only=True)
class Offsets:
    """Standard errors of a surface beyond those of resamples, on the grid of a plan.

    Attributes:
        number: ``[T, μ]`` of N, atoms per primitive cell.
        omega: ``[T, μ]`` of E − μN, eV per primitive cell.
    """

    number: np.ndarray
    omega: np.ndarray


def offsets(
    plan: Plan, states: PhaseStates, off: list[np.ndarray], weights: list[np.ndarray],
    times: list[np.ndarray],
) -> Offsets:  # fmt: skip
    """Of a fitted surface.

    Args:
        off: ``[state, 1 + resample]`` of N and of E − μN, from surfaces to states, in standard
            errors of the states.
        weights: ``[state]`` of these two, small for states that may not be of the phase.
        times: ``[state]`` by how much larger errors are than resamples say.
    """
    shape = len(plan.temperatures), len(plan.mu_grid)
    stderr = states.number_stderr, states.omega_stderr
    number, omega = (
        _together(shape, states.where, *column)
        for column in zip(off, stderr, weights, times, strict=True)
    )
    return Offsets(number=np.hypot(number, states.rarest), omega=np.hypot(omega, LEAST))


def _together(shape, where, off, stderr, weight, times) -> np.ndarray:
    """``[T, μ]`` mean deviation around each point beyond chance; 0 far from all states."""

    def around(values):
        grid = np.zeros((*shape, *values.shape[1:]))
        grid[where] = values
        size = 2 * AROUND + 1, 2 * POOLED + 1
        return uniform_filter(grid, size, axes=(0, 1), mode="constant")

    counts = around((weight / stderr) ** 2)
    deviating = np.column_stack([off[:, :1], times[:, None] * (off[:, 1:] - off[:, :1])])
    sums = around((weight**2 / stderr)[:, None] * deviating)
    mean = np.divide(sums, counts[..., None], out=np.zeros_like(sums),
                     where=counts[..., None] > counts.max() * 1e-12)  # fmt: skip
    by_chance = np.square(mean[..., 1:]).mean(axis=-1) if mean.shape[-1] > 1 else 0.0
    return np.sqrt(np.maximum(mean[..., 0] ** 2 - by_chance, 0))

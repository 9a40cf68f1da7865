"""How far neighbouring states are from continuing each other: in T, along μ, from path to path.

N and E change with T and μ as the fluctuations say. A change beyond that tells of another phase, as
a change of order does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from navac.sampling.plan import Plan
from navac.thermodynamics.integration import Branches
from navac.thermodynamics.order import Order
from navac.units import BOLTZMANN

SIGNIFICANCE = 3.0
"""A change must exceed this many standard errors to be one."""

SMALLEST_ENTROPY = 0.06
"""Smallest jump of the entropy, kB per formula unit, that tells two phases apart."""


@dataclass(frozen=True, kw_only=True)
class Differences:
    """How far neighbouring states are from continuing each other; below 1 they do.

    Attributes:
        in_T: ``[branch, T − 1, μ]`` from a temperature to the next.
        in_mu: ``[branch, T, μ − 1]`` from a chemical potential to the next.
        across: ``[branch, branch, T, μ]`` from one path to another at the same conditions.
    """

    in_T: np.ndarray
    in_mu: np.ndarray
    across: np.ndarray


def differences(
    plan: Plan,
    resampled: Sequence[Branches],
    order: Order,
    smallest: float,
    fu: int,
    *,
    waves: bool = True,
) -> Differences:
    """How far neighbouring states are from continuing each other.

    Args:
        resampled: the branches without resampling, then those of every resample.
        smallest: smallest jump in N, atoms per primitive cell.
        fu: formula units per primitive cell.
        waves: see :meth:`.order.Order.unlike`.
    """
    data = resampled[0]
    T, mu = plan.temperatures[:, None], plan.mu_grid
    kT = BOLTZMANN * T
    heat = SMALLEST_ENTROPY * fu * kT
    omega = data.energy - mu * data.number
    number_error, energy_error, omega_error = (
        np.std(values, axis=0)
        for values in zip(
            *((b.number, b.energy, b.energy - mu * b.number) for b in resampled[1:]), strict=True
        )
    )
    in_mu_slope = data.cross / kT + mu * data.susceptibility  # of E
    here, there = (slice(None), slice(None, -1)), (slice(None), slice(1, None))
    left, right = (*(slice(None),) * 2, slice(None, -1)), (*(slice(None),) * 2, slice(1, None))
    in_T = np.maximum(
        _excess(data.number, number_error, data.cross / (kT * T), T, here, there, smallest),
        _excess(omega, omega_error, data.omega_variance / (kT * T), T, here, there, heat[1:]),
    )
    in_mu = np.maximum(
        _excess(data.number, number_error, data.susceptibility, mu, left, right, smallest),
        _excess(data.energy, energy_error, in_mu_slope, mu, left, right, heat),
    )
    return Differences(
        in_T=np.maximum(in_T, order.unlike(here, there, waves=waves)),
        in_mu=np.maximum(in_mu, order.unlike(left, right, waves=waves)),
        across=np.stack(
            [
                np.maximum(
                    _across(data, (number_error, energy_error), b, smallest, heat),
                    order.unlike((np.full(len(omega), b),), (slice(None),), waves=waves),
                )
                for b in range(len(omega))
            ]
        ),
    )


def _excess(values, errors, slope, grid, a, b, smallest) -> np.ndarray:
    """The part of a change that fluctuations do not explain, in units of what may be chance."""
    step = np.diff(grid, axis=0 if grid.ndim > 1 else -1)
    rise = np.abs(values[b] - values[a])
    explained = np.abs(slope[a] + slope[b]) / 2 * step
    noise = SIGNIFICANCE * np.hypot(errors[a], errors[b])
    return (rise - explained) / np.maximum(np.maximum(smallest, explained), noise)


def _across(data: Branches, errors, branch: int, smallest: float, heat) -> np.ndarray:
    """``[branch, T, μ]`` how far the states of one path are from those of the others."""
    apart = [
        np.abs(values[branch] - values)
        / np.maximum(least, SIGNIFICANCE * np.hypot(error[branch], error))
        for values, error, least in zip(
            (data.number, data.energy), errors, (smallest / 2, heat), strict=True
        )
    ]
    return np.maximum(apart[0], apart[1])

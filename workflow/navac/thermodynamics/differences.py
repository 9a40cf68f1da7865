"""How far neighbouring states are from continuing each other: in T, along μ, from path to path.

N and E − μN change with T and μ as the fluctuations say. A change beyond that tells of another
phase, as a change of order does.
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
    order: Order | None,
    smallest: float,
    fu: int,
    *,
    waves: bool = True,
) -> Differences:
    """How far neighbouring states are from continuing each other.

    Args:
        resampled: the branches without resampling, then those of every resample.
        order: of the states; None if states of different order may continue each other.
        smallest: smallest jump in N, atoms per primitive cell.
        fu: formula units per primitive cell.
        waves: see :meth:`.order.Order.unlike`.
    """
    data = resampled[0]
    T, mu = plan.temperatures[:, None], plan.mu_grid
    kT = BOLTZMANN * T
    heat = SMALLEST_ENTROPY * fu * kT
    omega = data.energy - mu * data.number
    number_error, omega_error = (
        np.std(values, axis=0)
        for values in zip(
            *((b.number, b.energy - mu * b.number) for b in resampled[1:]), strict=True
        )
    )
    here, there = (slice(None), slice(None, -1)), (slice(None), slice(1, None))
    left, right = (*(slice(None),) * 2, slice(None, -1)), (*(slice(None),) * 2, slice(1, None))
    in_T = np.maximum(
        _excess(data.number, number_error, data.cross / (kT * T), T, here, there, smallest),
        _excess(omega, omega_error, data.omega_variance / (kT * T), T, here, there, heat[1:]),
    )
    in_mu = np.maximum(
        _excess(data.number, number_error, data.susceptibility, mu, left, right, smallest),
        _excess(
            data.energy, omega_error, data.cross / kT, mu, left, right, heat, number=data.number
        ),
    )

    def unlike(a, b):
        return 0.0 if order is None else order.unlike(a, b, waves=waves)

    errors = number_error, omega_error
    return Differences(
        in_T=np.maximum(in_T, unlike(here, there)),
        in_mu=np.maximum(in_mu, unlike(left, right)),
        across=np.stack([
            np.maximum(
                _across(data, omega, errors, b, smallest, heat),
                unlike((np.full(len(omega), b),), (slice(None),)),
            )
            for b in range(len(omega))
        ]),
    )  # fmt: skip


def _excess(values, errors, slope, grid, a, b, smallest, *, number=None) -> np.ndarray:
    """The part of a change that fluctuations do not explain, in units of what may be chance.

    Args:
        number: N, if ``values`` are E: what counts is E − μN at the mean μ of both. E alone has μ
            times a change of N, and with it whatever E and μ are counted from.
    """
    step = np.diff(grid, axis=0 if grid.ndim > 1 else -1)
    rise = values[b] - values[a]
    if number is not None:
        rise = rise - (grid[1:] + grid[:-1]) / 2 * (number[b] - number[a])
    explained = np.abs(slope[a] + slope[b]) / 2 * step
    noise = SIGNIFICANCE * np.hypot(errors[a], errors[b])
    return (np.abs(rise) - explained) / np.maximum(np.maximum(smallest, explained), noise)


def _across(
    data: Branches, omega: np.ndarray, errors, branch: int, smallest: float, heat
) -> np.ndarray:
    """``[branch, T, μ]`` how far the states of one path are from those of the others."""
    apart = [
        np.abs(values[branch] - values)
        / np.maximum(least, SIGNIFICANCE * np.hypot(error[branch], error))
        for values, error, least in zip(
            (data.number, omega), errors, (smallest / 2, heat), strict=True
        )
    ]
    return np.maximum(apart[0], apart[1])

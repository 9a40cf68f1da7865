"""Quantities along composition at one temperature: voltage, occupancies, entropy, heat capacity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from navac.hull import Hull
from navac.thermodynamics.coexistence import Coexistence
from navac.thermodynamics.envelope import Envelope
from navac.units import BOLTZMANN

ACROSS = 4
"""Points drawn inside a two-phase region."""


@dataclass(frozen=True, kw_only=True)
class Isotherm:
    """States along composition at one temperature; two-phase regions by the lever rule.

    Attributes:
        x: ``[point]`` species per formula unit, rising.
        mu: ``[point]`` eV per atom.
        entropy, entropy_stderr: ``[point]`` kB per formula unit; NaN inside two-phase regions.
        sublattice: ``[point, sublattice]`` occupations.
        stable: ``[point]`` false inside two-phase regions.
    """

    x: np.ndarray
    mu: np.ndarray
    entropy: np.ndarray
    entropy_stderr: np.ndarray
    sublattice: np.ndarray
    stable: np.ndarray


def isotherm(
    now: Envelope,
    found: Sequence[Coexistence],
    T: float,
    formula_units: int,
    bounds: tuple[float, float],
) -> Isotherm:
    """Lay out the stable states of one temperature along composition.

    Args:
        found: the two-phase equilibria at this temperature.
        bounds: the range of x for which the expansion holds; points outside are dropped.
    """
    unit = BOLTZMANN * formula_units
    rows = [
        (n / formula_units, mu, s / unit, error / unit, occupation, True)
        for n, mu, s, error, occupation in zip(
            now.number, now.mu, now.entropy, now.entropy_stderr, now.sublattice, strict=True
        )
    ]
    inserted = []
    for c in found:
        sides = now.sublattice[c.left], now.sublattice[c.right]
        for t in np.linspace(0, 1, ACROSS + 2):
            n = c.n_low + t * (c.n_high - c.n_low)
            end = t in (0, 1)
            s, off = _at_side(now, c, t == 0) if end else (np.nan, np.nan)
            occupation = (1 - t) * sides[0] + t * sides[1]
            inserted.append((n / formula_units, c.mu, s / unit, off / unit, occupation, end))
    # Points between the sides of a jump belong to the transition, not to a phase.
    inside = {i for c in found for i in range(c.left + 1, c.right)}
    rows = [row for i, row in enumerate(rows) if i not in inside] + inserted
    rows.sort(key=lambda row: (row[1], row[0]))
    x, mu, S, errors, occupation, stable = (np.array(column) for column in zip(*rows, strict=True))
    # Noise may let neighbouring points of a steep phase swap.
    x = np.maximum.accumulate(x)
    low, high = bounds
    keep = (x >= low - 1e-3) & (x <= high + 1e-3)
    return Isotherm(
        x=np.clip(x[keep], low, high),
        mu=mu[keep],
        entropy=S[keep],
        entropy_stderr=errors[keep],
        sublattice=occupation[keep],
        stable=stable[keep],
    )


def _at_side(now: Envelope, c: Coexistence, low: bool) -> tuple[float, float]:
    """Entropy of one of two coexisting phases and its standard error, eV/K per primitive cell.

    Where an equation of state says what coexists, it is that of the nearest state of the grid.
    """
    at, side = (c.left, c.entropy[0]) if low else (c.right, c.entropy[1])
    return (side if np.isfinite(side) else now.entropy[at]), now.entropy_stderr[at]


def voltage_shift(average_voltage: float, whole: Hull, data: Hull, expansion: Hull) -> float:
    """Δμ_shift of one composition range (paper, SI S3-4 and Eq. 8), so that V = shift − μ.

    Energies are known up to a term linear in x, which the average voltage over the whole range
    fixes. The expansion's mean μ over its range is moved onto that of the data.

    Args:
        average_voltage: mean voltage over the composition range of ``whole``, V.
        whole: hull of the data over all compositions.
        data, expansion: hulls of the data and of the fitted expansion over this range.
    """
    return average_voltage + _mean_mu(whole) + _mean_mu(expansion) - _mean_mu(data)


def _mean_mu(hull: Hull) -> float:
    """Mean chemical potential between the ends of a hull, eV per atom."""
    atoms = (hull.x[-1] - hull.x[0]) * hull.formula_units
    return float((hull.energy[-1] - hull.energy[0]) / atoms)


def hull_voltage(average_voltage: float, whole: Hull, data: Hull):
    """The staircase of 0 K voltages (paper, SI Eq. 6): x, V and whether a single phase."""
    plateau = average_voltage + _mean_mu(whole) - data.transitions
    inner = (data.x[1:] + data.x[:-1]) / 2
    # Each plateau: its two ends, single phases, and a point between them.
    x = np.ravel([(a, m, b) for a, m, b in zip(data.x[:-1], inner, data.x[1:], strict=True)])
    stable = np.tile([True, False, True], len(plateau))
    return x, np.repeat(plateau, 3), stable


def heat_capacity(now: Envelope, T: float, formula_units: int) -> np.ndarray:
    """``[μ]`` heat capacity at fixed μ, kB per formula unit: var(E − μN) / (kT)²."""
    return now.omega_variance / (BOLTZMANN * T) ** 2 / formula_units

"""The free energy of a phase-separating particle from the campaign's equilibria.

An open-circuit curve gives the derivative of the convex free energy, μ(x) = −V(x) but for a
constant. Between two coexisting phases it is flat, and a particle would not separate by it: what
the homogeneous state costs there is no equilibrium property. A double well W 16 s²(1 − s)² is
added in every two-phase region, s from 0 to 1 across it. Where W is not given it is that of the
regular solution whose miscibility gap closes at the highest temperature of the region:

    W/Δx = kT [ln ½ + χ/4] − kT [s ln s + (1 − s) ln(1 − s) + χ s(1 − s)],  χ = 2 T_top/T,

at the s of its binodal. This is an estimate of mean field; it decides the width and the energy of
interfaces and the supersaturation at which a phase nucleates, not what coexists.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from navac.cell.quantity import CellError
from navac.units import BOLTZMANN

STEEPEST = 1e3
"""∂μ/∂x beyond the ends of the curve, eV: nothing leaves the range of compositions."""


@dataclass(frozen=True, kw_only=True)
class Gap:
    """A two-phase region at one temperature.

    Attributes:
        low, high: x of the two phases.
        barrier: W, eV per formula unit.
    """

    low: float
    high: float
    barrier: float

    def share(self, x: np.ndarray) -> np.ndarray:
        """s, from 0 at the poor phase to 1 at the rich one, and no further."""
        return np.clip((x - self.low) / (self.high - self.low), 0.0, 1.0)


@dataclass(frozen=True, kw_only=True)
class FreeEnergy:
    """Free energy per formula unit against x, piecewise: μ of the equilibria is linear in x.

    Attributes:
        x: ``[point]`` rising.
        mu: ``[point]`` eV per atom, never falling.
        gaps: the two-phase regions.
    """

    x: np.ndarray
    mu: np.ndarray
    gaps: Sequence[Gap] = ()

    def __post_init__(self) -> None:
        if (np.diff(self.x) <= 0).any() or (np.diff(self.mu) < 0).any():
            raise CellError(
                "the chemical potential falls with x, or x does not rise; a free energy of "
                "equilibria is convex"
            )

    def energy(self, x: np.ndarray) -> np.ndarray:
        """eV per formula unit, 0 at the first point."""
        within = np.clip(x, self.x[0], self.x[-1])
        at = np.clip(np.searchsorted(self.x, within, side="right") - 1, 0, len(self.x) - 2)
        step = within - self.x[at]
        areas = np.diff(self.x) * (self.mu[1:] + self.mu[:-1]) / 2
        below = np.concatenate([[0.0], np.cumsum(areas)])[at]
        slope = np.diff(self.mu) / np.diff(self.x)
        beyond = x - within
        end = np.where(beyond > 0, self.mu[-1], self.mu[0])
        found = below + step * self.mu[at] + slope[at] * step**2 / 2
        found = found + beyond * end + STEEPEST * beyond**2 / 2
        for gap in self.gaps:
            s = gap.share(x)
            found = found + 16 * gap.barrier * s**2 * (1 - s) ** 2
        return found

    def potential(self, x: np.ndarray) -> np.ndarray:
        """μ of the homogeneous state, eV per atom."""
        within = np.clip(x, self.x[0], self.x[-1])
        found = np.interp(within, self.x, self.mu) + STEEPEST * (x - within)
        for gap in self.gaps:
            s = gap.share(x)
            found = found + 32 * gap.barrier / (gap.high - gap.low) * s * (1 - s) * (1 - 2 * s)
        return found

    def curvature(self, x: np.ndarray) -> np.ndarray:
        """∂μ/∂x of the homogeneous state, eV."""
        slope = np.diff(self.mu) / np.diff(self.x)
        at = np.clip(np.searchsorted(self.x, x, side="right") - 1, 0, len(self.x) - 2)
        found = np.where((x < self.x[0]) | (x > self.x[-1]), STEEPEST, slope[at])
        for gap in self.gaps:
            s, inside = gap.share(x), (x >= gap.low) & (x <= gap.high)
            bend = 32 * gap.barrier / (gap.high - gap.low) ** 2 * (1 - 6 * s + 6 * s**2)
            found = found + np.where(inside, bend, 0.0)
        return found

    @property
    def most_concave(self) -> float:
        """The largest −∂μ/∂x that a double well makes, eV; 0 without one."""
        bends = (16 * gap.barrier / (gap.high - gap.low) ** 2 for gap in self.gaps)
        return max(bends, default=0.0)


def regular_barrier(temperature: float, highest: float) -> float:
    """W of a regular solution in eV per site, 0 where it does not separate.

    Args:
        temperature: K.
        highest: temperature at which its miscibility gap closes, K.
    """
    if temperature >= highest:
        return 0.0
    chi = 2 * highest / temperature

    def mixing(s: float) -> float:
        return s * np.log(s) + (1 - s) * np.log(1 - s) + chi * s * (1 - s)

    def slope(s: float) -> float:
        return np.log(s / (1 - s)) + chi * (1 - 2 * s)

    spinodal = (1 - np.sqrt(1 - 2 / chi)) / 2
    poor = brentq(slope, np.exp(-2 * chi), spinodal)
    return BOLTZMANN * temperature * float(mixing(0.5) - mixing(poor))


def stiffness_of_width(gap: Gap, width: float) -> float:
    """κ in eV m² whose interface changes from 10 to 90 % over ``width`` (m).

    The profile of the double well is s = 1/(1 + exp(−z/λ)) with λ² = κ Δx²/(32 W) (J. W. Cahn and
    J. E. Hilliard, J. Chem. Phys. 28, 258 (1958)), and the width 2 ln 9 λ.
    """
    decay = width / (2 * np.log(9))
    return 32 * gap.barrier * (decay / (gap.high - gap.low)) ** 2


def interface_energy(gap: Gap, stiffness: float) -> float:
    """Energy of a flat interface of the double well, √(32 W κ Δx²)/6, eV m per formula unit."""
    return float(np.sqrt(32 * gap.barrier * stiffness) * (gap.high - gap.low) / 6)

"""Phase boundaries with the electronic entropy of mixed valence.

The entropy of charges disordered over the transition-metal sites (paper, main text Eq. 1) is
added to the canonical free energy f(n) = φ + μn, and the boundaries are found again by common
tangents: the straight edges of the lower convex hull of f.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from navac.hull import lower_hull
from navac.montecarlo import BOLTZMANN
from navac.thermodynamics import Branches

DENSITY = 8
"""Interpolated points between neighbouring μ of one branch."""


@dataclass(frozen=True)
class MixedValence:
    """Ions of one element in two oxidation states.

    Attributes:
        sites: sites of the element per primitive cell.
        n_oxidised: mobile atoms per primitive cell at which all are oxidised …
        n_reduced: … and at which all are reduced.
    """

    sites: float
    n_oxidised: float
    n_reduced: float

    def entropy(self, number: np.ndarray) -> np.ndarray:
        """Ideal mixing entropy, eV/K per primitive cell; zero outside the two ends."""
        m = (number - self.n_oxidised) / (self.n_reduced - self.n_oxidised)
        m = np.clip(m, 1e-300, 1)
        rest = np.clip(1 - m, 1e-300, 1)
        return -BOLTZMANN * self.sites * (m * np.log(m) + rest * np.log(rest))


def free_energies(data: Branches, mu: np.ndarray, step: int, largest: float):
    """Points (n, f) of all branches at one temperature, densely interpolated.

    Args:
        largest: neighbouring points of a branch further apart in n than their susceptibility
            explains by this much are not joined.

    Returns:
        atoms and free energy, eV, per primitive cell.
    """
    numbers, energies = [], []
    for n, phi, chi in zip(
        data.number[:, step], data.phi[:, step], data.susceptibility[:, step], strict=True
    ):
        there = np.flatnonzero(np.isfinite(phi))
        f = phi + mu * n
        numbers.append(n[there])
        energies.append(f[there])
        for i, j in zip(there, there[1:], strict=False):
            explained = (chi[i] + chi[j]) / 2 * (mu[j] - mu[i])
            if 0 < n[j] - n[i] < explained + largest:
                t = np.arange(1, DENSITY) / DENSITY
                numbers.append(n[i] + t * (n[j] - n[i]))
                energies.append(_hermite(t, n[j] - n[i], f[i], f[j], mu[i], mu[j]))
    return np.concatenate(numbers), np.concatenate(energies)


def _hermite(t, width, f0, f1, slope0, slope1):
    """Cubic through two values with given end slopes."""
    return (
        (1 + 2 * t) * (1 - t) ** 2 * f0 + t * (1 - t) ** 2 * width * slope0
        + t**2 * (3 - 2 * t) * f1 + t**2 * (t - 1) * width * slope1
    )  # fmt: skip


def tie_lines(
    data: Branches, mu: np.ndarray, step: int, T: float, valence: MixedValence | None,
    smallest: float,
) -> list[tuple[float, float, float]]:
    """Common tangents at one temperature.

    Args:
        valence: adds its entropy; ``None`` for the configurational free energy alone.
        smallest: shortest tie line, atoms per primitive cell.

    Returns:
        (μ, n of the low side, n of the high side) of each.
    """
    n, f = free_energies(data, mu, step, smallest)
    if valence is not None:
        f = f - T * valence.entropy(n)
    hull = lower_hull(n, f, formula_units=1)
    wide = np.flatnonzero(np.diff(hull.x) > smallest)
    lines: list[tuple[float, float, float]] = []
    for i in wide:
        line = (float(hull.transitions[i]), float(hull.x[i]), float(hull.x[i + 1]))
        # A stray point on a tangent cuts it in two pieces of one slope.
        if lines and abs(lines[-1][2] - line[1]) < smallest / 2 and line[0] - lines[-1][0] < 5e-4:
            line = (line[0], lines.pop()[1], line[2])
        lines.append(line)
    return lines

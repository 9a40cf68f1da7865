"""The universal equation of state near a critical point where two phases become one.

Order parameter m, reduced temperature t and field h are functions of a distance r and an angle θ
(parametric form of Schofield, Phys. Rev. Lett. 22, 606 (1969)):

    m = r^β θ,  t = r (1 − b² θ²),  h = r^(βδ) θ (1 − θ²) (1 + c θ² + d θ⁴).

θ = 0 is the symmetry line above the critical temperature, θ = ±1 are the two sides of the
coexistence curve. Two phases that differ in one number, a composition, have the exponents of the
Ising model, by the number of dimensions alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

HALVINGS = 40
"""Bisections of the interval in which θ lies."""

SAFE = 0.05
"""Below this |1 − b²θ²|, r follows from the field and not from the temperature."""


@dataclass(frozen=True, kw_only=True)
class Universality:
    """Exponents, and the shape of the equation of state.

    Attributes:
        dimensions: of space.
        beta, delta: exponents of the order parameter, along the coexistence curve and along the
            critical isotherm.
        b2: b².
        shape: c and d.
        correction: exponent of r in the leading correction to scaling.
    """

    dimensions: int
    beta: float
    delta: float
    b2: float
    shape: tuple[float, float]
    correction: float

    @property
    def gap(self) -> float:
        """βδ, the exponent of the field."""
        return self.beta * self.delta

    @property
    def gamma(self) -> float:
        """β (δ − 1), the exponent of the susceptibility."""
        return self.beta * (self.delta - 1)

    @property
    def energy(self) -> float:
        """2 − α = β (δ + 1), the exponent of the singular free energy."""
        return self.beta * (self.delta + 1)

    def field(self, theta: np.ndarray) -> np.ndarray:
        """θ-dependence of h."""
        square = theta**2
        c, d = self.shape
        return theta * (1 - square) * (1 + c * square + d * square**2)

    def coexisting(self, t: np.ndarray) -> np.ndarray:
        """m of the rich side of the coexistence curve; 0 for t ≥ 0."""
        return np.maximum(-t / (self.b2 - 1), 0) ** self.beta

    def state(self, t: np.ndarray, h: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """m and r at reduced temperatures and fields of one shape."""
        size, above = np.abs(h), t > 0
        critical = self.b2**-0.5
        low, high = np.where(above, 0, critical), np.where(above, critical, 1.0)
        reach = size ** (1 / self.gap)
        for _ in range(HALVINGS):
            theta = (low + high) / 2
            excess = self._power(theta) * np.abs(t) - reach * np.abs(1 - self.b2 * theta**2)
            below = (excess < 0) == above
            low, high = np.where(below, theta, low), np.where(below, high, theta)
        theta = (low + high) / 2
        r = self._distance(t, reach, theta)
        return np.sign(h) * r**self.beta * theta, r

    def _power(self, theta: np.ndarray) -> np.ndarray:
        return np.maximum(self.field(theta), 0) ** (1 / self.gap)

    def _distance(self, t, reach, theta) -> np.ndarray:
        steep = np.abs(1 - self.b2 * theta**2)
        by_field = reach / np.maximum(self._power(theta), 1e-12)
        return np.where(steep > SAFE, np.abs(t) / np.maximum(steep, SAFE), by_field)


TWO = Universality(
    dimensions=2, beta=1 / 8, delta=15.0, b2=1.16, shape=(-0.115, -0.265), correction=1.0
)
"""The plane. Exponents are Onsager's. The shape gives the ratios 37.7 of the susceptibilities
above and below the critical temperature and 6.78 of R_χ (Caselle et al., J. Phys. A 34, 2923
(2001))."""

THREE = Universality(
    dimensions=3, beta=0.32642, delta=4.78984, b2=1.36, shape=(0.0, 0.0), correction=0.52
)
"""Space. Exponents are those of the conformal bootstrap (Kos et al., J. High Energy Phys. 08, 036
(2016)). The linear shape gives 4.83 and 1.68 for the ratios, whose values are 4.76 and 1.66
(Pelissetto and Vicari, Phys. Rep. 368, 549 (2002))."""


def universality(supercell: Sequence[int]) -> Universality | None:
    """The class of a supercell by its lengths; one along an axis is no dimension.

    None for a chain, which has no critical point above 0 K.
    """
    return {2: TWO, 3: THREE}.get(sum(length > 1 for length in supercell))


def rounding(supercell: Sequence[int]) -> float:
    """By how much of its temperature a supercell rounds a critical point, as a standard error.

    It does where the correlation length exceeds its length L: for |1 − T_c/T| below L^(−1/ν), which
    is the number of cells to the power of −1/(dν). 0 for a supercell without critical points.
    """
    of = universality(supercell)
    return 0.0 if of is None else float(np.prod(supercell)) ** (-1 / of.energy)

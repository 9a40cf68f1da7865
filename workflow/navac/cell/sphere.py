"""A sphere with a constant flux through its surface: the analytic concentration and stress.

Concentration: J. Crank, The Mathematics of Diffusion, 2nd ed. (1975), Eq. 6.45. Stress: X. Zhang,
W. Shyy and A. M. Sastry, J. Electrochem. Soc. 154, A910 (2007), Eqs. 19 and 20, for a traction-free
isotropic sphere whose strain is linear in the concentration.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

TERMS = 60
"""Of the series; the last decays as exp(−TERMS² π² Dt/R²)."""


@dataclass(frozen=True, kw_only=True)
class Sphere:
    """A sphere that is filled through its surface from a uniform beginning.

    Attributes:
        radius: m.
        diffusivity: m²/s.
        flux: into the sphere, mol/(m² s).
        initial: concentration at the beginning, mol/m³.
    """

    radius: float
    diffusivity: float
    flux: float
    initial: float = 0.0

    def concentration(self, r: np.ndarray, time: float) -> np.ndarray:
        """``[point]`` concentration at distances from the centre (m) at a time (s), mol/m³."""
        xi, tau = self._scaled(r, time)
        q, decay = modes(tau)
        wave = np.sinc(np.outer(xi, q) / np.pi) * q  # sin(qξ)/ξ, finite at the centre
        series = 2 * (wave / (q**2 * np.sin(q)) * decay).sum(axis=1)
        return self.initial + self._scale * (3 * tau + xi**2 / 2 - 0.3 - series)

    def mean_within(self, r: np.ndarray, time: float) -> np.ndarray:
        """``[point]`` mean concentration of the concentric sphere of radius r > 0, mol/m³."""
        xi, tau = self._scaled(r, time)
        q, decay = modes(tau)
        qx = np.outer(xi, q)
        wave = (np.sin(qx) - qx * np.cos(qx)) / (q**4 * np.sin(q)) * decay
        series = 6 * wave.sum(axis=1) / xi**3
        return self.initial + self._scale * (3 * tau + 0.3 * xi**2 - 0.3 - series)

    @property
    def _scale(self) -> float:
        return self.flux * self.radius / self.diffusivity

    def _scaled(self, r: np.ndarray, time: float) -> tuple[np.ndarray, float]:
        return np.atleast_1d(r) / self.radius, self.diffusivity * time / self.radius**2


def modes(tau: float) -> tuple[np.ndarray, np.ndarray]:
    """Positive roots of tan q = q, and exp(−q²τ)."""
    q = np.array([
        brentq(lambda q: np.sin(q) - q * np.cos(q), n * np.pi, (n + 0.5) * np.pi, xtol=1e-14)
        for n in range(1, TERMS + 1)
    ])  # fmt: skip
    return q, np.exp(-(q**2) * tau)


def stresses(
    concentration: np.ndarray,
    mean_within: np.ndarray,
    mean: float,
    *,
    molar_volume: float,
    young: float,
    poisson: float,
) -> tuple[np.ndarray, np.ndarray]:
    """``[point]`` radial and tangential stress of a sphere, Pa.

    Args:
        concentration, mean_within: ``[point]`` at a radius, and the mean within it, mol/m³.
        mean: of the whole sphere, mol/m³.
        molar_volume: partial molar volume of the species, m³/mol.
        young: modulus, Pa.
        poisson: ratio.
    """
    scale = molar_volume * young / (1 - poisson) / 9
    radial = 2 * scale * (mean - mean_within)
    tangential = scale * (2 * mean + mean_within - 3 * concentration)
    return radial, tangential


def hydrostatic(radial: np.ndarray, tangential: np.ndarray) -> np.ndarray:
    """``[point]`` mean of the three normal stresses of a sphere, Pa."""
    return (radial + 2 * tangential) / 3


def von_mises(radial: np.ndarray, tangential: np.ndarray) -> np.ndarray:
    """``[point]`` von Mises stress of a sphere, Pa."""
    return np.abs(radial - tangential)

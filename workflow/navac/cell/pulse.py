"""A pulse of a titration, and the diffusivity that it shows.

A pulse of length τ raises the voltage by ΔE_τ (without its jump), and after the rest by ΔE_s. What
it raises beyond ΔE_s is read from the rest, where no current flows: in the pulse the overpotential
changes with the composition of the surface, and would be taken for diffusion. W.
Weppner and R. A. Huggins (J. Electrochem. Soc. 124, 1569 (1977)) take the particle for a half space
of V/A = R/3:

    D = 4/(π τ) (R/3)² (ΔE_s/ΔE_τ)²,   τ ≪ R²/D,

which is low by √(πθ), θ = Dτ/R²: by 6 % at 1e-3, by 17 % at 0.01. The exact answer of a sphere
with constant D on a straight piece of the open circuit is

    ΔE_τ/ΔE_s = [3θ + 1/5 − 2 Σ exp(−q²θ)/q²]/(3θ),   tan q = q

(J. Crank, The Mathematics of Diffusion, Eq. 6.45 at r = R), whose solution needs no short pulse.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from navac.cell.sphere import modes

EARLIEST = 0.02
"""Part of a rest that is left out: nodes along the radius do not resolve it."""
DEGREE = 3
"""In the square root of time, of what is fitted to a rest."""
LONGEST = 0.3
"""Dτ/R² from which the particle is level within a pulse, and shows no D."""


@dataclass(frozen=True, kw_only=True)
class Pulse:
    """One pulse with its rest.

    Attributes:
        time: ``[time]`` of the rest from its beginning, as long as the pulse was, s.
        voltage: ``[time]`` V.
        before, after: voltages before the pulse and at the end of the rest, V.
    """

    time: np.ndarray
    voltage: np.ndarray
    before: float
    after: float


def voltage_rise(pulse: Pulse) -> float:
    """ΔE_τ, V: the rest begins where a polynomial in the square root of its time does."""
    late = pulse.time >= EARLIEST * pulse.time[-1]
    root = np.sqrt(pulse.time[late] / pulse.time[-1])
    fitted = np.polynomial.Polynomial.fit(root, pulse.voltage[late], DEGREE)
    return float(fitted(0.0) - pulse.before)


def half_space_diffusivity(ratio: float, radius: float, pulse: float) -> float:
    """D by Weppner and Huggins in m²/s, by ΔE_τ/ΔE_s."""
    return 4 / (np.pi * pulse) * (radius / 3 / ratio) ** 2


def sphere_ratio(theta: float) -> float:
    """ΔE_τ/ΔE_s of a sphere, with θ = Dτ/R²."""
    q, decay = modes(theta)
    return float((3 * theta + 0.2 - 2 * (decay / q**2).sum()) / (3 * theta))


def sphere_diffusivity(ratio: float, radius: float, pulse: float) -> float:
    """D of a sphere in m²/s by its ΔE_τ/ΔE_s; NaN where no D gives it, or a pulse is too long."""
    low, high = 1e-4, LONGEST
    if not sphere_ratio(high) < ratio < sphere_ratio(low):
        return np.nan
    log = brentq(lambda t: sphere_ratio(np.exp(t)) - ratio, np.log(low), np.log(high))
    return float(np.exp(log)) * radius**2 / pulse

"""Where a two-phase region closes: an equation of state fitted to compositions around it.

    n = n_c + a τ + d h + m₀ (1 + e τ) m(τ, h (1 + f τ) / h₀),  τ = 1 − T_c/T,
    h = (μ − μ_c − s (T − T_c)) / kT

with the universal m of :mod:`navac.thermodynamics.scaling`. The fit sees states of one phase alone:
whatever the supercell rounds, because the free energy that tells the states apart is a few kT in
all of it, is left out. So it knows the critical point of the infinite crystal from one supercell,
and no state at the critical point itself is needed. A second fit, whose correction e goes with a
power of the distance r from the critical point, shows how far the form of the corrections matters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from navac.thermodynamics.scaling import Universality
from navac.units import BOLTZMANN

WINDOW = 0.1
"""States with |1 − T_c/T| beyond this are left out."""

FIRST_WINDOW = 0.12
"""The same, about the first guess."""

ROUNDED = 20.0
"""A state that has less singular free energy in its supercell than this, in kT, is rounded …"""

ROUNDED_BOUNDARY = 60.0
"""… and than this below the critical temperature, where it has to last beside another phase."""

FIRST_SPREAD = 0.06
"""Before this is known: states that fluctuate by more than this, in units of the difference of the
phases, are taken for rounded."""

FLOOR = 0.002
"""Error that the equation of state has anywhere, in units of the difference of the phases …"""

SLOPE = 0.05
"""… and per distance from the critical point, in units of the reduced temperature."""

FEWEST = 16
"""States needed for the fit."""

STARTS = (-0.04, 0.0, 0.04)
"""Critical temperatures from which the fit starts, relative to the guess."""

ROUNDS = 6
"""At most so many times the states are chosen anew."""

NAMES = ("T", "mu", "slope", "n", "diameter", "m0", "log_h0", "e", "f", "d")
FIRST = [0, 1, 3, 5, 6]
"""What the first fit varies: no corrections, no diameter."""

SCALE = np.array([5, 1e-4, 2e-6, 0.01, 0.1, 0.05, 0.1, 0.2, 0.3, 0.1])
PRIOR = np.array([np.inf] * 4 + [0.5, np.inf, np.inf, 0.5, 1.0, 0.3])
"""Corrections are small: standard deviations about 0."""


@dataclass(frozen=True, kw_only=True)
class Points:
    """States around a critical point, all ``[point]``.

    Attributes:
        T, mu: K, eV per atom.
        n: composition, from 0 in the poor phase to 1 in the rich one.
        stderr: its standard error.
        spread: standard deviation of n of the supercell.
        side: −1 or 1 where a phase was sampled that may be metastable there, else 0.
    """

    T: np.ndarray
    mu: np.ndarray
    n: np.ndarray
    stderr: np.ndarray
    spread: np.ndarray
    side: np.ndarray

    def __getitem__(self, keep: np.ndarray) -> Points:
        return Points(**{name: values[keep] for name, values in vars(self).items()})


@dataclass(frozen=True, kw_only=True)
class EquationOfState:
    """A fit of one form.

    Attributes:
        values: ``[parameter]`` see :data:`NAMES`.
        covariance: ``[parameter, parameter]``.
        misfit: χ² per degree of freedom.
        used: states in the fit.
        of: universality.
        by_distance: whether the correction e goes with a power of r.
        atoms: by how many atoms the two phases differ, in the whole supercell.
    """

    values: np.ndarray
    covariance: np.ndarray
    misfit: float
    used: int
    of: Universality
    by_distance: bool
    atoms: float

    @property
    def temperature_stderr(self) -> float:
        """Standard error of the critical temperature, K."""
        return float(np.sqrt(self.covariance[0, 0]))

    def sides(self, T: float) -> np.ndarray:
        """n of the poor and of the rich side, and μ, at coexistence below T_c."""
        return _sides(self, self.values, T)

    def sides_stderr(self, T: float) -> np.ndarray:
        """Their standard errors by the covariance of the fit."""
        steps = np.sqrt(np.diag(self.covariance)) * 1e-3
        rows = [
            (_sides(self, self.values + s, T) - _sides(self, self.values - s, T)) / 2e-3
            for s in np.diag(steps)
        ]
        scaled = np.array(rows) / np.sqrt(np.diag(self.covariance))[:, None]
        return np.sqrt(np.maximum(np.diag(scaled.T @ self.covariance @ scaled), 0))

    def rounded(self, T: float) -> bool:
        """Whether the supercell rounds the coexistence curve at a temperature."""
        r = max(1 - T / self.values[0], 0) / (self.of.b2 - 1)
        return bool(_free_energy(self.of, self.values, np.array(r), self.atoms) < ROUNDED_BOUNDARY)


def fit_equation_of_state(
    points: Points, atoms: float, guess: float, of: Universality, *, by_distance: bool
) -> EquationOfState | None:
    """Fit one form; None where there are too few states, or the fit runs away.

    Args:
        atoms: by how many atoms the two phases differ, in the whole supercell.
        guess: critical temperature, K, within a few percent.
    """
    keep = (np.abs(1 - guess / points.T) < FIRST_WINDOW) & (points.spread < FIRST_SPREAD)
    if keep.sum() < FEWEST:
        return None
    best = min(
        (_first(points[keep], guess * (1 + shift), of) for shift in STARTS), key=lambda f: f.cost
    )
    values = _start(points[keep], guess)
    values[FIRST] = best.x
    for _ in range(ROUNDS):
        fit, values = _fit(points[keep], values, of, by_distance)
        r = _composition(of, values, points, by_distance)[1]
        chosen = np.abs(1 - values[0] / points.T) < WINDOW
        least = np.where(values[0] > points.T, ROUNDED_BOUNDARY, ROUNDED)
        chosen &= _free_energy(of, values, r, atoms) > least
        if chosen.sum() < FEWEST:
            return None
        if (chosen == keep).all():
            break
        keep = chosen
    freedom = max(len(fit.fun) - len(values) - int(np.isfinite(PRIOR).sum()), 1)
    misfit = 2 * fit.cost / freedom
    covariance = _covariance(fit.jac) * max(misfit, 1)
    return EquationOfState(
        values=values, covariance=covariance, misfit=misfit, used=int(keep.sum()), of=of,
        by_distance=by_distance, atoms=atoms,
    )  # fmt: skip


def _covariance(jacobian: np.ndarray) -> np.ndarray:
    """Of parameters whose units are so different that their squares would not be compared."""
    scaled = jacobian * SCALE
    return np.linalg.pinv(scaled.T @ scaled) * np.outer(SCALE, SCALE)


def _free_energy(of: Universality, values, r: np.ndarray, atoms: float) -> np.ndarray:
    """Singular free energy of the supercell, kT."""
    return atoms * values[5] * np.exp(values[6]) * r**of.energy


def _composition(of: Universality, values, points: Points, by_distance: bool):
    """n of states, and their distance r."""
    T, mu, slope, n, diameter, m0, log_h0, e, f, d = values
    t = 1 - T / points.T
    h = (points.mu - mu - slope * (points.T - T)) / (BOLTZMANN * points.T)
    m, r = of.state(t, h * (1 + f * t) / np.exp(log_h0))
    # Beyond its boundary a phase goes on as smoothly as it came.
    metastable = points.side * h < 0
    m = np.where(metastable, 2 * points.side * of.coexisting(t) + m, m)
    correction = r**of.correction if by_distance else t
    return n + diameter * t + d * h + m0 * (1 + e * correction) * m, r


def _sides(fit: EquationOfState, values, T: float) -> np.ndarray:
    critical, mu, slope, n, diameter, m0, _, e, _, _ = values
    t = min(1 - critical / T, 0)
    m = fit.of.coexisting(np.array(t))
    r = -t / (fit.of.b2 - 1)
    half = m0 * (1 + e * (r**fit.of.correction if fit.by_distance else t)) * m
    middle = n + diameter * t
    return np.array([middle - half, middle + half, mu + slope * (T - critical)], float)


def _start(points: Points, T: float) -> np.ndarray:
    return np.array([T, np.median(points.mu), 0, 0.5, 0, 0.5, 0.7, 0, 0, 0])


def _first(points: Points, T: float, of: Universality):
    """A rough fit without corrections, which wrong states do not lead astray."""
    values = _start(points, T)

    def misfits(some):
        values[FIRST] = some
        return (_composition(of, values, points, False)[0] - points.n) / sigma

    sigma = np.hypot(points.stderr, 5 * FLOOR)
    return least_squares(
        misfits, values[FIRST], x_scale=SCALE[FIRST], loss="soft_l1", max_nfev=40,
        bounds=[limit[FIRST] for limit in _limits(points)],
    )  # fmt: skip


def _fit(points: Points, values: np.ndarray, of: Universality, by_distance: bool):
    far = (of.b2 - 1) * _composition(of, values, points, by_distance)[1]
    sigma = np.sqrt(points.stderr**2 + FLOOR**2 + (SLOPE * far) ** 2)

    def misfits(p):
        found = _composition(of, p, points, by_distance)[0]
        return np.concatenate([(found - points.n) / sigma, (p / PRIOR)[np.isfinite(PRIOR)]])

    fit = least_squares(misfits, values, x_scale=SCALE, max_nfev=40, bounds=_limits(points))
    return fit, fit.x


def _limits(points: Points) -> tuple[np.ndarray, np.ndarray]:
    low, high = np.full(len(NAMES), -np.inf), np.full(len(NAMES), np.inf)
    low[0], high[0] = 0.8 * points.T.min(), 1.2 * points.T.max()
    low[5], high[5] = 0.01, 2.0
    return low, high

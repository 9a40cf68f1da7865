"""Grand potentials of phases on the sampled (T, μ) grid, from their surfaces.

A surface holds where its phase was sampled. Beyond that, a phase goes on with constant N along μ
and with constant entropy over a few temperatures. φ is concave in both, so that this is never too
low: no phase becomes stable where it was not sampled because a fit runs away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from navac.sampling.plan import Plan
from navac.thermodynamics.surfaces import Surface

HOLE = 2
"""Missing chemical potentials inside a phase that are filled; more if N rises across them."""

BEYOND = 3
"""Temperatures to which a phase goes on where it was not sampled any more."""

LEAST_ERROR = 1e-5
"""Least standard error of φ beyond that of sampling, eV per primitive cell."""

SCALARS = ("phi", "number", "energy", "susceptibility", "omega_variance")


@dataclass(frozen=True, kw_only=True)
class Fields:
    """Each phase on a (T, μ) grid; NaN where it is not known.

    Attributes:
        temperature: ``[T]`` K, rising.
        mu: ``[μ]`` eV per atom, rising.
        phi: ``[resample, phase, T, μ]`` grand potential, eV per primitive cell; the first resample
            is that of all data.
        number: likewise −∂φ/∂μ, atoms per primitive cell.
        energy: likewise, eV per primitive cell.
        susceptibility: likewise ∂N/∂μ, 1/eV; 0 where N goes on as a constant.
        omega_variance: likewise the variance of E − μN of the supercell per cell, eV².
        sampled: ``[phase, T, μ]`` whether the phase was sampled there.
        phi_error: ``[phase]`` standard error of φ beyond that of sampling, eV per primitive cell:
            routes of integration do not agree better.
    """

    temperature: np.ndarray
    mu: np.ndarray
    phi: np.ndarray
    number: np.ndarray
    energy: np.ndarray
    susceptibility: np.ndarray
    omega_variance: np.ndarray
    sampled: np.ndarray
    phi_error: np.ndarray

    def rows(self, step: int) -> Row:
        """Every phase at one temperature."""
        at = (slice(None), slice(None), step)
        return Row(
            temperature=float(self.temperature[step]), mu=self.mu, phi=self.phi[at],
            number=self.number[at], susceptibility=self.susceptibility[at],
            phi_error=self.phi_error,
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Row:
    """Every phase along μ at one temperature; ``[resample, phase, μ]`` as in :class:`Fields`.

    Between points of the grid φ is the cubic with the right slopes, −N, at both ends.
    """

    temperature: float
    mu: np.ndarray
    phi: np.ndarray
    number: np.ndarray
    susceptibility: np.ndarray
    phi_error: np.ndarray

    def at(self, mu: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """φ, N and ∂N/∂μ ``[resample, phase]`` at a chemical potential."""
        i = int(np.clip(np.searchsorted(self.mu, mu) - 1, 0, len(self.mu) - 2))
        width = self.mu[i + 1] - self.mu[i]
        s = float(np.clip((mu - self.mu[i]) / width, 0, 1))
        ends = slice(i, i + 1), slice(i + 1, i + 2)
        phi = _hermite(s, width, self.phi, -self.number, ends)[..., 0]
        number = _hermite(s, width, self.number, self.susceptibility, ends)[..., 0]
        chi = self.susceptibility[..., i] * (1 - s) + self.susceptibility[..., i + 1] * s
        return phi, number, chi

    def finer_mu(self, parts: int) -> np.ndarray:
        """The grid of μ with every step divided."""
        s = np.arange(parts) / parts
        return np.append((self.mu[:-1, None] + np.diff(self.mu)[:, None] * s).ravel(), self.mu[-1])

    def finer(self, parts: int) -> np.ndarray:
        """``[phase, μ]`` φ of all data on that finer grid."""
        ends = slice(None, -1), slice(1, None)
        phi, slope = self.phi[0], -self.number[0]
        s = np.arange(parts) / parts
        inner = [_hermite(part, np.diff(self.mu), phi, slope, ends) for part in s]
        fine = np.stack(inner, axis=-1).reshape(len(phi), -1)
        return np.concatenate([fine, phi[:, -1:]], axis=1)


def _hermite(s: float, width, values, slopes, ends) -> np.ndarray:
    """The cubics through two values with two slopes, at the part ``s`` of the way."""
    a, b = ends
    return (
        (1 + 2 * s) * (1 - s) ** 2 * values[..., a] + s * (1 - s) ** 2 * width * slopes[..., a]
        + s**2 * (3 - 2 * s) * values[..., b] - s**2 * (1 - s) * width * slopes[..., b]
    )  # fmt: skip


def fields_of(
    plan: Plan, surfaces: Sequence[Surface | None], phase: np.ndarray, resamples: int
) -> Fields:
    """The surfaces on the grid of a plan.

    Args:
        surfaces: of every phase; None for a phase that was not sampled, which may be all of them.
        phase: ``[branch, T, μ]`` the phase of every state.
        resamples: that the surfaces were fitted to, the first being all data.
    """
    steps, potentials = len(plan.temperatures), len(plan.mu_grid)
    shape = (resamples, len(surfaces), steps, potentials)
    values = {name: np.full(shape, np.nan) for name in SCALARS}
    sampled = np.zeros(shape[1:], bool)
    for k, surface in enumerate(surfaces):
        if surface is None:
            continue
        sampled[k] = _filled(plan, surface, (phase == k).any(axis=0))
        T, mu = np.nonzero(sampled[k])
        found = surface.at(plan.temperatures[T], plan.mu_grid[mu])
        for name in SCALARS:
            values[name][:, k, T, mu] = found[name].T
    routes = [LEAST_ERROR if s is None else max(s.route_error, LEAST_ERROR) for s in surfaces]
    fields = Fields(
        temperature=plan.temperatures, mu=plan.mu_grid, sampled=sampled,
        phi_error=np.array(routes), **values,
    )  # fmt: skip
    return extended(fields)


def _filled(plan: Plan, surface: Surface, where: np.ndarray) -> np.ndarray:
    """A ``[T, μ]`` mask without its holes along μ.

    Where there are no states, as paths went elsewhere, the surface holds if N rises from one side
    of the hole to the other.
    """
    filled = where.copy()
    for row, T in zip(filled, plan.temperatures, strict=True):
        for a, b in pairwise(np.flatnonzero(row)):
            if b - a < 2:
                continue
            across = plan.mu_grid[a : b + 1]
            number = surface.at(np.full(len(across), T), across)["number"][:, 0]
            if b - a <= HOLE + 1 or (np.diff(number) > 0).all():
                row[a:b] = True
    return filled


def extended(fields: Fields) -> Fields:
    """Every phase beyond where it was sampled, with constant N and entropy."""
    values = {name: getattr(fields, name).copy() for name in SCALARS}
    for k, sampled in enumerate(fields.sampled):
        known = np.flatnonzero(sampled.any(axis=1))
        if not len(known):
            continue
        for step in known:
            _along_mu(fields.mu, values, k, int(step), sampled[step])
        for step in np.setdiff1d(np.arange(known[0] - BEYOND, known[-1] + BEYOND + 1), known):
            if 0 <= step < len(sampled):
                nearest = known[np.abs(known - step).argmin()]
                if abs(nearest - step) <= BEYOND:
                    _along_T(fields, values, k, nearest, step)
    return replace(fields, **values)


def _along_mu(mu: np.ndarray, values, k: int, step: int, sampled: np.ndarray) -> None:
    """Fill a row beyond the stretches that were sampled; the lowest of their tangents counts."""
    beyond = np.flatnonzero(~sampled)
    at = (slice(None), k, step)
    phi, number, energy = (values[name][at] for name in ("phi", "number", "energy"))
    ends = np.array([end for s in stretches(sampled) for end in (s[0], s[-1])])
    tangents = phi[:, ends, None] - number[:, ends, None] * (mu[beyond] - mu[ends, None])
    lowest = ends[tangents[0].argmin(axis=0)]
    phi[:, beyond] = phi[:, lowest] - number[:, lowest] * (mu[beyond] - mu[lowest])
    number[:, beyond], energy[:, beyond] = number[:, lowest], energy[:, lowest]
    values["susceptibility"][at][:, beyond] = 0
    values["omega_variance"][at][:, beyond] = values["omega_variance"][at][:, lowest]


def stretches(sampled: np.ndarray) -> list[np.ndarray]:
    """Positions of ``[μ]`` true values, those side by side together."""
    there = np.flatnonzero(sampled)
    return np.split(there, np.flatnonzero(np.diff(there) > 1) + 1) if len(there) else []


def _along_T(fields: Fields, values, k: int, known: int, step: int) -> None:
    """Fill a row with the nearest one that is known, at constant entropy."""
    T = fields.temperature
    for name in SCALARS:
        values[name][:, k, step] = values[name][:, k, known]
    at, was = (slice(None), k, step), (slice(None), k, known)
    omega = values["energy"][was] - fields.mu * values["number"][was]
    entropy = (omega - values["phi"][was]) / T[known]
    values["phi"][at] = values["phi"][was] - entropy * (T[step] - T[known])
    values["susceptibility"][at] = 0

"""Grand potentials of phases on the sampled (T, μ) grid, from their surfaces.

A surface holds where its phase was sampled. Beyond that, a phase goes on with constant N along μ
and with constant entropy over a few temperatures, whichever is lower. φ is concave in both, so that
either is never too low: no phase becomes stable where it was not sampled because a fit runs away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from navac.sampling.plan import Plan
from navac.thermodynamics.surfaces import Surface
from navac.units import BOLTZMANN

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
        extension: ``[phase, T, μ]`` by how much φ may be too high where the phase was not sampled,
            from the curvature that it had, eV per primitive cell; 0 where it was.
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
    extension: np.ndarray

    def rows(self, step: int) -> Row:
        """Every phase at one temperature."""
        at = (slice(None), slice(None), step)
        return Row(
            temperature=float(self.temperature[step]), mu=self.mu, phi=self.phi[at],
            number=self.number[at], susceptibility=self.susceptibility[at],
            energy=self.energy[at], phi_error=self.phi_error,
            extension=self.extension[:, step],
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
    energy: np.ndarray
    phi_error: np.ndarray
    extension: np.ndarray

    def at(self, mu: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """φ, N and ∂N/∂μ ``[resample, phase]`` at a chemical potential."""
        i, s = self._between(mu)
        width = self.mu[i + 1] - self.mu[i]
        ends = slice(i, i + 1), slice(i + 1, i + 2)
        phi = _hermite(s, width, self.phi, -self.number, ends)[..., 0]
        number = _hermite(s, width, self.number, self.susceptibility, ends)[..., 0]
        chi = self.susceptibility[..., i] * (1 - s) + self.susceptibility[..., i + 1] * s
        return phi, number, chi

    def entropy(self, mu: float) -> np.ndarray:
        """``[phase]`` entropy of all data at a chemical potential, eV/K per primitive cell."""
        i, s = self._between(mu)
        pair = slice(i, i + 2)
        omega = self.energy[0, :, pair] - self.mu[pair] * self.number[0, :, pair]
        return (omega - self.phi[0, :, pair]) / self.temperature @ [1 - s, s]

    def error(self, mu: float) -> np.ndarray:
        """``[phase]`` standard error of φ at a chemical potential beyond that of sampling."""
        return np.hypot(self.phi_error, self.extended(mu))

    def extended(self, mu: float) -> np.ndarray:
        """``[phase]`` by how much φ may be too high there; see :class:`Fields`."""
        i, s = self._between(mu)
        return self.extension[:, i : i + 2] @ [1 - s, s]

    def _between(self, mu: float) -> tuple[int, float]:
        """The last point of the grid below, and the part of the way to the next."""
        i = int(np.clip(np.searchsorted(self.mu, mu) - 1, 0, len(self.mu) - 2))
        return i, float(np.clip((mu - self.mu[i]) / (self.mu[i + 1] - self.mu[i]), 0, 1))

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
        phi_error=np.array(routes), extension=np.zeros(shape[1:]), **values,
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
    extension = np.zeros(fields.sampled.shape)
    for k, sampled in enumerate(fields.sampled):
        known = np.flatnonzero(sampled.any(axis=1))
        if not len(known):
            continue
        one = _Phase(fields, {n: v[:, k] for n, v in values.items()}, extension[k], sampled)
        for step in known:
            one.along_mu(int(step))
        for step in np.setdiff1d(np.arange(known[0] - BEYOND, known[-1] + BEYOND + 1), known):
            if 0 <= step < len(sampled):
                nearest = int(known[np.abs(known - step).argmin()])
                if abs(nearest - step) <= BEYOND:
                    one.along_T(nearest, int(step))
        one.lowered_along_T()
    return replace(fields, extension=extension, **values)


@dataclass(frozen=True)
class _Phase:
    """One phase of some fields, which is extended in place.

    Attributes:
        fields: temperatures and chemical potentials.
        values: ``[resample, T, μ]`` of each of :data:`SCALARS`.
        extension: ``[T, μ]``, see :class:`Fields`.
        sampled: ``[T, μ]``.
    """

    fields: Fields
    values: dict[str, np.ndarray]
    extension: np.ndarray
    sampled: np.ndarray

    def along_mu(self, step: int) -> None:
        """Fill a row beyond its sampled stretches; the lowest of their tangents counts."""
        sampled, mu = self.sampled[step], self.fields.mu
        beyond = np.flatnonzero(~sampled)
        row = {name: v[:, step] for name, v in self.values.items()}
        phi, number = row["phi"], row["number"]
        ends = np.array([end for s in stretches(sampled) for end in (s[0], s[-1])])
        tangents = phi[:, ends, None] - number[:, ends, None] * (mu[beyond] - mu[ends, None])
        lowest = ends[tangents[0].argmin(axis=0)]
        phi[:, beyond] = phi[:, lowest] - number[:, lowest] * (mu[beyond] - mu[lowest])
        far = (mu[beyond] - mu[lowest]) ** 2
        self.extension[step, beyond] = row["susceptibility"][0, lowest] / 2 * far
        row["susceptibility"][:, beyond] = 0
        for name in ("number", "energy", "omega_variance"):
            row[name][:, beyond] = row[name][:, lowest]

    def along_T(self, known: int, step: int) -> None:
        """Fill a row with the nearest one that is known, at constant entropy."""
        self._carry(known, step, np.ones(len(self.fields.mu), bool))

    def lowered_along_T(self) -> None:
        """What constant N made too high: the phase was sampled a few temperatures away there."""
        steps = len(self.sampled)
        for step in range(steps):
            for known in range(max(step - BEYOND, 0), min(step + BEYOND + 1, steps)):
                where = ~self.sampled[step] & self.sampled[known]
                if known != step and where.any():
                    phi = self._at_constant_entropy(known, step)[0]
                    self._carry(known, step, where & ~(phi >= self.values["phi"][0, step]))

    def _at_constant_entropy(self, known: int, step: int) -> np.ndarray:
        """``[resample, μ]`` φ at one temperature from another."""
        phi, number, energy = (self.values[n][:, known] for n in ("phi", "number", "energy"))
        T = self.fields.temperature
        entropy = (energy - self.fields.mu * number - phi) / T[known]
        return phi - entropy * (T[step] - T[known])

    def _carry(self, known: int, step: int, where: np.ndarray) -> None:
        """Take φ over from another temperature, at constant N and entropy."""
        T = self.fields.temperature
        curvature = self.values["omega_variance"][0, known] / (BOLTZMANN * T[known] ** 3)
        further = self.extension[known] + curvature / 2 * (T[step] - T[known]) ** 2
        self.extension[step, where] = further[where]
        phi = self._at_constant_entropy(known, step)
        self.values["phi"][:, step, where] = phi[:, where]
        for name in ("number", "energy", "omega_variance"):
            self.values[name][:, step, where] = self.values[name][:, known, where]
        self.values["susceptibility"][:, step, where] = 0


def stretches(sampled: np.ndarray) -> list[np.ndarray]:
    """Positions of ``[μ]`` true values, those side by side together."""
    there = np.flatnonzero(sampled)
    return np.split(there, np.flatnonzero(np.diff(there) > 1) + 1) if len(there) else []

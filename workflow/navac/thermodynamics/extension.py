"""Phases on the sampled grid from their surfaces, and beyond where they were sampled.

A surface holds where its phase was sampled. Beyond that, a phase goes on with constant N along μ
and with constant entropy over a few temperatures, whichever is lower. φ is concave in both, so that
either is never too low: no phase becomes stable where it was not sampled because a fit runs away.
By how much φ, N and E − μN may be off there is told by the fluctuations where the phase was last
sampled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from navac.sampling.plan import Plan
from navac.thermodynamics.farther import along_mu, farther_along_mu, stretches
from navac.thermodynamics.fields import ERRORS, SCALARS, Fields
from navac.thermodynamics.holes import filled
from navac.thermodynamics.surfaces import Surface
from navac.units import BOLTZMANN

BEYOND = 3
"""Temperatures to which a phase goes on where it was not sampled any more."""

LEAST_ERROR = 1e-5
"""Least standard error of φ beyond that of sampling, eV per primitive cell."""


def fields_of(
    plan: Plan,
    surfaces: Sequence[Surface | None],
    phase: np.ndarray,
    resamples: int,
    smallest: float,
) -> Fields:
    """The surfaces on the grid of a plan.

    Args:
        surfaces: of every phase; None for a phase that was not sampled, which may be all of them.
        phase: ``[branch, T, μ]`` the phase of every state.
        resamples: that the surfaces were fitted to, the first being all data.
        smallest: smallest jump in N, atoms per primitive cell.
    """
    steps, potentials = len(plan.temperatures), len(plan.mu_grid)
    shape = (resamples, len(surfaces), steps, potentials)
    values = {name: np.full(shape, np.nan) for name in SCALARS}
    sampled, errors = np.zeros(shape[1:], bool), np.zeros((3, *shape[1:]))
    for k, surface in enumerate(surfaces):
        if surface is None:
            continue
        sampled[k] = filled(plan, surface, (phase == k).any(axis=0))
        T, mu = np.nonzero(sampled[k])
        found = surface.at(plan.temperatures[T], plan.mu_grid[mu])
        for name in SCALARS:
            values[name][:, k, T, mu] = found[name].T
        if surface.offsets is not None:
            errors[1:, k] = surface.offsets.number, surface.offsets.omega
    routes = [LEAST_ERROR if s is None else max(s.route_error, LEAST_ERROR) for s in surfaces]
    fields = Fields(
        temperature=plan.temperatures, mu=plan.mu_grid, sampled=sampled,
        phi_error=np.array(routes), **dict(zip(ERRORS, errors, strict=True)), **values,
    )  # fmt: skip
    held = sampled.copy()
    for k, where in enumerate(held):
        # So near, a constant susceptibility says more than a constant N, unless N rose by a jump.
        farther_along_mu(fields, k, where, smallest, steps=1)
    return extended(fields, held)


def extended(fields: Fields, held: np.ndarray | None = None) -> Fields:
    """Every phase beyond where it was sampled, with constant N and entropy.

    Args:
        held: ``[phase, T, μ]`` where the values of the fields hold; where the phases were sampled
            if it is None.
    """
    values = {name: getattr(fields, name).copy() for name in SCALARS}
    held = fields.sampled if held is None else held
    errors = {name: np.where(held, getattr(fields, name), 0.0) for name in ERRORS}
    for k, where in enumerate(held):
        known = np.flatnonzero(where.any(axis=1))
        if not len(known):
            continue
        one = _Phase(
            fields, {n: v[:, k] for n, v in values.items()}, {n: e[k] for n, e in errors.items()},
            where, fields.sampled[k],
        )  # fmt: skip
        for step in known:
            one.along_mu(int(step))
        for step in np.setdiff1d(np.arange(known[0] - BEYOND, known[-1] + BEYOND + 1), known):
            if 0 <= step < len(where):
                nearest = int(known[np.abs(known - step).argmin()])
                if abs(nearest - step) <= BEYOND:
                    one.along_T(nearest, int(step))
        one.lowered_along_T()
    return replace(fields, **values, **errors)


@dataclass(frozen=True)
class _Phase:
    """One phase of some fields, which is extended in place.

    Attributes:
        fields: temperatures and chemical potentials.
        values: ``[resample, T, μ]`` of each of :data:`SCALARS`.
        errors: ``[T, μ]`` of each of :data:`ERRORS`, see :class:`Fields`.
        held: ``[T, μ]`` where the values hold.
        sampled: ``[T, μ]``.
    """

    fields: Fields
    values: dict[str, np.ndarray]
    errors: dict[str, np.ndarray]
    held: np.ndarray
    sampled: np.ndarray

    def along_mu(self, step: int) -> None:
        """Fill a row beyond its sampled stretches; the lowest of their tangents counts."""
        held, mu = self.held[step], self.fields.mu
        beyond = np.flatnonzero(~held)
        row = {name: v[:, step] for name, v in self.values.items()}
        phi, number = row["phi"], row["number"]
        ends = np.array([end for s in stretches(held) for end in (s[0], s[-1])])
        tangents = phi[:, ends, None] - number[:, ends, None] * (mu[beyond] - mu[ends, None])
        lowest = ends[tangents[0].argmin(axis=0)]
        phi[:, beyond] = phi[:, lowest] - number[:, lowest] * (mu[beyond] - mu[lowest])
        self._farther(
            (step, beyond), (step, lowest),
            along_mu(
                row["susceptibility"][0, lowest], row["omega_variance"][0, lowest],
                mu[beyond] - mu[lowest], self.fields.temperature[step],
            ),
        )  # fmt: skip
        row["susceptibility"][:, beyond] = 0
        for name in ("number", "energy", "omega_variance"):
            row[name][:, beyond] = row[name][:, lowest]

    def along_T(self, known: int, step: int) -> None:
        """Fill a row with the nearest one that is known, at constant entropy."""
        self._carry(known, step, np.ones(len(self.fields.mu), bool))

    def lowered_along_T(self) -> None:
        """What constant N made too high: the phase was sampled a few temperatures away there."""
        steps = len(self.held)
        for step in range(steps):
            for known in range(max(step - BEYOND, 0), min(step + BEYOND + 1, steps)):
                where = ~self.held[step] & self.sampled[known]
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
        T, row = self.fields.temperature, {n: v[:, known] for n, v in self.values.items()}
        changes = _along_T(row, T[step] - T[known], T[known])
        there = np.flatnonzero(where)
        self._farther((step, there), (known, there), [c[there] for c in changes])
        phi = self._at_constant_entropy(known, step)
        self.values["phi"][:, step, where] = phi[:, where]
        for name in ("number", "energy", "omega_variance"):
            self.values[name][:, step, where] = self.values[name][:, known, where]
        self.values["susceptibility"][:, step, where] = 0

    def _farther(self, to, of, changes: Sequence[np.ndarray]) -> None:
        """Errors at points ``to``: those at points ``of``, and changes on the way from there."""
        for name, change in zip(ERRORS, changes, strict=True):
            self.errors[name][to] = self.errors[name][of] + change


def _along_T(row: Mapping[str, np.ndarray], step: float, T: float) -> tuple[np.ndarray, ...]:
    """``[μ]`` by how much φ, N and E − μN change over a step of T beyond what constant N and S say.

    The covariance is bounded as along μ.
    """
    chi, variance = row["susceptibility"][0], row["omega_variance"][0]
    kT, step = BOLTZMANN * T, abs(step)
    heat = variance / (kT * T)
    return heat / T / 2 * step**2, np.sqrt(chi * heat / T) * step, heat * step

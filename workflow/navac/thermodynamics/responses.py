"""How the grand potential of a phase responds to its interactions.

To first order φ changes by Σ ⟨c⟩ δJ at fixed T and μ: J is the interaction per cluster times the
multiplicity of its orbit, c the correlation of the orbit, and the average is that of the phase. A
record of sampling keeps the configuration at the end of every condition. Single configurations are
noisy; a quadratic in T and μ through those around a point gives the averages and their derivatives
there, and what the configurations scatter about it gives the error. Most of the noise is common to
all correlations, as that of the energy is. Energy and fillings were averaged while sampling: by how
much those of a configuration are off is known, and enters as control variates.

How much the correlations of the supercell fluctuate is what φ changes by in second order: −β/2
times the variance of δE. It tells how far first order can be trusted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from navac.crystal.sites import spins
from navac.crystal.supercell import Supercell
from navac.expansion.correlations import correlations
from navac.expansion.expansion import Expansion
from navac.sampling.plan import Plan
from navac.thermodynamics.fields import Fields
from navac.thermodynamics.integration import Branches
from navac.units import BOLTZMANN

NEAREST = 60
"""Configurations around a point that its quadratic is drawn through."""

MOST = 2000
"""Configurations of a phase whose correlations are evaluated."""

FEWEST = 12
"""Configurations below which the response of a phase is unknown."""

OUTSIDE = 6.0
"""A configuration whose N is off by so many of its standard deviations was leaving the phase."""

BATCH = 250
"""Configurations whose correlations are evaluated together."""

States = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""``[state, site]`` species indices at the end of conditions, by their steps and paths."""


@dataclass(frozen=True, kw_only=True)
class Response:
    """Derivatives of φ of a phase with respect to the interactions, at one T and μ.

    Attributes:
        rows: ``[3, term]`` ∂φ/∂J, the constant first, and its derivatives in T and in μ, which are
            those of −S and of −N; J in eV per primitive cell as φ is.
        scatter: ``[term, term]`` covariance of correlations of one configuration, what energy and
            fillings explain left out.
        weights: ``[3, 3]`` by which it is multiplied in the covariances of the rows.
        fluctuations: ``[term, term]`` covariance of the correlations of the supercell at fixed T
            and μ, per primitive cell; see :meth:`second`.
        beta: 1/kT, 1/eV.
    """

    rows: np.ndarray
    scatter: np.ndarray
    weights: np.ndarray
    fluctuations: np.ndarray
    beta: float

    def second(self, covariance: np.ndarray) -> float:
        """Mean change of φ in second order, −β/2 ⟨δE²⟩, for interactions of some covariance, eV."""
        return -self.beta / 2 * float((covariance * self.fluctuations).sum())


@dataclass(frozen=True, kw_only=True)
class PhaseResponse:
    """Correlations of the configurations of a phase.

    Attributes:
        temperatures, mu_grid: of the plan, K, and eV per atom.
        where: ``[2, state]`` positions in these.
        correlations: ``[state, term]``, the constant's, 1, first.
        excess: ``[state, control]`` energy and point correlations of each configuration less their
            averages at its condition.
        cells: primitive cells of the supercell.
    """

    temperatures: np.ndarray
    mu_grid: np.ndarray
    where: np.ndarray
    correlations: np.ndarray
    excess: np.ndarray
    cells: int

    def at(self, T: float, mu: float) -> Response:
        """The response at a point.

        Beyond where the phase was sampled it goes on linearly, as φ of its surface does.
        """
        inside_T, inside_mu = self._inside(T, mu)
        found = self._fitted_at(inside_T, inside_mu)
        onwards = np.eye(3)
        onwards[0, 1:] = T - inside_T, mu - inside_mu
        return replace(
            found, rows=onwards @ found.rows, weights=onwards @ found.weights @ onwards.T
        )

    def _inside(self, T: float, mu: float) -> tuple[float, float]:
        """The nearest point at which the phase was sampled: first in T, then in μ."""
        steps = np.unique(self.where[0])
        T = float(np.clip(T, self.temperatures[steps[0]], self.temperatures[steps[-1]]))
        nearest = steps[np.argsort(np.abs(self.temperatures[steps] - T), kind="stable")[:2]]
        sampled = self.mu_grid[self.where[1, np.isin(self.where[0], nearest)]]
        return T, float(np.clip(mu, sampled.min(), sampled.max()))

    def _fitted_at(self, T: float, mu: float) -> Response:
        """The quadratic through the nearest configurations, counted in steps of the grid."""
        near, weight = self._around(T, mu)
        off_T = self.temperatures[self.where[0, near]] - T
        off_mu = self.mu_grid[self.where[1, near]] - mu
        scale_T, scale_mu = (max(float(np.abs(off).max()), 1e-12) for off in (off_T, off_mu))
        a, b = off_T / scale_T, off_mu / scale_mu
        quadratic = np.stack([np.ones_like(a), a, b, a * a, a * b, b * b], axis=1)
        values = self.correlations[near]
        terms = np.hstack([quadratic, _scaled(self.excess[near])])
        found, smoother, scatter = _fitted(terms, values, weight)
        *_, fluctuations = _fitted(quadratic, values, weight)
        scale = np.array([1, 1 / scale_T, 1 / scale_mu])[:, None]
        some = smoother[:3] * scale
        return Response(
            rows=found[:3] * scale, scatter=scatter, weights=some @ some.T,
            fluctuations=self.cells * fluctuations, beta=1 / (BOLTZMANN * T),
        )  # fmt: skip

    def _around(self, T: float, mu: float) -> tuple[np.ndarray, np.ndarray]:
        """The nearest configurations, and their weights, which fall to 0 at the farthest."""
        at = (
            np.interp(T, self.temperatures, np.arange(len(self.temperatures))),
            np.interp(mu, self.mu_grid, np.arange(len(self.mu_grid))),
        )
        distance = np.hypot(self.where[0] - at[0], self.where[1] - at[1])
        near = np.argsort(distance, kind="stable")[:NEAREST]
        part = distance[near] / (1.01 * distance[near].max() + 1e-9)
        return near, (1 - part**3) ** 3


def _fitted(
    terms: np.ndarray, values: np.ndarray, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weighted least squares of ``values[state, column]`` by ``terms[state, parameter]``.

    Returns:
        ``[parameter, column]``; the matrix ``[parameter, state]`` that gives it; and the covariance
        ``[column, column]`` of what is left.
    """
    root = np.sqrt(weight)
    smoother = np.linalg.pinv(terms * root[:, None], rcond=1e-6) * root
    found = smoother @ values
    residual = values - terms @ found
    taken = np.einsum("sc,cs->s", terms, smoother)
    freedom = max(float((weight * (1 - taken)).sum()), 1e-9)
    return found, smoother, (residual.T * weight) @ residual / freedom


def phase_responses(
    plan: Plan,
    data: Branches,
    phase: np.ndarray,
    expansion: Expansion,
    supercell: Supercell,
    states: States,
) -> dict[int, PhaseResponse]:
    """The response of every phase of which there are enough configurations.

    Args:
        phase: ``[branch, T, μ]`` the phase of every state.
        expansion: that was sampled.
        states: of the record.
    """
    at = plan.grid_step()
    step, path = np.nonzero(at >= 0)
    where = plan.branch[path], at[step, path], plan.mu_index[path]
    found = {}
    for k in np.unique(phase[phase >= 0]).tolist():
        own = np.flatnonzero(phase[where] == k)
        if len(own) > MOST:
            own = np.sort(np.random.default_rng(k).choice(own, MOST, replace=False))
        held = states(step[own], path[own])
        inside = _inside(plan, data, tuple(w[own] for w in where), held, supercell)
        if inside.sum() < FEWEST:
            continue
        at_own, values = tuple(w[own[inside]] for w in where), held[inside]
        values = _correlations(expansion, supercell, values)
        found[int(k)] = PhaseResponse(
            temperatures=plan.temperatures, mu_grid=plan.mu_grid, where=np.stack(at_own[1:]),
            correlations=values, excess=_excess(data, at_own, expansion, values),
            cells=supercell.size,
        )  # fmt: skip
    return found


def _excess(data: Branches, where, expansion: Expansion, values: np.ndarray) -> np.ndarray:
    """``[state, control]`` see :class:`PhaseResponse`."""
    columns = [values @ total_interactions(expansion) - data.energy[where]]
    for position, orbit in enumerate(expansion.orbits):
        if orbit.order == 1:
            sublattices = [cluster[0][0] for cluster in orbit.clusters]
            # σ is −1 where the first species is.
            mean = 1 - 2 * data.sublattice[where][:, sublattices].mean(axis=1)
            columns.append(values[:, 1 + position] - mean)
    return np.column_stack(columns)


def _scaled(columns: np.ndarray) -> np.ndarray:
    """Columns divided by their largest values; those without any of size are left out."""
    size = np.abs(columns).max(axis=0)
    return columns[:, size > 1e-12] / size[size > 1e-12]


def total_interactions(expansion: Expansion) -> np.ndarray:
    """``[term]`` the constant, then ECI per cluster × multiplicity, eV per primitive cell."""
    return np.append(expansion.constant, expansion.multiplicities * expansion.eci)


def _inside(plan: Plan, data: Branches, where, held: np.ndarray, supercell: Supercell):
    """``[state]`` whether N of a configuration is that of its condition, but for fluctuations."""
    number = (held == 0).sum(axis=1) / supercell.size
    kT = BOLTZMANN * plan.temperatures[where[1]]
    spread = np.sqrt(np.maximum(data.susceptibility[where], 0) * kT / supercell.size)
    return np.abs(number - data.number[where]) <= OUTSIDE * (spread + 1 / supercell.size)


def _correlations(expansion: Expansion, supercell: Supercell, held: np.ndarray) -> np.ndarray:
    """``[state, term]``, the constant first."""
    parts = [
        correlations(expansion.orbits, supercell, spins(held[first : first + BATCH]))
        for first in range(0, len(held), BATCH)
    ]
    return np.column_stack([np.ones(len(held)), np.concatenate(parts)])


def number_terms(expansion: Expansion) -> np.ndarray:
    """``[term]`` N, atoms per primitive cell, as a sum of correlations, the constant first."""
    points = np.array([o.order == 1 for o in expansion.orbits])
    each = np.where(points, expansion.multiplicities / 2, 0)  # N = Σ (1 − σ) / 2
    return np.append(each.sum(), -each)


def energy_misfit(
    responses: Mapping[int, PhaseResponse], expansion: Expansion, fields: Fields
) -> float:
    """By how much energies from smoothed correlations differ from those of the fitted surfaces.

    Returns:
        median over a sample of the states, eV per primitive cell.
    """
    total = total_interactions(expansion)
    off = []
    for k, response in responses.items():
        some = np.argwhere(fields.sampled[k])
        for t, i in some[:: max(1, len(some) // NEAREST)].tolist():
            rows = response.at(fields.temperature[t], fields.mu[i]).rows
            off.append(abs(rows[0] @ total - fields.energy[0, k, t, i]))
    return float(np.median(off)) if off else np.nan

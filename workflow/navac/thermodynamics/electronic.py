"""Phase diagrams with the electronic entropy of mixed valence.

The entropy of charges disordered over the transition-metal sites (paper, main text Eq. 1) is a
function of composition alone. Added to the canonical free energy, f'(n) = f(n) − T S(n), it
moves every sampled state to another chemical potential, μ' = μ − T dS/dn, at which its grand
potential is φ' = f' − μ'n. Crossings of φ'(μ') are the common tangents of f'(n), so the
boundaries are found by the same code as without it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.interpolate import CubicHermiteSpline

from navac.sampling.plan import Plan
from navac.thermodynamics.extension import extended
from navac.thermodynamics.farther import colder, farther_along_mu, stretches
from navac.thermodynamics.fields import ERRORS, SCALARS, Fields
from navac.units import BOLTZMANN

SMALLEST_SHARE = 1e-12
"""Shares of an oxidation state closer to 0 or 1 than this are set to it: ln 0 is infinite."""

FARTHER = 0.05
"""Part of the ions that may change their valence from where a phase was last sampled to where its
last susceptibility is still taken to hold."""

COLDER = 0.15
"""Part of the temperature by which a phase goes on below its coldest states."""


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

    def share(self, number: np.ndarray | float) -> np.ndarray:
        """Reduced share m of the ions."""
        m = (number - self.n_oxidised) / (self.n_reduced - self.n_oxidised)
        return np.clip(m, SMALLEST_SHARE, 1 - SMALLEST_SHARE)

    def entropy(self, number: np.ndarray) -> np.ndarray:
        """Ideal mixing entropy, eV/K per primitive cell."""
        m = self.share(number)
        return -BOLTZMANN * self.sites * (m * np.log(m) + (1 - m) * np.log(1 - m))

    def slope(self, number: np.ndarray | float) -> np.ndarray:
        """dS/dn, eV/K per atom."""
        m = self.share(number)
        return BOLTZMANN * self.sites / (self.n_reduced - self.n_oxidised) * np.log((1 - m) / m)

    def curvature(self, number: np.ndarray) -> np.ndarray:
        """d²S/dn², eV/K per atom², negative."""
        m = self.share(number)
        width = self.n_reduced - self.n_oxidised
        return -BOLTZMANN * self.sites / width**2 / (m * (1 - m))


def shifted_plan(plan: Plan, valence: MixedValence) -> Plan:
    """The plan on a μ′ grid wide enough for the shifts −T dS/dn of all but the dilute states."""
    step = float(np.diff(plan.mu_grid).min())
    T = plan.temperatures.max()
    width = -T * valence.slope(valence.n_reduced - 0.02 * (valence.n_reduced - valence.n_oxidised))
    first, last = plan.mu_grid[0] - width, plan.mu_grid[-1] + width
    grid = step * np.arange(np.floor(first / step), np.ceil(last / step) + 1)
    nominal = plan.nominal.copy()
    nominal[0], nominal[-1] = grid[0], grid[-1]
    return replace(plan, mu_grid=grid, nominal=nominal)


def with_mixed_valence(fields: Fields, grid: np.ndarray, valence: MixedValence) -> Fields:
    """Every phase on the grid of μ′.

    A phase that decays without the entropy may be stable with it. There it goes on as its
    fluctuations say, for a while, and then at constant composition, as every phase does.

    Args:
        grid: ``[μ′]`` eV per atom, rising.
    """
    fields, held = _farther(fields, valence)
    resamples, phases, steps, _ = fields.phi.shape
    values = {name: np.full((resamples, phases, steps, len(grid)), np.nan) for name in SCALARS}
    known, sampled = np.zeros((2, phases, steps, len(grid)), bool)
    errors = {name: np.zeros(known.shape) for name in ERRORS}
    for k, step in np.argwhere(held.any(axis=2)).tolist():
        for stretch in stretches(held[k, step]):
            for r in range(resamples):
                at = (r, k, step, stretch)
                inside = _shifted(fields, at, grid, valence, values)
                if r == 0:
                    known[k, step] |= inside
                    _shift_errors(fields, at, grid, valence, errors)
        for stretch in stretches(fields.sampled[k, step]):
            moved = _moved(fields, (0, k, step, stretch), valence)
            sampled[k, step] |= (grid >= moved[0]) & (grid <= moved[-1])
    # Where resamples end a little earlier, their ends go on: a phase is known at the same states.
    known &= np.isfinite(values["phi"]).all(axis=0)
    for name in SCALARS:
        values[name][:, ~known] = np.nan
    moved_fields = replace(fields, mu=grid, sampled=sampled & known, **values, **errors)
    return extended(moved_fields, known)


def _farther(fields: Fields, valence: MixedValence) -> tuple[Fields, np.ndarray]:
    """The fields, and ``[phase, T, μ]`` where they hold, with what fluctuations say beyond."""
    copies = {name: getattr(fields, name).copy() for name in (*SCALARS, *ERRORS)}
    fields, held = replace(fields, **copies), fields.sampled.copy()
    most = FARTHER * abs(valence.n_reduced - valence.n_oxidised)
    for k, where in enumerate(held):
        colder(fields, k, where, COLDER)
        farther_along_mu(fields, k, where, most)
    return fields, held


def _moved(fields: Fields, at, valence: MixedValence) -> np.ndarray:
    """``[state]`` μ′ of the states ``at``, rising."""
    T, mu, n = fields.temperature[at[2]], fields.mu[at[3]], fields.number[at]
    return np.maximum.accumulate(mu - T * valence.slope(n))


def _shift_errors(fields: Fields, at, grid: np.ndarray, valence: MixedValence, errors) -> None:
    """Write errors beyond those of sampling onto the grid, as :func:`_shifted` writes states.

    N at given μ′ moves less than at given μ by as much as the susceptibility is smaller.
    """
    _, *here = at
    T, moved = fields.temperature[here[1]], _moved(fields, at, valence)
    n, chi = fields.number[at], fields.susceptibility[at]
    inside = (grid >= moved[0]) & (grid <= moved[-1])
    less = {"number_error": 1 / (1 - T * valence.curvature(n) * chi)}
    for name in ERRORS:
        values = getattr(fields, name)[*here] * less.get(name, 1.0)
        errors[name][here[0], here[1], inside] = np.interp(grid[inside], moved, values)


def _shifted(fields: Fields, at, grid: np.ndarray, valence: MixedValence, values) -> np.ndarray:
    """Write the states ``at`` (resample, phase, T, positions in μ) onto the grid.

    Returns:
        ``[μ′]`` whether it lies between those of two states.
    """
    T, mu = fields.temperature[at[2]], fields.mu[at[3]]
    n, chi = fields.number[at], fields.susceptibility[at]
    moved = mu - T * valence.slope(n)
    keep = np.append(True, np.diff(np.maximum.accumulate(moved)) > 1e-9)
    n, chi, moved, mu = n[keep], chi[keep], moved[keep], mu[keep]
    phi = fields.phi[at][keep] + mu * n - T * valence.entropy(n) - moved * n
    inside = (grid >= moved[0]) & (grid <= moved[-1])
    if len(moved) < 2 or not inside.any():
        return np.zeros(len(grid), bool)
    target = (*at[:3], inside)
    values["phi"][target] = CubicHermiteSpline(moved, phi, -n)(grid[inside])
    values["number"][target] = np.interp(grid[inside], moved, n)
    values["susceptibility"][target] = np.interp(
        grid[inside], moved, chi / (1 - T * valence.curvature(n) * chi)
    )
    for name in ("energy", "omega_variance"):
        values[name][target] = np.interp(grid[inside], moved, getattr(fields, name)[at][keep])
    return inside

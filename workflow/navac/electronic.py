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

from navac.montecarlo import BOLTZMANN
from navac.paths import Plan
from navac.thermodynamics import Branches

SMALLEST_SHARE = 1e-12
"""Shares of an oxidation state closer to 0 or 1 than this are set to it: ln 0 is infinite."""


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

    def share(self, number: np.ndarray) -> np.ndarray:
        """Reduced share m of the ions."""
        m = (number - self.n_oxidised) / (self.n_reduced - self.n_oxidised)
        return np.clip(m, SMALLEST_SHARE, 1 - SMALLEST_SHARE)

    def entropy(self, number: np.ndarray) -> np.ndarray:
        """Ideal mixing entropy, eV/K per primitive cell."""
        m = self.share(number)
        return -BOLTZMANN * self.sites * (m * np.log(m) + (1 - m) * np.log(1 - m))

    def slope(self, number: np.ndarray) -> np.ndarray:
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


def with_mixed_valence(
    plan: Plan, shifted: Plan, data: Branches, valence: MixedValence, smallest: float
) -> Branches:
    """Every branch on the μ′ grid.

    A branch is followed from its nominal μ to where its composition first jumps; beyond its
    last state it goes on at constant composition, which is what dilute phases do.

    Args:
        plan: where the branches were sampled.
        shifted: the plan with the μ′ grid.
        smallest: smallest jump in n, atoms per primitive cell.
    """
    shape = (*data.phi.shape[:2], len(shifted.mu_grid))
    out = {
        name: np.full(shape, np.nan)
        for name in ("phi", "number", "energy", "susceptibility", "omega_variance")
    }
    sublattice = np.full((*shape, data.sublattice.shape[-1]), np.nan)
    for phase in range(shape[0]):
        for step, T in enumerate(plan.temperatures):
            at = (phase, step, _connected(plan, data, phase, step, smallest))
            n, mu = data.number[at], plan.mu_grid[at[2]]
            f = data.phi[at] + mu * n - T * valence.entropy(n)
            mu_new = np.maximum.accumulate(mu - T * valence.slope(n) + 1e-12 * np.arange(len(n)))
            grid = shifted.mu_grid
            here = (phase, step)
            out["number"][here] = np.interp(grid, mu_new, n)
            # f' is interpolated along n: constant beyond the ends, as n is.
            out["phi"][here] = np.interp(grid, mu_new, f) - grid * out["number"][here]
            chi = data.susceptibility[at]
            chi = chi / (1 - T * valence.curvature(n) * chi)
            out["susceptibility"][here] = np.interp(grid, mu_new, chi, left=0, right=0)
            for name in ("energy", "omega_variance"):
                out[name][here] = np.interp(grid, mu_new, getattr(data, name)[at])
            for k in range(sublattice.shape[-1]):
                sublattice[phase, step, :, k] = np.interp(grid, mu_new, data.sublattice[at][:, k])
    steady = np.ones(shape, bool)
    return Branches(**out, sublattice=sublattice, steady=steady)


def _connected(plan: Plan, data: Branches, phase: int, step: int, smallest: float) -> np.ndarray:
    """μ positions of a branch that no jump separates from its nominal μ."""
    there = np.flatnonzero(data.steady[phase, step])
    n, chi = data.number[phase, step, there], data.susceptibility[phase, step, there]
    mu = plan.mu_grid[there]
    explained = (chi[1:] + chi[:-1]) / 2 * np.diff(mu)
    cuts = np.flatnonzero(np.abs(np.diff(n)) - explained > smallest) + 1
    pieces = np.split(there, cuts)
    home = there[np.abs(mu - plan.nominal[phase]).argmin()]
    return next(p for p in pieces if home in p)

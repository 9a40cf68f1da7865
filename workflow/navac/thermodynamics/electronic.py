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

from navac.sampling.plan import Plan
from navac.thermodynamics.envelope import MIN_SEGMENT, straddling
from navac.thermodynamics.integration import Branches
from navac.units import BOLTZMANN

SCALARS = ("phi", "number", "energy", "susceptibility", "omega_variance", "wave_amplitude")

UNEVEN = 0.15
"""Amplitude of a concentration wave (see :mod:`navac.montecarlo.observers`) beyond which a state is
not homogeneous: more than thermal noise in supercells of 8×8×8 cells and larger."""

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


def with_mixed_valence(
    plan: Plan, shifted: Plan, data: Branches, valence: MixedValence, smallest: float
) -> Branches:
    """Every branch on the μ′ grid.

    States with a strong concentration wave, slabs of two phases above all, are left out, and states
    that were in two phases by turns: their charges are not spread over the supercell as the entropy
    of its mean composition has it. A branch is cut where its composition jumps, and pieces of few
    states are left out as part of the transition. The piece of lowest φ′ stands for the branch;
    beyond its ends it goes on at constant composition and counts as not stationary, so that
    boundaries are found from the tangents of φ′ at the ends: the entropy makes phases stable at
    compositions at which they decay without it.

    Args:
        plan: where the branches were sampled.
        shifted: the plan with the μ′ grid.
        smallest: smallest jump in n, atoms per primitive cell.
    """
    shape = (*data.phi.shape[:2], len(shifted.mu_grid))
    scalars = {name: np.full(shape, np.nan) for name in SCALARS}
    sublattice = np.full((*shape, data.sublattice.shape[-1]), np.nan)
    stationary = np.zeros(shape, bool)
    for step, T in enumerate(plan.temperatures):
        for branch, pieces in enumerate(_pieces(plan, data, step, smallest)):
            here = (branch, step)
            for piece in pieces:
                found, occupied, inside = _shifted(plan, shifted, data, valence, T, (*here, piece))
                lower = ~(found["phi"] >= scalars["phi"][here])
                for name, values in found.items():
                    scalars[name][here][lower] = values[lower]
                sublattice[here][lower] = occupied[lower]
                stationary[here][lower] = inside[lower]
    return Branches(**scalars, sublattice=sublattice, stationary=stationary)


def _shifted(plan, shifted, data, valence, T: float, at):
    """The states ``at`` (branch, T, positions in μ) on the μ′ grid.

    Returns:
        scalars, sublattices, and whether a μ′ lies between those of two states.
    """
    n, mu, grid = data.number[at], plan.mu_grid[at[2]], shifted.mu_grid
    f = data.phi[at] + mu * n - T * valence.entropy(n)
    mu_new = np.maximum.accumulate(mu - T * valence.slope(n) + 1e-12 * np.arange(len(n)))

    def moved(values, **beyond):
        return np.interp(grid, mu_new, values, **beyond)

    chi = data.susceptibility[at]
    chi = chi / (1 - T * valence.curvature(n) * chi)
    number = moved(n)
    scalars = {
        # f' is interpolated along n: constant beyond the ends, as n is.
        "phi": moved(f) - grid * number,
        "number": number,
        "energy": moved(data.energy[at]),
        "susceptibility": moved(chi, left=0, right=0),
        "omega_variance": moved(data.omega_variance[at]),
        "wave_amplitude": moved(data.wave_amplitude[at]),
    }
    sublattice = np.stack([moved(s) for s in data.sublattice[at].T], axis=-1)
    return scalars, sublattice, (grid >= mu_new[0]) & (grid <= mu_new[-1])


def _pieces(plan: Plan, data: Branches, step: int, smallest: float) -> list[list[np.ndarray]]:
    """``[branch][piece]`` positions in μ of sampled states, cut where composition jumps.

    Where nothing is left at a temperature, as in very small supercells, all states are taken.
    """
    sampled = np.isfinite(data.phi[:, step])
    even = sampled & data.stationary[:, step] & (data.wave_amplitude[:, step] < UNEVEN)
    number, chi = data.number[:, step], data.susceptibility[:, step]
    even &= ~straddling(plan.mu_grid, number, chi, smallest)
    pieces = [
        [p for p in _cut(plan, data, branch, step, smallest, even[branch]) if len(p) >= MIN_SEGMENT]
        for branch in range(len(even))
    ]
    if any(pieces):
        return pieces
    return [_cut(plan, data, b, step, smallest, states) for b, states in enumerate(sampled)]


def _cut(plan: Plan, data: Branches, branch: int, step: int, smallest: float, states: np.ndarray):
    """Positions of ``states[μ]`` of a branch, cut where composition jumps."""
    there = np.flatnonzero(states)
    n, chi = data.number[branch, step, there], data.susceptibility[branch, step, there]
    # The smaller: a state that went over while it was measured has any susceptibility.
    explained = np.minimum(chi[1:], chi[:-1]) * np.diff(plan.mu_grid[there])
    cuts = np.flatnonzero(np.abs(np.diff(n)) - explained > smallest) + 1
    return [piece for piece in np.split(there, cuts) if len(piece)]

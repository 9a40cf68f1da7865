"""The electrostatic term as pairs up to a radius, for what takes clusters only, with its error.

Charges are divided into the mean of their sublattice and what an ion differs from it. The means
and their field are summed exactly (Ewald). Only the interaction of two differences is cut off: it
is damped and shifted so that it vanishes at the radius, as if its charge were neutralised there
(Wolf et al., J. Chem. Phys. 110, 8254 (1999))::

    v(r) = k [erfc(a r) / r − erfc(a R) / R],    own = −k [erfc(a R) / 2R + a / √π]

The damping ``a`` is the one that makes the smallest error for orderings that are given, and the
error is that for others of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from pymatgen.core.ewald import EwaldSummation
from scipy.special import erfc

from navac.crystal.prim import Prim
from navac.crystal.sites import VACANCY, site_spaces
from navac.crystal.supercell import Supercell
from navac.crystal.symmetry import SpaceGroup
from navac.expansion.basis import assembled, cluster_terms, conversions, spaces_of, substituted
from navac.expansion.clusters import Cluster, enumerate_orbits, translated_home
from navac.expansion.electrostatics import Electrostatics
from navac.expansion.expansion import Expansion, ExpansionError
from navac.orderings.ewald import unit_charge_matrix

COULOMB_EV_A = EwaldSummation.CONV_FACT
"""e²/4πε₀, as in the Ewald sums."""
DAMPINGS = np.linspace(0.0, 4.0, 21)
"""Tried, in units of the inverse radius."""


@dataclass(frozen=True)
class CoulombPairs:
    """Electrostatics as a constant, energies of sites and of pairs.

    Attributes:
        constant: eV per primitive cell.
        site: per sublattice ``[species]`` energy of what the site holds, eV.
        pairs: per pair of sites within the radius, one per lattice translation, ``[species of the
            first site, species of the second]`` energies, eV.
        radius: Å.
        damping: 1/Å.
        error: root mean squared error of orderings that the damping was not chosen by, eV per
            primitive cell.
        worst: the largest of these errors.
    """

    constant: float
    site: tuple[np.ndarray, ...]
    pairs: Mapping[Cluster, np.ndarray]
    radius: float
    damping: float
    error: float
    worst: float

    def energies(self, supercell: Supercell, occupation: np.ndarray) -> np.ndarray:
        """``[ordering]`` energies of ``occupation[ordering, site]``, eV per primitive cell."""
        codes = np.asarray(occupation)
        total = np.zeros(len(codes))
        for s, energy in enumerate(self.site):
            total += energy[codes[:, s * supercell.size : (s + 1) * supercell.size]].sum(axis=1)
        for (one, other), energy in self.pairs.items():
            first, second = (
                supercell.site(np.array(s), supercell.cells + at) for s, *at in (one, other)
            )
            total += energy[codes[:, first], codes[:, second]].sum(axis=1)
        return self.constant + total / supercell.size


def coulomb_pairs(
    electrostatics: Electrostatics,
    group: SpaceGroup,
    radius: float,
    supercell: Supercell,
    occupation: np.ndarray,
) -> CoulombPairs:
    """The electrostatic term cut off at a radius.

    Args:
        occupation: ``[ordering, site]`` codes of orderings such as those that are to be described:
            every other one chooses the damping, the rest tell the error. Their mean charges are
            those of the sublattices.

    Raises:
        ExpansionError: fewer than four orderings.
    """
    if len(occupation) < 4:
        raise ExpansionError(
            f"{len(occupation)} orderings cannot tell the error of electrostatics up to a radius; "
            "give four or more"
        )
    codes = np.asarray(occupation)
    cut = _Cut.of(electrostatics, group, radius, supercell, codes)
    exact = electrostatics.energies(supercell, codes)
    off = np.array([cut.at(a / radius).energies(supercell, codes) - exact for a in DAMPINGS])
    best = int((off[:, ::2] ** 2).sum(axis=1).argmin())
    told = off[best, 1::2]
    return replace(
        cut.at(DAMPINGS[best] / radius),
        error=float(np.sqrt(np.mean(told**2))), worst=float(np.abs(told).max()),
    )  # fmt: skip


@dataclass(frozen=True)
class _Cut:
    """What pairs of any damping are made from.

    Attributes:
        difference: per sublattice ``[species]`` charge beyond the mean, e.
        constant, field: energy of the mean charges, eV per primitive cell, and ``[sublattice]``
            their potential, eV/e, in vacuum.
        pairs: the pairs of sites within the radius and their distances, Å.
    """

    radius: float
    strength: float
    difference: tuple[np.ndarray, ...]
    constant: float
    field: np.ndarray
    pairs: tuple[tuple[Cluster, float], ...]

    @classmethod
    def of(
        cls, electrostatics: Electrostatics, group: SpaceGroup, radius: float,
        supercell: Supercell, occupation: np.ndarray,
    ) -> _Cut:  # fmt: skip
        """The pairs within a radius, and the energy of mean charges of some orderings."""
        prim, charges = electrostatics.prim, {VACANCY: 0.0, **electrostatics.charges}
        charge = [np.array([charges[s] for s in prim.species[site]]) for site in prim.active]
        held = np.split(occupation, len(charge), axis=1)
        mean = np.array([q[own].mean() for q, own in zip(charge, held, strict=True)])
        everywhere = np.array([charges[allowed[0]] for allowed in prim.species], float)
        everywhere[prim.active] = mean
        matrix = unit_charge_matrix(prim, Supercell.diagonal(1, 1, 1))
        orbits = enumerate_orbits(prim, group, {2: radius})
        return cls(
            radius=radius,
            strength=electrostatics.strength,
            difference=tuple(q - m for q, m in zip(charge, mean, strict=True)),
            constant=float(everywhere @ matrix @ everywhere),
            field=2 * (matrix @ everywhere)[prim.active],
            pairs=tuple(
                (cluster, orbit.max_length)
                for orbit in orbits if orbit.order == 2 for cluster in orbit.clusters
            ),
        )  # fmt: skip

    def at(self, damping: float) -> CoulombPairs:
        """The pairs of a damping, 1/Å, without their error."""
        edge = erfc(damping * self.radius) / self.radius
        own = -COULOMB_EV_A * (edge / 2 + damping / np.sqrt(np.pi))
        scale = self.strength * COULOMB_EV_A
        some = {}
        for cluster, r in self.pairs:
            one, other = (self.difference[s] for s, *_ in cluster)
            some[cluster] = scale * (erfc(damping * r) / r - edge) * np.outer(one, other)
        site = tuple(
            self.strength * (potential * d + own * d**2)
            for potential, d in zip(self.field, self.difference, strict=True)
        )
        constant = self.strength * self.constant
        return CoulombPairs(constant, site, some, self.radius, damping, np.nan, np.nan)


def with_pairs(
    expansion: Expansion, prim: Prim, group: SpaceGroup, pairs: CoulombPairs
) -> Expansion:
    """The expansion with its electrostatic term written as clusters, in its own basis."""
    spaces, bits = spaces_of(expansion, prim), site_spaces(prim.species, "indicator")
    constant, terms = _as_bits(pairs)
    more, added = substituted(terms, conversions(bits, spaces))
    total = cluster_terms(expansion)
    for cluster, value in added.items():
        total[cluster] = total.get(cluster, 0.0) + value
    return assembled(expansion.constant + constant + more, total, prim, group, spaces)


def _as_bits(pairs: CoulombPairs) -> tuple[float, dict[Cluster, float]]:
    """The energies as a constant and products of occupation bits; last species have none."""
    constant = pairs.constant + sum(float(energy[-1]) for energy in pairs.site)
    terms: dict[Cluster, float] = {}
    for s, energy in enumerate(pairs.site):
        for k in range(len(energy) - 1):
            terms[((s, 0, 0, 0, k + 1),)] = float(energy[k] - energy[-1])
    for (one, other), energy in pairs.pairs.items():
        constant += float(energy[-1, -1])
        for k in range(energy.shape[0] - 1):
            at = (((one[0], 0, 0, 0, k + 1)),)
            terms[at] += float(energy[k, -1] - energy[-1, -1])
        for m in range(energy.shape[1] - 1):
            at = (((other[0], 0, 0, 0, m + 1)),)
            terms[at] += float(energy[-1, m] - energy[-1, -1])
        for k, m in product(range(energy.shape[0] - 1), range(energy.shape[1] - 1)):
            cluster = translated_home([(*one[:4], k + 1), (*other[:4], m + 1)])
            value = energy[k, m] - energy[k, -1] - energy[-1, m] + energy[-1, -1]
            terms[cluster] = terms.get(cluster, 0.0) + float(value)
    return constant, terms

"""How unlike the species on one kind of site are: size, charge, electronegativity, bond valence.

Shares are those of the atoms, vacancies left out. For alloys these are the descriptors of Zhang,
Guo and others; of ions, radii and charges take the place of metallic radii.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from navac.crystal.sites import VACANCY
from navac.descriptors import elements
from navac.descriptors.entropy import GAS, mixing_entropy
from navac.descriptors.sublattices import DescriptorError, Sublattice

Value = Callable[["Ions"], float]


@dataclass(frozen=True)
class Ions:
    """The species on one kind of site.

    Attributes:
        shares: of the atoms, adding up to 1.
        charges: of each species, e.
        distances: ``[anion]`` of the shell around the site in the crystal, Å.
    """

    shares: Mapping[str, float]
    charges: Mapping[str, float]
    distances: np.ndarray = field(repr=False)

    def mean(self, of: Callable[[str], float]) -> float:
        """Mean of a property of the species."""
        return sum(share * of(s) for s, share in self.shares.items())

    def spread(self, of: Callable[[str], float]) -> float:
        """Standard deviation of a property of the species."""
        mean = self.mean(of)
        return float(np.sqrt(self.mean(lambda s: (of(s) - mean) ** 2)))

    def radius(self, species: str) -> float:
        """Shannon's radius, Å."""
        return elements.radius(species, self.charges[species], len(self.distances))

    def excess_valence(self, species: str) -> float:
        """Valence of the bonds that a species would have in the crystal, less its charge."""
        r0, b = elements.bond_valence(species, self.charges[species])
        return float(np.exp((r0 - self.distances) / b).sum()) - self.charges[species]


def ions_on(one: Sublattice, charges: Mapping[str, float], distances: np.ndarray) -> Ions:
    """The atoms of a sublattice.

    Raises:
        DescriptorError: it holds none, or one has no charge.
    """
    there = {s: f for s, f in one.shares.items() if s != VACANCY and f > 0}
    if not there:
        raise DescriptorError(f"{one.label}: holds no atom at this composition")
    if missing := sorted(set(there) - set(charges)):
        raise DescriptorError(f"{', '.join(missing)}: has no charge; name it in orderings.charges")
    total = sum(there.values())
    return Ions({s: f / total for s, f in there.items()}, charges, distances)


def size_mismatch(ions: Ions) -> float:
    """δ, % : √Σ c (1 − r/r̄)² of the ionic radii."""
    return 100 * ions.spread(ions.radius) / ions.mean(ions.radius)


def electronegativity_mismatch(ions: Ions) -> float:
    """Δχ: standard deviation of Pauling's electronegativity."""
    return ions.spread(elements.electronegativity)


def valence_electron_concentration(ions: Ions) -> float:
    """VEC: mean number of valence electrons of the elements."""
    return ions.mean(elements.valence_electrons)


def charge_mismatch(ions: Ions) -> float:
    """Standard deviation of the charges, e."""
    return ions.spread(ions.charges.__getitem__)


def bond_valence_mismatch(ions: Ions) -> float:
    """Root mean square of the excess bond valences in the unrelaxed crystal, e."""
    return float(np.sqrt(ions.mean(lambda s: ions.excess_valence(s) ** 2)))


def enthalpy_of_mixing(ions: Ions) -> float:
    """ΔH_mix of the metals as an alloy, kJ/mol: Σ 4 H c c over pairs."""
    pairs = combinations(ions.shares.items(), 2)
    return sum(4 * elements.mixing_enthalpy(a, b) * x * y for (a, x), (b, y) in pairs)


def omega(ions: Ions) -> float:
    """Ω of the metals as an alloy: T_m ΔS_mix over the size of ΔH_mix; infinite where that is 0."""
    cost = abs(enthalpy_of_mixing(ions))
    gain = ions.mean(elements.melting_point) * GAS * mixing_entropy(ions.shares.values()) / 1000
    return gain / cost if cost else np.inf


DESCRIPTORS: dict[str, Value] = {
    "mean_radius_A": lambda ions: ions.mean(ions.radius),
    "delta_percent": size_mismatch,
    "mean_charge_e": lambda ions: ions.mean(ions.charges.__getitem__),
    "charge_mismatch_e": charge_mismatch,
    "bond_valence_mismatch_e": bond_valence_mismatch,
    "electronegativity_mismatch": electronegativity_mismatch,
    "valence_electrons": valence_electron_concentration,
    "mixing_enthalpy_kJ_per_mol": enthalpy_of_mixing,
    "omega": omega,
}
"""By the name of their column."""

SOURCES = {
    "mean_radius_A": "Shannon 1976",
    "delta_percent": "Shannon 1976",
    "mean_charge_e": "charges of the configuration",
    "charge_mismatch_e": "charges of the configuration",
    "bond_valence_mismatch_e": "Brown and Altermatt 1985, Brese and O'Keeffe 1991",
    "electronegativity_mismatch": "Pauling",
    "valence_electrons": "Guo et al. 2011",
    "mixing_enthalpy_kJ_per_mol": "Takeuchi and Inoue 2005, liquid alloys",
    "omega": "Takeuchi and Inoue 2005, melting points of the elements",
}
"""Where the numbers of each are from."""


def described(ions: Ions) -> tuple[dict[str, float], dict[str, str]]:
    """Every descriptor that can be computed, and why others cannot."""
    found, missing = {}, {}
    for name, value in DESCRIPTORS.items():
        try:
            found[name] = float(value(ions))
        except DescriptorError as error:
            missing[name] = str(error)
    return found, missing

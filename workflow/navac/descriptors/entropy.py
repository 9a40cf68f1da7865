"""Configurational entropy of ideal mixing, by the equations that reviews of high-entropy materials
use (Zhou et al., Energy Environ. Sci. 18, 19 (2025), Eqs. 1 to 4).

One material has as many values as there are ways of counting, and is of high, medium or low entropy
accordingly. Every value here says by which equation it is, and per what.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from navac.descriptors.sublattices import Filling, Sublattice
from navac.units import BOLTZMANN

GAS = 8.31446261815324
"""J/mol/K (CODATA 2018)."""
HIGH, MEDIUM = 1.5, 1.0
"""Least entropies of the classes, in units of R."""
ANIONS = ("N", "O", "S", "F", "Cl", "Se", "Br", "Te", "I")


def mixing_entropy(shares: Iterable[float]) -> float:
    """Eq. 1: −Σ x ln x of the shares of one kind of site, in units of R."""
    x = np.array([share for share in shares if share > 0])
    return float(-(x * np.log(x)).sum())


def equal_entropy(species: int) -> float:
    """Eq. 2: ln M, which M species have at most, in units of R."""
    return float(np.log(species))


def ionic_entropy(filling: Filling) -> float:
    """Eq. 3: cations and anions each as one kind of site, in units of R.

    Shares are those of the atoms; vacancies do not count.
    """
    atoms = filling.atoms
    groups = (
        {s: n for s, n in atoms.items() if s in ANIONS},
        {s: n for s, n in atoms.items() if s not in ANIONS},
    )
    return sum(mixing_entropy(n / sum(group.values()) for n in group.values()) for group in groups)


def site_entropy(sublattices: Iterable[Sublattice]) -> float:
    """Eq. 4: every kind of site times its number, per formula unit, in units of R."""
    return sum(one.sites * mixing_entropy(one.shares.values()) for one in sublattices)


def entropy_class(entropy: float) -> str:
    """``high``, ``medium`` or ``low``, of an entropy in units of R."""
    if entropy >= HIGH:
        return "high"
    return "medium" if entropy >= MEDIUM else "low"


@dataclass(frozen=True)
class Entropy:
    """One way of counting.

    Attributes:
        part: of the material; ``all``, or labels of sites.
        equation: its number in the review.
        per: what it is counted per.
        value: in units of R.
    """

    part: str
    equation: int
    per: str
    value: float

    @property
    def kind(self) -> str:
        """The class by this way of counting."""
        return entropy_class(self.value)

    @property
    def joule(self) -> float:
        """J/mol/K."""
        return GAS * self.value

    def free_energy(self, temperature: float) -> float:
        """−TS, eV per whatever the entropy is counted per."""
        return -BOLTZMANN * temperature * self.value


def entropies(filling: Filling) -> Iterator[Entropy]:
    """Every way of counting the entropy of a composition."""
    mixed = [one for one in filling.sublattices if one.mixed]
    total = sum(filling.atoms.values())
    for one in mixed:
        there = [s for s, share in one.shares.items() if share > 0]
        yield Entropy(one.label, 1, "site", mixing_entropy(one.shares.values()))
        yield Entropy(one.label, 2, "site", equal_entropy(len(there)))
    yield Entropy("all", 3, "site of cations and site of anions", ionic_entropy(filling))
    for part, some in _parts(mixed).items():
        value, sites = site_entropy(some), sum(one.sites for one in some)
        yield Entropy(part, 4, "formula unit", value)
        yield Entropy(part, 4, "site", value / sites)
        yield Entropy(part, 4, "atom", value / total)


def _parts(mixed: list[Sublattice]) -> Mapping[str, list[Sublattice]]:
    """Sites that share their species by their labels, and all together."""
    found: dict[frozenset[str], list[Sublattice]] = {}
    for one in mixed:
        found.setdefault(frozenset(one.shares), []).append(one)
    parts = {"+".join(o.label for o in some): some for some in found.values()}
    return parts | ({"all": mixed} if len(parts) > 1 else {})

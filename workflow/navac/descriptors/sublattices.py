"""A composition spread over the sites of a crystal: who shares which sites, and in what shares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import isclose

from navac import NavacError
from navac.crystal.prim import Prim
from navac.crystal.sites import VACANCY

ROUNDING = 1e-9
MEASURED = 0.05
"""Largest share by which measured amounts may miss the number of sites."""


class DescriptorError(NavacError):
    """A composition that the sites of the crystal cannot hold, or a species nothing is known of."""


@dataclass(frozen=True)
class Sublattice:
    """Equivalent sites and what they hold on average.

    Attributes:
        label: their name in the crystal.
        sites: per formula unit.
        shares: of the sites that hold each species, vacancies included; they add up to 1.
    """

    label: str
    sites: float
    shares: Mapping[str, float]

    @property
    def mixed(self) -> bool:
        """Whether more than one species, or a vacancy, is there."""
        return sum(share > ROUNDING for share in self.shares.values()) > 1

    @property
    def atoms(self) -> dict[str, float]:
        """Atoms per formula unit, without vacancies."""
        return {s: self.sites * f for s, f in self.shares.items() if s != VACANCY and f > 0}


@dataclass(frozen=True)
class Filling:
    """A composition on its sites.

    Attributes:
        sublattices: every one of the crystal.
        scaled: by label, what the given amounts were multiplied by to fill the sites.
    """

    sublattices: tuple[Sublattice, ...]
    scaled: Mapping[str, float]

    @property
    def atoms(self) -> Counter[str]:
        """Atoms per formula unit."""
        found: Counter[str] = Counter()
        for one in self.sublattices:
            found.update(one.atoms)
        return found

    def of(self, label: str) -> Sublattice:
        """The sublattice of a name."""
        return next(one for one in self.sublattices if one.label == label)


def fill(
    prim: Prim, amounts: Mapping[str, float], occupied: Mapping[str, float] | None = None
) -> Filling:
    """Spread a composition over the sites of a crystal.

    Sites that hold the same species share them evenly, unless ``occupied`` says otherwise. Where
    no vacancy is allowed, amounts that miss the number of sites by up to :data:`MEASURED`, as
    measured ones do, are scaled to it.

    Args:
        amounts: of species on active sites, per formula unit; a species not named is not there.
        occupied: by label, the share of its sites that holds an atom; the rest of the atoms is
            spread over the other sites of these species.

    Raises:
        DescriptorError: a species has no site, or sites have too many or too few atoms.
    """
    rooms = _rooms(prim)
    allowed = {species for key in rooms for species in key if len(key) > 1}
    if strange := sorted(set(amounts) - allowed):
        raise DescriptorError(
            f"no active site may hold {', '.join(strange)}; correct the name, or the sites"
        )
    found: list[Sublattice] = []
    scaled: dict[str, float] = {}
    for species, sites in rooms.items():
        atoms = {s: amounts.get(s, 0.0) for s in species if s != VACANCY}
        if len(species) == 1:
            found += [Sublattice(label, n, {species[0]: 1.0}) for label, n in sites.items()]
        elif VACANCY in species:
            found += _with_vacancies(sites, atoms, occupied or {})
        else:
            factor = _to_fill(sites, atoms)
            scaled |= dict.fromkeys(sites, factor)
            shares = {s: n * factor / sum(sites.values()) for s, n in atoms.items()}
            found += [Sublattice(label, n, shares) for label, n in sites.items()]
    return Filling(tuple(found), scaled)


def _rooms(prim: Prim) -> dict[tuple[str, ...], dict[str, float]]:
    """By the species that sites may hold, labels with their sites per formula unit."""
    found: dict[tuple[str, ...], dict[str, float]] = {}
    for species, label in zip(prim.species, prim.labels, strict=True):
        of = found.setdefault(species, {})
        of[label] = of.get(label, 0.0) + 1.0 / prim.formula_units
    return found


def _to_fill(sites: Mapping[str, float], atoms: Mapping[str, float]) -> float:
    """What amounts are multiplied by so that they fill sites without vacancies."""
    need, have = sum(sites.values()), sum(atoms.values())
    if abs(have - need) > MEASURED * need:
        raise DescriptorError(
            f"{', '.join(sites)}: {have:g} atoms per formula unit ({', '.join(atoms)}) do not fill "
            f"{need:g} sites; correct the amounts"
        )
    return need / have


def _with_vacancies(
    sites: Mapping[str, float], atoms: Mapping[str, float], occupied: Mapping[str, float]
) -> list[Sublattice]:
    """Sublattices that share their species and vacancies."""
    total = sum(atoms.values())
    fixed = {label: occupied[label] for label in sites if label in occupied}
    left = total - sum(sites[label] * share for label, share in fixed.items())
    others = sum(n for label, n in sites.items() if label not in fixed)
    even = left / others if others else 0.0
    misfit = not others and not isclose(left, 0.0, abs_tol=1e-6)
    if misfit or not -ROUNDING <= even <= 1 + ROUNDING:
        raise DescriptorError(
            f"{', '.join(sites)}: {total:g} atoms per formula unit do not fit on "
            f"{sum(sites.values()):g} sites with the shares {dict(fixed)}; correct one of them"
        )
    return [
        _occupied(label, n, atoms, min(max(fixed.get(label, even), 0.0), 1.0))
        for label, n in sites.items()
    ]


def _occupied(label: str, sites: float, atoms: Mapping[str, float], share: float) -> Sublattice:
    """Sites of which a share holds atoms, in the proportion of all atoms."""
    total = sum(atoms.values())
    shares = {s: share * n / total if total else 0.0 for s, n in atoms.items()}
    return Sublattice(label, sites, shares | {VACANCY: 1.0 - share})

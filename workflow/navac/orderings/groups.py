"""Groups of sites that share their species, and compositions as vectors of counts.

The composition of a supercell is one vector per group: how many of its sites hold each species.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from navac.crystal.prim import Prim
from navac.orderings.ordering import OrderingError

Counts = tuple[tuple[int, ...], ...]
"""``[group][species]`` number of sites of a supercell."""


@dataclass(frozen=True)
class SiteGroup:
    """Active sublattices over which the amount of each species is counted together.

    Attributes:
        species: what the sites may hold, by code.
        sublattices: positions among the active sites of the prim.
    """

    species: tuple[str, ...]
    sublattices: tuple[int, ...]


def site_groups(prim: Prim, by_label: bool = False) -> tuple[SiteGroup, ...]:
    """The groups of a prim: sublattices of the same species, in the same order.

    Args:
        by_label: sublattices of different labels are different groups.
    """
    members: dict[tuple, list[int]] = {}
    for s, site in enumerate(prim.active):
        key = (prim.species[site], prim.labels[site] if by_label else "")
        members.setdefault(key, []).append(s)
    return tuple(SiteGroup(species, tuple(found)) for (species, _), found in members.items())


def vectors(sites: int, species: int) -> Iterator[tuple[int, ...]]:
    """Every way of dividing sites among species, the first species rising first."""
    if species == 1:
        yield (sites,)
        return
    for first in range(sites + 1):
        for rest in vectors(sites - first, species - 1):
            yield (first, *rest)


def compositions(groups: Sequence[SiteGroup], cells: int) -> Iterator[Counts]:
    """Every composition of supercells of a size."""
    yield from product(*(vectors(len(g.sublattices) * cells, len(g.species)) for g in groups))


def require_counts(groups: Sequence[SiteGroup], cells: int, counts: Counts) -> None:
    """Refuse counts that are not those of the groups' sites.

    Raises:
        OrderingError: with the group and what is expected.
    """
    if len(counts) != len(groups):
        raise OrderingError(f"counts: {len(counts)} vectors for {len(groups)} groups of sites")
    for group, vector in zip(groups, counts, strict=True):
        sites = len(group.sublattices) * cells
        if len(vector) != len(group.species) or sum(vector) != sites or min(vector) < 0:
            raise OrderingError(
                f"counts: {vector} does not fill the {sites} sites of {', '.join(group.species)} "
                f"in {cells} cells; give {len(group.species)} numbers from 0 whose sum is {sites}"
            )


def neutral(
    groups: Sequence[SiteGroup],
    counts: Counts,
    states: Mapping[str, Sequence[float]],
    fixed: float,
) -> bool:
    """Whether some choice of oxidation states balances the charge.

    Atoms of one species may be in different states; every sum between the least and the largest
    charge of the species is then possible on average, as in a metal of mixed valence.

    Args:
        states: oxidation states that each species may have; a vacancy has charge 0.
        fixed: charge of the other sites of the supercell.

    Raises:
        OrderingError: a species has no oxidation state.
    """
    low = high = fixed
    for group, vector in zip(groups, counts, strict=True):
        for species, number in zip(group.species, vector, strict=True):
            charges = [0.0] if species == "Va" else states.get(species, ())
            if not charges:
                raise OrderingError(
                    f"charges: {species} has no oxidation state; list those that it may have"
                )
            low, high = low + number * min(charges), high + number * max(charges)
    return low <= 1e-9 and high >= -1e-9

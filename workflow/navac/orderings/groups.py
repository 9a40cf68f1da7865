"""Groups of sites that share their species, and compositions as vectors of counts.

The composition of a supercell is one vector per group: how many of its sites hold each species.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

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


def group_sites(groups: Sequence[SiteGroup], size: int) -> list[np.ndarray]:
    """``[site]`` sites of a supercell of each group."""
    cells = np.arange(size)
    return [(np.array(g.sublattices)[:, None] * size + cells).ravel() for g in groups]


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

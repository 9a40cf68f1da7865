"""Supercells at compositions, and how many distinct orderings each has, before any is listed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod

from navac.crystal.prim import Prim
from navac.crystal.supercell import Supercell
from navac.crystal.symmetry import SpaceGroup
from navac.orderings.arrangements import MAX_BITS, bits_of
from navac.orderings.counting import cycle_types, number_of, ways
from navac.orderings.groups import Counts, SiteGroup, site_groups
from navac.orderings.ordering import OrderingError
from navac.orderings.symmetry import distinct_supercells
from navac.orderings.wanted import Wanted, wanted_counts


@dataclass(frozen=True)
class Room:
    """A supercell at a composition.

    Attributes:
        label: beginning of the ids of its orderings.
        counts: the composition.
        charges: of the species at this composition, e.
        distinct: number of distinct orderings, exclusions not regarded.
        listed: whether all are listed.
    """

    label: str
    supercell: Supercell
    counts: Counts
    charges: dict[str, float]
    distinct: int
    listed: bool


def rooms(
    prim: Prim, space_group: SpaceGroup, wanted: Wanted, max_cells: int, beyond: int
) -> list[Room]:
    """Every supercell at every wanted composition, with its exact number of distinct orderings.

    Args:
        beyond: ways of filling a supercell at a composition, up to which all are listed.

    Raises:
        OrderingError: too many compositions, or none; a species has no charge.
    """
    groups = site_groups(prim)
    found = []
    for size in range(1, max_cells + 1):
        compositions = wanted_counts(prim, groups, size, wanted)
        for index, supercell in enumerate(distinct_supercells(size, space_group)):
            types = cycle_types(prim, space_group, supercell, groups)
            for counts, charges in compositions.items():
                found.append(Room(
                    label=f"c{size}-h{index:02d}-{formula_of(groups, counts)}",
                    supercell=supercell,
                    counts=counts,
                    charges=charges,
                    distinct=number_of(types, groups, counts),
                    listed=_can_list(groups, counts, beyond),
                ))  # fmt: skip
    if not found:
        raise OrderingError(
            f"orderings: no supercell of up to {max_cells} cells has any of the compositions that "
            "are asked for; correct orderings.compositions, amounts and charges, or raise max_cells"
        )
    return found


def formula_of(groups: Sequence[SiteGroup], counts: Counts) -> str:
    """The atoms of a supercell, groups apart: ``Na6Va2_V3Cr1``."""
    return "_".join(
        "".join(f"{s}{n}" for s, n in zip(g.species, vector, strict=True) if n)
        for g, vector in zip(groups, counts, strict=True)
    )


def _can_list(groups: Sequence[SiteGroup], counts: Counts, limit: int) -> bool:
    raw = prod(ways((1,) * sum(vector), vector) for vector in counts)
    bits = sum(bits_of(g) * sum(v) for g, v in zip(groups, counts, strict=True))
    return raw <= limit and bits <= MAX_BITS


def counts_by_size(found: Sequence[Room]) -> Iterator[str]:
    """How many distinct orderings there are, a line per size, before any is listed."""
    for size in sorted({room.supercell.size for room in found}):
        own = [room for room in found if room.supercell.size == size]
        drawn = [room for room in own if not room.listed]
        compositions = len({room.counts for room in own})
        beyond = (
            f"; {sum(room.distinct for room in drawn)} of them in {len(drawn)} supercells and "
            "compositions that are too many to list and are drawn from" if drawn else ""
        )  # fmt: skip
        yield (f"{size} cells: {sum(room.distinct for room in own)} distinct orderings at "
               f"{compositions} compositions{beyond}")  # fmt: skip

"""Exact numbers of distinct orderings of any species, without listing them.

Burnside's lemma: the orderings distinct under a group are as many as, averaged over its elements,
occupations that an element leaves unchanged. An occupation is unchanged if each cycle of sites
holds one species, so that with given amounts they are a coefficient of a product of power sums
(Pólya). Occupations that repeat within the supercell belong to a smaller one; they are taken off
by Möbius inversion over the groups of translations that they may repeat under.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from math import comb, prod

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from navac.crystal.prim import Prim
from navac.crystal.supercell import Supercell
from navac.crystal.symmetry import SpaceGroup
from navac.orderings.groups import Counts, SiteGroup, group_sites, require_counts, vectors
from navac.orderings.symmetry import SupercellSymmetry, distinct_supercells, supercell_symmetry


def count_distinct(
    prim: Prim,
    space_group: SpaceGroup,
    supercell: Supercell,
    groups: Sequence[SiteGroup],
    counts: Counts | None = None,
) -> int:
    """Distinct orderings of one supercell that do not repeat within it.

    Args:
        counts: the composition; None for all compositions together.

    Raises:
        OrderingError: the counts are not those of the groups.
    """
    if counts is not None:
        require_counts(groups, supercell.size, counts)
    return number_of(cycle_types(prim, space_group, supercell, groups), groups, counts)


@dataclass(frozen=True)
class CycleTypes:
    """How the symmetry of a supercell acts on its sites.

    Attributes:
        elements: of the symmetry.
        weights: by the lengths of the cycles in each group of sites, the number of elements with
            these, repetitions within the supercell taken off.
    """

    elements: int
    weights: dict[tuple[tuple[int, ...], ...], int]


def cycle_types(
    prim: Prim, space_group: SpaceGroup, supercell: Supercell, groups: Sequence[SiteGroup]
) -> CycleTypes:
    """The cycles of a supercell, from which the orderings of every composition are counted."""
    symmetry = supercell_symmetry(prim, space_group, supercell)
    sites = group_sites(groups, supercell.size)
    shifts = list(_repetitions(symmetry))
    weights: Counter[tuple[tuple[int, ...], ...]] = Counter()
    for element in symmetry.permutations:
        for generators, weight in shifts:
            label = _cycles(np.vstack([element, symmetry.permutations[generators]]))
            lengths = [tuple(sorted(Counter(label[own].tolist()).values())) for own in sites]
            weights[tuple(lengths)] += weight
    return CycleTypes(elements=len(symmetry.permutations), weights=dict(weights))


def number_of(types: CycleTypes, groups: Sequence[SiteGroup], counts: Counts | None = None) -> int:
    """Distinct orderings at a composition; None for all compositions together."""
    total = sum(w * _unchanged(own, groups, counts) for own, w in types.weights.items())
    number, rest = divmod(total, types.elements)
    assert rest == 0, "orbits are whole"
    return number


def count_distinct_of_size(
    prim: Prim,
    space_group: SpaceGroup,
    cells: int,
    groups: Sequence[SiteGroup],
    counts: Counts | None = None,
) -> int:
    """Distinct orderings of all supercells of a size; see :func:`count_distinct`."""
    return sum(
        count_distinct(prim, space_group, supercell, groups, counts)
        for supercell in distinct_supercells(cells, space_group)
    )


def _unchanged(
    lengths: Sequence[tuple[int, ...]], groups: Sequence[SiteGroup], counts: Counts | None
) -> int:
    """Occupations in which every cycle holds one species."""
    if counts is None:
        return prod(len(g.species) ** len(own) for g, own in zip(groups, lengths, strict=True))
    return prod(ways(own, vector) for own, vector in zip(lengths, counts, strict=True))


@lru_cache(maxsize=1 << 16)
def ways(lengths: tuple[int, ...], counts: tuple[int, ...]) -> int:
    """How many ways there are of giving each cycle a species so that the amounts are right.

    Args:
        lengths: of the cycles, rising.
        counts: sites that each species holds.
    """
    if not lengths:
        return int(not any(counts))
    longest = lengths[-1]
    alike = lengths.count(longest)
    total = 0
    for given in vectors(alike, len(counts)):
        left = tuple(c - longest * g for c, g in zip(counts, given, strict=True))
        if min(left) >= 0:
            total += _multinomial(given) * ways(lengths[:-alike], left)
    return total


def _multinomial(counts: Sequence[int]) -> int:
    return prod(comb(sum(counts[: k + 1]), c) for k, c in enumerate(counts))


def _cycles(generators: np.ndarray) -> np.ndarray:
    """``[site]`` which orbit of a group each site is in, from permutations that generate it."""
    sites = generators.shape[1]
    start = np.tile(np.arange(sites), len(generators))
    edges = coo_array((np.ones(len(start)), (start, generators.ravel())), shape=(sites, sites))
    return connected_components(edges, directed=False)[1]


def _repetitions(symmetry: SupercellSymmetry) -> Iterator[tuple[list[int], int]]:
    """Groups of translations as (generators, Möbius function), where the latter is not zero.

    These are products of elementary abelian groups, one for each prime: (−1)^d p^(d(d−1)/2) for
    p^d translations.
    """
    size = symmetry.translations
    # Translation i carries cell j of the first sublattice onto cell i + j.
    add = symmetry.permutations[:size, :size]
    primes = [p for p in range(2, size + 1) if size % p == 0 and all(p % q for q in range(2, p))]
    for parts in product(*(_elementary(add, p) for p in primes)):
        generators = [g for some, _ in parts for g in some]
        yield generators, prod(weight for _, weight in parts)


def _elementary(add: np.ndarray, p: int) -> list[tuple[list[int], int]]:
    """Subgroups of translations of order p, with generators and Möbius function."""

    def multiples(i: int) -> list[int]:
        found = [0]
        for _ in range(p - 1):
            found.append(int(add[i, found[-1]]))
        return found

    of_order_p = [i for i in range(1, len(add)) if add[i, multiples(i)[-1]] == 0]
    level: dict[frozenset[int], list[int]] = {frozenset({0}): []}
    found: list[tuple[list[int], int]] = []
    dimension = 0
    while level:
        sign = (-1) ** dimension * p ** (dimension * (dimension - 1) // 2)
        found += [(generators, sign) for generators in level.values()]
        level = {
            frozenset(int(add[h, m]) for h in group for m in multiples(i)): [*generators, i]
            for group, generators in level.items()
            for i in of_order_p
            if i not in group
        }
        dimension += 1
    return found

"""Every distinct ordering of several species in one supercell, at a composition.

Occupations are integers, as in :mod:`navac.orderings.symmetry`, with as many bits per site as the
codes of its species need. Sites are taken group by group.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from math import prod

import numpy as np

from navac.crystal.prim import Prim
from navac.crystal.supercell import Supercell
from navac.crystal.symmetry import SpaceGroup
from navac.orderings.counting import ways
from navac.orderings.groups import Counts, SiteGroup, require_counts
from navac.orderings.ordering import OrderingError
from navac.orderings.symmetry import SupercellSymmetry, supercell_symmetry

MAX_BITS = 62
"""A non-negative int64 has 63 bits."""
_BATCH = 1 << 16


@dataclass(frozen=True)
class Arrangements:
    """Distinct occupations of a supercell.

    Attributes:
        occupation: ``[ordering, site]`` codes.
        degeneracy: ``[ordering]`` distinct images under the symmetry of the supercell.
    """

    occupation: np.ndarray
    degeneracy: np.ndarray


def distinct_arrangements(
    prim: Prim,
    space_group: SpaceGroup,
    supercell: Supercell,
    groups: Sequence[SiteGroup],
    counts: Counts,
    limit: int = 11_000_000,
) -> Arrangements:
    """Every distinct ordering at a composition that does not repeat within the supercell.

    Raises:
        OrderingError: the counts are not those of the groups, the supercell has too many sites, or
            there are more than ``limit`` occupations to look at.
    """
    require_counts(groups, supercell.size, counts)
    bits = [bits_of(g) for g in groups]
    sites = [len(g.sublattices) * supercell.size for g in groups]
    _refuse_too_many(sites, counts, bits, limit)
    order = np.concatenate(
        [s * supercell.size + np.arange(supercell.size) for g in groups for s in g.sublattices]
    )
    widths = np.repeat(bits, sites)
    symmetry = _on_bits(supercell_symmetry(prim, space_group, supercell), order, widths)
    patterns = np.concatenate(
        [symmetry.only_canonical(batch) for batch in _batches(sites, counts, bits)]
    )
    fixed, shifts = symmetry.stabiliser(patterns)
    primitive = shifts == 1
    occupation = np.empty((int(primitive.sum()), len(order)), np.int8)
    occupation[:, order] = _codes(patterns[primitive], widths)
    return Arrangements(occupation, len(symmetry.permutations) // fixed[primitive])


def bits_of(group: SiteGroup) -> int:
    """Bits that the codes of a site of a group need."""
    return max(1, (len(group.species) - 1).bit_length())


def _refuse_too_many(sites: Sequence[int], counts: Counts, bits: Sequence[int], limit: int) -> None:
    if (needed := int(np.dot(bits, sites))) > MAX_BITS:
        raise OrderingError(
            f"counts: {sum(sites)} sites need {needed} bits, more than the {MAX_BITS} that can be "
            "listed; take a smaller supercell, or draw orderings"
        )
    raw = prod(ways((1,) * n, c) for n, c in zip(sites, counts, strict=True))
    if raw > limit:
        raise OrderingError(
            f"counts: {raw} occupations of the supercell are more than the limit of {limit}; raise "
            "it, take a smaller supercell, or draw orderings"
        )


def _on_bits(
    symmetry: SupercellSymmetry, order: np.ndarray, widths: np.ndarray
) -> SupercellSymmetry:
    """The same permutations acting on the bits of the sites, these taken in an order."""
    place = np.argsort(order)
    onto = place[symmetry.permutations[:, order]]
    first = np.cumsum(widths) - widths
    bit = np.concatenate([np.arange(w) for w in widths])
    site = np.repeat(np.arange(len(widths)), widths)
    return SupercellSymmetry(first[onto[:, site]] + bit, symmetry.translations)


def _batches(sites: Sequence[int], counts: Counts, bits: Sequence[int]) -> Iterator[np.ndarray]:
    """All patterns of a composition, some at a time; the first group has the highest bits."""
    parts = [_patterns(n, c, w) for n, c, w in zip(sites, counts, bits, strict=True)]
    lengths = [w * n for w, n in zip(bits, sites, strict=True)]
    below = [sum(lengths[k + 1 :]) for k in range(len(lengths))]
    *others, last = parts
    for higher in product(*(part.tolist() for part in others)):
        start = sum(value << low for value, low in zip(higher, below[:-1], strict=True))
        for first in range(0, len(last), _BATCH):
            yield last[first : first + _BATCH] + start


@lru_cache(maxsize=1 << 12)
def _patterns(sites: int, counts: tuple[int, ...], width: int) -> np.ndarray:
    """Every pattern of some sites with these numbers of each species, joined from two halves."""
    if sites == 1:
        return np.array([counts.index(1)], np.int64)
    low = sites // 2
    splits = [own for own in product(*(range(min(c, low) + 1) for c in counts)) if sum(own) == low]
    return np.concatenate([
        (
            _patterns(sites - low, tuple(c - k for c, k in zip(counts, own, strict=True)), width)
            [:, None] << low * width
            | _patterns(low, own, width)
        ).ravel()
        for own in splits
    ])  # fmt: skip


def _codes(patterns: np.ndarray, widths: np.ndarray) -> np.ndarray:
    """``[ordering, site]`` codes of patterns, the first site in the highest bits."""
    shift = widths.sum() - np.cumsum(widths)
    return (patterns[:, None] >> shift & (1 << widths) - 1).astype(np.int8)

"""The symmetry of supercells: which of them are distinct, and which of their occupations.

An occupation is handled as one integer, its *pattern*: a bit per site, site 0 the highest, so
that comparing integers compares occupations lexicographically. The smallest image of a
pattern under the symmetry of its supercell is its canonical form.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from navac.crystal.prim import Prim
from navac.crystal.sites import binary
from navac.crystal.supercell import Supercell, hermite_normal_forms, spanned
from navac.crystal.symmetry import SpaceGroup
from navac.orderings.ordering import Ordering

_DIGIT = 12  # bits looked up at once: a table of 4096 integers stays in the fastest cache


@dataclass(frozen=True)
class SupercellSymmetry:
    """The symmetry of a supercell as permutations of its active sites.

    Attributes:
        permutations: ``[element, site]`` site that each site is carried onto, the whole group.
        translations: how many elements, the first ones, are lattice translations.
    """

    permutations: np.ndarray
    translations: int

    @cached_property
    def _tables(self) -> np.ndarray:
        """``[element, digit, value]`` image of every value of every digit of a pattern."""
        order, sites = self.permutations.shape
        digits = -(-sites // _DIGIT)
        onto = np.zeros((order, digits * _DIGIT), np.int64)
        onto[:, :sites] = np.int64(1) << (sites - 1 - self.permutations[:, ::-1])
        values = np.arange(1 << _DIGIT)[:, None] >> np.arange(_DIGIT) & 1
        return np.einsum("vb,gdb->gdv", values, onto.reshape(order, digits, _DIGIT))

    def image(self, element: int, patterns: np.ndarray) -> np.ndarray:
        """``patterns[...]`` carried along by one element of the group."""
        low, *higher = self._tables[element]
        image = low[patterns & (1 << _DIGIT) - 1]
        for digit, table in enumerate(higher, start=1):
            image |= table[patterns >> digit * _DIGIT & (1 << _DIGIT) - 1]
        return image

    def canonical(self, patterns: np.ndarray) -> np.ndarray:
        """The smallest image of each of ``patterns[...]``."""
        smallest = patterns
        for element in range(len(self.permutations)):
            smallest = np.minimum(smallest, self.image(element, patterns))
        return smallest

    def only_canonical(self, patterns: np.ndarray) -> np.ndarray:
        """Those of ``patterns[ordering]`` that are their own smallest image."""
        # Dropping the beaten ones at once leaves few to carry through the later elements.
        for element in range(len(self.permutations)):
            patterns = patterns[self.image(element, patterns) >= patterns]
        return patterns

    def stabiliser(self, patterns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How many elements, and how many translations, leave each pattern unchanged."""
        fixed = np.zeros(len(patterns), int)
        for element in range(len(self.permutations)):
            fixed += self.image(element, patterns) == patterns
            if element == self.translations - 1:
                shifts = fixed.copy()
        return fixed, shifts


def smallest_images(
    symmetry: SupercellSymmetry, occupation: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The lexicographically smallest image of every ``occupation[ordering, site]``, any species.

    Returns:
        ``[ordering, site]`` images, and ``[ordering]`` how many elements and how many translations
        leave an ordering unchanged.
    """
    permutations = symmetry.permutations
    back = np.argsort(permutations, axis=1)
    smallest = np.empty_like(occupation)
    fixed, shifts = np.zeros((2, len(occupation)), int)
    for row, own in enumerate(occupation):
        images = own[back]
        same = (images == own).all(axis=1)
        fixed[row], shifts[row] = same.sum(), same[: symmetry.translations].sum()
        smallest[row] = min(map(tuple, images.tolist()))
    return smallest, fixed, shifts


def supercell_symmetry(
    prim: Prim, space_group: SpaceGroup, supercell: Supercell
) -> SupercellSymmetry:
    """Translations of a supercell and the operations that keep its superlattice, combined."""
    row = {int(site): k for k, site in enumerate(prim.active)}
    at_home = np.zeros((len(row), 3), int)
    operations = [(np.eye(3, dtype=int), prim.active, at_home)] + [
        (rotation, space_group.image_site[op, prim.active], space_group.image_cell[op, prim.active])
        for op, rotation in enumerate(space_group.rotations)
        if _maps_onto(rotation, supercell, supercell)
    ]
    elements = []
    for rotation, onto, offset in operations:
        image_row = np.array([row[int(site)] for site in onto])[:, None]
        cells = supercell.cells @ rotation.T + offset[:, None]
        elements += [tuple(supercell.site(image_row, cells + t).ravel()) for t in supercell.cells]
    # The group of a small supercell may act on its sites with fewer distinct permutations.
    return SupercellSymmetry(np.array(list(dict.fromkeys(elements))), supercell.size)


def distinct_supercells(size: int, space_group: SpaceGroup) -> list[Supercell]:
    """One supercell of every set that the rotations of the space group carry onto each other."""
    distinct: list[Supercell] = []
    for new in map(Supercell, hermite_normal_forms(size)):
        if not any(_maps_onto(r, new, old) for old in distinct for r in space_group.rotations):
            distinct.append(new)
    return distinct


def _maps_onto(rotation: np.ndarray, one: Supercell, other: Supercell) -> bool:
    """Whether a rotation carries the superlattice of ``one`` onto that of ``other``."""
    return not other.wrap(np.array(one.hnf) @ rotation.T).any()


def canonical_key(
    prim: Prim, space_group: SpaceGroup, supercell: Supercell, occupation: np.ndarray
) -> tuple[tuple[int, ...], bytes]:
    """What two ``occupation[site]`` share exactly if they are one ordering of the crystal.

    They may be given in different supercells, larger than needed ones too.
    """
    return min(_images(prim, space_group, supercell, occupation))


def canonical_form(
    prim: Prim, space_group: SpaceGroup, supercell: Supercell, occupation: np.ndarray
) -> tuple[tuple[int, ...], np.ndarray, int]:
    """The ordering that ``occupation[site]`` is, in the smallest supercell and the same for all.

    Returns:
        the nine elements of the supercell, the occupation of its sites, and how many distinct
        images that has in it.
    """
    images = set(_images(prim, space_group, supercell, occupation))
    hnf, filled = min(images)
    degeneracy = sum(image[0] == hnf for image in images)
    return hnf, np.frombuffer(filled, np.int8).copy(), degeneracy


def _images(
    prim: Prim, space_group: SpaceGroup, supercell: Supercell, occupation: np.ndarray
) -> list[tuple[tuple[int, ...], bytes]]:
    """Supercell and occupation of every image under the space group, its period not repeated."""
    row = {int(site): k for k, site in enumerate(prim.active)}
    home, filled = _smallest(supercell, np.reshape(occupation, (len(row), supercell.size)))
    keys: list[tuple[tuple[int, ...], bytes]] = []
    for op, rotation in enumerate(space_group.rotations):
        image = spanned(np.array(home.hnf) @ rotation.T)
        onto = np.array([row[int(s)] for s in space_group.image_site[op, prim.active]])[:, None]
        offset = space_group.image_cell[op, prim.active]
        cells = home.cells @ rotation.T + offset[:, None]
        for shift in image.cells:
            moved = np.empty(filled.size, np.int8)
            moved[image.site(onto, cells + shift)] = filled
            keys.append((sum(image.hnf, ()), moved.tobytes()))
    return keys


def without_equivalents(
    prim: Prim, space_group: SpaceGroup, new: Sequence[Ordering], known: Sequence[Ordering]
) -> list[Ordering]:
    """Those of ``new`` that are not, by symmetry, among ``known`` or earlier in ``new``."""

    def key(ordering: Ordering) -> tuple[tuple[int, ...], bytes]:
        return canonical_key(prim, space_group, ordering.supercell, ordering.occupation)

    x = {round(o.x, 6) for o in new}
    seen = {key(o) for o in known if round(o.x, 6) in x}
    distinct = []
    for ordering in new:
        if (own := key(ordering)) not in seen:
            seen.add(own)
            distinct.append(ordering)
    return distinct


def _smallest(supercell: Supercell, filled: np.ndarray) -> tuple[Supercell, np.ndarray]:
    """An occupation ``filled[sublattice, cell]`` with its full period only."""
    periods = [
        t
        for t in supercell.cells
        if np.array_equal(filled[:, supercell.wrap(supercell.cells + t)], filled)
    ]
    home = spanned(np.concatenate([supercell.hnf, periods]))
    return home, filled[:, supercell.wrap(home.cells)]


def pack(occupation: np.ndarray) -> np.ndarray:
    """``[ordering]`` patterns of binary ``occupation[ordering, site]``.

    Raises:
        SiteError: a site holds a third species.
    """
    weights = np.int64(1) << np.arange(occupation.shape[1])[::-1]
    return binary(occupation).astype(np.int64) @ weights


def unpack(patterns: np.ndarray, sites: int) -> np.ndarray:
    """``[ordering, site]`` int8 occupations of ``patterns[ordering]``; undoes :func:`pack`."""
    return (patterns[:, None] >> np.arange(sites)[::-1] & 1).astype(np.int8)


def binary_patterns(bits: int, ones: int) -> np.ndarray:
    """Every integer of ``bits`` bits with ``ones`` of them set, joined from two halves."""
    if bits <= 1:
        return np.full(1, ones, np.int64)
    low, high = bits // 2, bits - bits // 2
    return np.concatenate(
        [
            (binary_patterns(high, k)[:, None] << low | binary_patterns(low, ones - k)).ravel()
            for k in range(max(0, ones - low), min(ones, high) + 1)
        ]
    )

"""Symmetry-distinct orderings of two species on the active sites of a prim.

Every symmetry-distinct supercell up to a size is filled in every distinct way at given
compositions (the derivative structures of Hart and Forcade, Phys. Rev. B 77, 224115). Where
the occupations are too many to list, low-energy candidates stand in for them.

An occupation is handled as one integer, its *pattern*: a bit per site, site 0 the highest, so
that comparing integers compares occupations lexicographically. The smallest image of a
pattern under the symmetry of its supercell is its canonical form.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import comb
from pathlib import Path

import numpy as np

from navac.crystal import Prim, SpaceGroup
from navac.ewald import EwaldModel, anneal_swaps, build_ewald
from navac.supercell import Supercell, hermite_normal_forms

_MAX_SITES = 62  # a non-negative int64 has 63 bits
_DIGIT = 12  # bits looked up at once: a table of 4096 integers stays in the fastest cache
_BATCH = 1 << 16


class OrderingError(ValueError):
    """Orderings that cannot be enumerated, or a file of orderings that cannot be read."""


@dataclass(frozen=True, eq=False)
class Ordering:
    """One way of filling the active sites, with the full period of its supercell.

    Attributes:
        id: ``c<cells>-h<supercell>-x<composition>-<rank>``; the supercell counts the distinct
            ones of that size, the rank the found orderings of that supercell and composition
            by rising Ewald energy.
        hnf: the nine elements of the supercell's Hermite normal form, row by row.
        x: counted species per formula unit.
        occupation: ``[site]`` int8 index into ``prim.species`` of every active site,
            ``site = sublattice * size + cell``.
        degeneracy: distinct images of the occupation under the symmetry of its supercell,
            translations included.
        ewald_eV_per_cell: electrostatic energy, eV per primitive cell, to 1e-8.
    """

    id: str
    hnf: tuple[int, ...]
    x: float
    occupation: np.ndarray
    degeneracy: int
    ewald_eV_per_cell: float

    @property
    def supercell(self) -> Supercell:
        """The supercell the occupation refers to."""
        return Supercell(tuple(tuple(self.hnf[i : i + 3]) for i in (0, 3, 6)))

    @property
    def cells(self) -> int:
        """Prims in the supercell."""
        return self.supercell.size


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


def pack(occupation: np.ndarray) -> np.ndarray:
    """``[ordering]`` patterns of binary ``occupation[ordering, site]``."""
    weights = np.int64(1) << np.arange(occupation.shape[1])[::-1]
    return occupation.astype(np.int64) @ weights


def unpack(patterns: np.ndarray, sites: int) -> np.ndarray:
    """``[ordering, site]`` int8 occupations of ``patterns[ordering]``; undoes :func:`pack`."""
    return (patterns[:, None] >> np.arange(sites)[::-1] & 1).astype(np.int8)


def _patterns(bits: int, ones: int) -> np.ndarray:
    """Every integer of ``bits`` bits with ``ones`` of them set, joined from two halves."""
    if bits <= 1:
        return np.full(1, ones, np.int64)
    low, high = bits // 2, bits - bits // 2
    return np.concatenate(
        [
            (_patterns(high, k)[:, None] << low | _patterns(low, ones - k)).ravel()
            for k in range(max(0, ones - low), min(ones, high) + 1)
        ]
    )


@dataclass(frozen=True)
class _Vessel:
    """A supercell ready to be filled."""

    label: str
    supercell: Supercell
    counted: np.ndarray
    symmetry: SupercellSymmetry
    model: EwaldModel

    def fill(self, x: float, patterns: np.ndarray, most: int | None) -> list[Ordering]:
        """Orderings of distinct canonical patterns, lowest energy first."""
        fixed, shifts = self.symmetry.stabiliser(patterns)
        primitive = shifts == 1
        patterns, fixed = patterns[primitive], fixed[primitive]
        # Rounded, so that what is exactly degenerate is ranked by pattern on every machine.
        energy = np.round(self._energies(patterns), 8)
        lowest = np.lexsort((patterns, energy))[:most]
        rows = zip(lowest, unpack(patterns[lowest], len(self.counted)), strict=True)
        return [
            Ordering(
                id=f"{self.label}-x{x:.2f}-{rank:04d}",
                hnf=tuple(int(n) for row in self.supercell.hnf for n in row),
                x=x,
                occupation=occupation,
                degeneracy=len(self.symmetry.permutations) // int(fixed[i]),
                ewald_eV_per_cell=float(energy[i]),
            )
            for rank, (i, occupation) in enumerate(rows)
        ]

    def _energies(self, patterns: np.ndarray) -> np.ndarray:
        batches = np.split(patterns, range(_BATCH, len(patterns), _BATCH))
        sites = len(self.counted)
        return np.concatenate([self.model.energies(unpack(batch, sites)) for batch in batches])

    def all_patterns(self, count: int) -> np.ndarray:
        """Every canonical pattern with ``count`` sites holding the counted species."""
        # A set bit of `held` marks a site that holds it; of a pattern, species index 1.
        held = _patterns(len(self.counted), count)
        flip = pack(1 - self.counted[None])
        batches = np.split(held, range(_BATCH, len(held), _BATCH))
        return np.concatenate([self.symmetry.only_canonical(batch ^ flip) for batch in batches])

    def low_patterns(self, count: int, most: int | None, seed: tuple[int, ...]) -> np.ndarray:
        """Canonical patterns of low energy that an annealing visits."""
        # An ordering may be visited in as many images as the group has elements; the factor of
        # two makes up for visited orderings that turn out to repeat within the supercell.
        keep = most and 2 * most * len(self.symmetry.permutations)
        visited = anneal_swaps(self.model, self.counted, count, keep=keep, seed=seed)
        return np.unique(self.symmetry.canonical(pack(visited)))


def enumerate_orderings(
    prim: Prim,
    space_group: SpaceGroup,
    *,
    max_cells: int,
    compositions: Sequence[float],
    species: str,
    charges: Mapping[str, float],
    max_per_composition: int | None = 500,
    total: int | None = None,
    always_keep_cells: int = 1,
    exhaustive_limit: int = 11_000_000,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> list[Ordering]:
    """Symmetry-distinct orderings of all supercells of up to ``max_cells`` prims.

    Exact where a supercell can be filled in at most ``exhaustive_limit`` ways at a
    composition: all orderings are found, the lowest kept. Beyond it the candidates are what
    :func:`~navac.ewald.anneal_swaps` visits: distinct and of low Ewald energy, but some of
    the lowest may be missing. An ordering that repeats within its supercell is left to the
    smaller supercell that it fills.

    Args:
        compositions: ``species`` per formula unit; a supercell in which the number of sites
            would not be whole is passed over for that composition.
        species: the counted species; every active site may hold it and one other.
        charges: charge of every species, e, for the Ewald energies.
        max_per_composition: most orderings kept at a composition, lowest Ewald energy first,
            over all supercells together; ``None`` keeps all that are found.
        total: if given, the number of orderings drawn at random from those kept, spread evenly
            over the compositions; all that are kept if they are fewer.
        always_keep_cells: orderings of supercells with at most so many prims survive both
            cuts, for ground states are found among them; so does the lowest of a composition.
        progress: called as ``progress(done, of)`` after every supercell and composition.

    Returns:
        Orderings by composition, supercell size, supercell and Ewald energy. The same
        arguments give the same orderings.

    Raises:
        OrderingError: an active site is not binary, a composition fits no supercell, …
        EwaldError: a species has no charge.
    """
    counted = _counted_index(prim, species)
    wanted = _commensurate(prim, len(counted), max_cells, compositions)
    shells = {size: distinct_supercells(size, space_group) for size in wanted}
    of = sum(len(shells[size]) * len(wanted[size]) for size in wanted)
    pools: dict[float, list[Ordering]] = {float(x): [] for x in sorted(compositions)}
    done = 0
    for size, index, supercell in ((s, i, c) for s in shells for i, c in enumerate(shells[s])):
        most = None if size <= always_keep_cells else max_per_composition
        vessel = _Vessel(
            label=f"c{size}-h{index:02d}",
            supercell=supercell,
            counted=np.repeat(counted, size),
            symmetry=supercell_symmetry(prim, space_group, supercell),
            model=build_ewald(prim, supercell, charges),
        )
        for x, count in wanted[size].items():
            if comb(len(vessel.counted), count) <= exhaustive_limit:
                patterns = vessel.all_patterns(count)
            else:
                patterns = vessel.low_patterns(count, most, (seed, size, index, count))
            pools[x] += vessel.fill(x, patterns, most)
            done += 1
            if progress:
                progress(done, of)
    pools = {x: _lowest(p, max_per_composition, always_keep_cells) for x, p in pools.items()}
    if total is not None:
        pools = _spread(pools, total, always_keep_cells, seed)
    return [ordering for pool in pools.values() for ordering in pool]


def _counted_index(prim: Prim, species: str) -> np.ndarray:
    """``[active site]`` index, 0 or 1, of the counted species among those the site may hold."""
    for site in prim.active:
        allowed = prim.species[site]
        if len(allowed) != 2 or species not in allowed:
            raise OrderingError(
                f"site {site} ({prim.labels[site]}) may hold {', '.join(allowed)}: orderings are "
                f"enumerated over sites that hold {species} or one other species; fix the site to "
                "one species for the enumeration, or list two"
            )
    if not len(prim.active):
        raise OrderingError("the prim has no site with two species; give one in prim.sites")
    return np.array([prim.species[site].index(species) for site in prim.active])


def _commensurate(
    prim: Prim, sites: int, max_cells: int, compositions: Sequence[float]
) -> dict[int, dict[float, int]]:
    """Per supercell size, the compositions that fit it and their number of counted sites."""
    if sites * max_cells > _MAX_SITES:
        raise OrderingError(
            f"max_cells: {max_cells} cells hold {sites * max_cells} active sites, more than the "
            f"{_MAX_SITES} that can be enumerated; lower it to {_MAX_SITES // sites}"
        )
    wanted: dict[int, dict[float, int]] = {size: {} for size in range(1, max_cells + 1)}
    for x, size in ((float(x), size) for x in compositions for size in wanted):
        count = x * prim.formula_units * size
        if abs(count - round(count)) < 1e-6 and 0 <= round(count) <= sites * size:
            wanted[size][x] = round(count)
    if unfit := sorted(set(map(float, compositions)) - {x for fit in wanted.values() for x in fit}):
        raise OrderingError(
            f"compositions: x = {', '.join(map(str, unfit))} fit no supercell of up to {max_cells} "
            f"cells of {sites} active sites and {prim.formula_units} formula units; remove them "
            "or raise max_cells"
        )
    return wanted


def _rank_key(ordering: Ordering) -> tuple[float, int, str]:
    return ordering.ewald_eV_per_cell, ordering.cells, ordering.id


def _in_order(chosen: Iterable[Ordering]) -> list[Ordering]:
    return sorted(chosen, key=lambda o: (o.cells, o.id.rpartition("-")[0], _rank_key(o)))


def _lowest(pool: list[Ordering], most: int | None, always: int) -> list[Ordering]:
    """The ``most`` lowest of one composition, or all that are always kept if these are more."""
    kept, others = _always_kept(pool, always)
    room = None if most is None else max(0, most - len(kept))
    return _in_order(kept + sorted(others, key=_rank_key)[:room])


def _always_kept(pool: list[Ordering], always: int) -> tuple[list[Ordering], list[Ordering]]:
    """The lowest of one composition with all of up to ``always`` cells, and the others."""
    lowest = min(pool, key=_rank_key, default=None)
    kept = [o for o in pool if o is lowest or o.cells <= always]
    return kept, [o for o in pool if not (o is lowest or o.cells <= always)]


def _spread(
    pools: Mapping[float, list[Ordering]], total: int, always: int, seed: int
) -> dict[float, list[Ordering]]:
    """``total`` orderings, as evenly over the compositions as their numbers allow."""
    chosen, rest = {}, {}
    rng = np.random.default_rng(seed)
    for x, pool in pools.items():
        chosen[x], others = _always_kept(pool, always)
        rest[x] = [others[i] for i in rng.permutation(len(others))]
    if (must := sum(map(len, chosen.values()))) > total:
        raise OrderingError(
            f"total: {total} is less than the {must} orderings that are always kept (the lowest at "
            f"each composition and all of up to {always} cells); raise it to {must}"
        )
    while must < total and any(rest.values()):
        x = min((x for x in rest if rest[x]), key=lambda x: len(chosen[x]))
        chosen[x].append(rest[x].pop())
        must += 1
    return {x: _in_order(some) for x, some in chosen.items()}


COLUMNS = ("id", "cells", "hnf", "x", "occupation", "degeneracy", "ewald_eV_per_cell")


def write_orderings(path: str | Path, orderings: Iterable[Ordering]) -> None:
    """Write orderings as CSV: the nine HNF elements space separated, a digit per site."""
    part = Path(f"{path}.part")
    with part.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for o in orderings:
            hnf, occupation = " ".join(map(str, o.hnf)), "".join(map(str, o.occupation))
            writer.writerow(
                (o.id, o.cells, hnf, o.x, occupation, o.degeneracy, o.ewald_eV_per_cell)
            )
    os.replace(part, path)


def read_orderings(path: str | Path) -> list[Ordering]:
    """Read what :func:`write_orderings` wrote.

    Raises:
        OrderingError: with file, row (the header is row 1), field and fix.
    """
    with Path(path).open(newline="") as file:
        reader = csv.DictReader(file)
        if missing := [c for c in COLUMNS if c not in (reader.fieldnames or ())]:
            raise OrderingError(
                f"{path}, row 1: no column {', '.join(missing)}; the header must be "
                f"{','.join(COLUMNS)}"
            )
        rows = [(reader.line_num, row) for row in reader]
    orderings: dict[str, Ordering] = {}
    for number, row in rows:
        ordering = _parse(row, f"{path}, row {number}")
        if orderings.setdefault(ordering.id, ordering) is not ordering:
            raise OrderingError(
                f"{path}, row {number}, id: {ordering.id} is in an earlier row; remove one of them"
            )
    return list(orderings.values())


def _parse(row: Mapping[str, str | None], where: str) -> Ordering:
    """One row of a file of orderings."""

    def field(name: str, read: Callable, form: str):
        try:
            return read(row[name])
        except (TypeError, ValueError, AttributeError) as error:
            raise OrderingError(
                f"{where}, {name}: {row[name]!r} is not {form}; correct it, or write the file again"
            ) from error

    if None in row:
        raise OrderingError(f"{where}: more than {len(COLUMNS)} fields; remove {row[None]}")
    hnf = field("hnf", _read_hnf, "nine integers of a lower-triangular Hermite normal form")
    cells = hnf[0] * hnf[4] * hnf[8]
    field("cells", lambda text: _require(int(text) == cells), f"{cells}, the determinant of hnf")
    return Ordering(
        id=field("id", lambda text: _require(text) and text, "a name"),
        hnf=hnf,
        x=field("x", _finite, "a number"),
        occupation=field(
            "occupation",
            lambda text: _read_occupation(text, cells),
            f"a digit 0 or 1 per site, a multiple of {cells} cells",
        ),
        degeneracy=field("degeneracy", _positive, "a positive integer"),
        ewald_eV_per_cell=field("ewald_eV_per_cell", _finite, "a number"),
    )


def _require(condition: object) -> bool:
    if not condition:
        raise ValueError
    return True


def _finite(text: str) -> float:
    _require(np.isfinite(value := float(text)))
    return value


def _positive(text: str) -> int:
    _require((value := int(text)) > 0)
    return value


def _read_hnf(text: str) -> tuple[int, ...]:
    a, _, _, b, c, _, d, e, f = hnf = tuple(map(int, text.split()))
    _require(hnf == (a, 0, 0, b, c, 0, d, e, f) and 0 <= b < a and 0 <= d < a and 0 <= e < c)
    _require(f > 0)
    return hnf


def _read_occupation(text: str, cells: int) -> np.ndarray:
    _require(text and len(text) % cells == 0 and set(text) <= set("01"))
    return np.array(list(text), np.int8)

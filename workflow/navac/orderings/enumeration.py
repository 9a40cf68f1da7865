"""Enumeration of the symmetry-distinct orderings of a prim.

Every symmetry-distinct supercell up to a size is filled in every distinct way at given
compositions (the derivative structures of Hart and Forcade, Phys. Rev. B 77, 224115). Where
the occupations are too many to list, low-energy candidates stand in for them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from navac.composition import atoms_per_cell
from navac.crystal.prim import Prim
from navac.crystal.symmetry import SpaceGroup
from navac.orderings.ewald import build_ewald
from navac.orderings.exclusions import exclusion_patterns
from navac.orderings.filling import Vessel, all_patterns
from navac.orderings.ordering import Ordering, OrderingError
from navac.orderings.selection import selected, spread
from navac.orderings.symmetry import (
    distinct_supercells,
    supercell_symmetry,
)

_MAX_SITES = 62  # a non-negative int64 has 63 bits


def enumerate_orderings(
    prim: Prim,
    space_group: SpaceGroup,
    *,
    max_cells: int,
    compositions: Sequence[float],
    species: str,
    charges: Mapping[str, float],
    max_per_composition: int | None = 500,
    random_share: float = 0.0,
    total: int | None = None,
    always_keep_cells: int = 1,
    exhaustive_limit: int = 11_000_000,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> list[Ordering]:
    """Symmetry-distinct orderings of all supercells of up to ``max_cells`` prims.

    Exact where a supercell can be filled in at most ``exhaustive_limit`` ways at a
    composition: all orderings are found, the lowest kept. Beyond it the candidates are what
    :func:`~navac.orderings.annealing.anneal_swaps` visits: distinct and of low Ewald energy, but
    some of the lowest may be missing. An ordering that repeats within its supercell is left
    to the smaller supercell that it fills.

    Args:
        compositions: ``species`` per formula unit; a supercell in which the number of sites
            would not be an integer is skipped for that composition.
        species: the counted species; every active site may hold it and one other.
        charges: charge of every species, e, for the Ewald energies.
        max_per_composition: most orderings kept at a composition, over all supercells together:
            lowest Ewald energy first, supercell sizes taking turns. ``None`` keeps all that are
            found.
        random_share: of the room that ``max_per_composition`` leaves beside what is always
            kept, the share filled by a uniform draw from all others that are found instead
            of by Ewald energy (of supercells beyond ``exhaustive_limit``, from the candidates).
            The lowest orderings share the same few local patterns: their correlation matrix
            is rank-deficient, which leaves clusters of an expansion undetermined.
        total: if given, the number of orderings drawn at random from those kept, spread evenly
            over the compositions; all that are kept if they are fewer.
        always_keep_cells: orderings of supercells with at most this many prims survive both
            cuts, because ground states are found among them; so does the lowest of a
            composition. 0 keeps neither.
        progress: called as ``progress(done, of)`` after every supercell and composition.

    Returns:
        Orderings by composition, supercell size, supercell and Ewald energy. The same
        arguments give the same orderings.

    Raises:
        OrderingError: an active site is not binary, a composition fits no supercell,
            ``random_share`` is not in [0, 1], …
        EwaldError: a species has no charge.
    """
    if not 0 <= random_share <= 1:
        raise OrderingError(
            f"random_share: {random_share} is not a fraction; give a number from 0 to 1"
        )
    counted = _counted_index(prim, species)
    wanted = _commensurate(prim, len(counted), max_cells, compositions)
    shells = {size: distinct_supercells(size, space_group) for size in wanted}
    of = sum(len(shells[size]) * len(wanted[size]) for size in wanted)
    found: dict[float, dict[Ordering, float]] = {float(x): {} for x in sorted(compositions)}
    done = 0
    for size, index, supercell in ((s, i, c) for s in shells for i, c in enumerate(shells[s])):
        most = None if size <= always_keep_cells else max_per_composition
        vessel = Vessel(
            label=f"c{size}-h{index:02d}",
            supercell=supercell,
            counted=np.repeat(counted, size),
            symmetry=supercell_symmetry(prim, space_group, supercell),
            model=build_ewald(prim, supercell, charges),
            prim=prim,
        )
        for x, count in wanted[size].items():
            key = (seed, size, index, count)
            patterns = vessel.patterns(count, most, key, exhaustive_limit)
            lottery = np.random.default_rng((*key, 1)) if random_share else None
            found[x] |= vessel.fill(x, patterns, most, lottery)
            done += 1
            if progress:
                progress(done, of)
    _refuse_empty(found)
    pools = {
        x: selected(lots, max_per_composition, random_share, always_keep_cells)
        for x, lots in found.items()
    }
    if total is not None:
        pools = spread(pools, total, always_keep_cells, seed)
    return [ordering for pool in pools.values() for ordering in pool]


def count_orderings(
    prim: Prim, space_group: SpaceGroup, *, cells: int, counts: Sequence[int], species: str
) -> dict[int, int]:
    """How many orderings :func:`enumerate_orderings` finds in supercells of one size.

    Args:
        cells: prims in each supercell.
        counts: sites of a supercell that hold ``species``.

    Returns:
        Orderings for each of ``counts``.

    Raises:
        OrderingError: an active site is not binary, or a supercell has too many sites.
    """
    counted = _counted_index(prim, species)
    _refuse_too_many(len(counted), cells)
    found = dict.fromkeys(counts, 0)
    for supercell in distinct_supercells(cells, space_group):
        symmetry = supercell_symmetry(prim, space_group, supercell)
        for count in counts:
            excluded = exclusion_patterns(prim, supercell)
            patterns = all_patterns(symmetry, np.repeat(counted, cells), count, excluded)
            found[count] += int((symmetry.stabiliser(patterns)[1] == 1).sum())
    return found


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
    _refuse_too_many(sites, max_cells)
    wanted: dict[int, dict[float, int]] = {size: {} for size in range(1, max_cells + 1)}
    for x, size in ((float(x), size) for x in compositions for size in wanted):
        count = atoms_per_cell(x, prim.formula_units) * size
        if abs(count - round(count)) < 1e-6 and 0 <= round(count) <= sites * size:
            wanted[size][x] = round(count)
    if unfit := sorted(set(map(float, compositions)) - {x for fit in wanted.values() for x in fit}):
        raise OrderingError(
            f"compositions: x = {', '.join(map(str, unfit))} fit no supercell of up to {max_cells} "
            f"cells of {sites} active sites and {prim.formula_units} formula units; remove them "
            "or raise max_cells"
        )
    return wanted


def _refuse_empty(found: Mapping[float, Mapping[Ordering, float]]) -> None:
    """Refuse compositions that no ordering has: the exclusions leave no room for the atoms."""
    if empty := [x for x, lots in found.items() if not lots]:
        raise OrderingError(
            f"compositions: no ordering of x = {', '.join(f'{x:g}' for x in empty)} keeps "
            "prim.exclusions; remove these compositions, or relax the exclusions"
        )


def _refuse_too_many(sites: int, cells: int) -> None:
    if sites * cells > _MAX_SITES:
        raise OrderingError(
            f"max_cells: {cells} cells hold {sites * cells} active sites, more than the "
            f"{_MAX_SITES} that can be enumerated; lower it to {_MAX_SITES // sites}"
        )

"""Enumeration of symmetry-distinct orderings where sites hold any number of species.

As :mod:`navac.orderings.enumeration` does for two: every distinct supercell up to a size is filled
at every wanted composition, in every distinct way where these are few enough to list. Where they
are not, orderings are drawn: uniformly at random, and of low Ewald energy by annealing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from navac.crystal.prim import Prim
from navac.crystal.sites import VACANCY
from navac.crystal.supercell import Supercell
from navac.crystal.symmetry import SpaceGroup
from navac.orderings.arrangements import distinct_arrangements
from navac.orderings.ewald import build_ewald, unit_charge_matrix
from navac.orderings.exclusions import excluded_sites
from navac.orderings.groups import Counts, SiteGroup, group_sites, site_groups
from navac.orderings.kept import KeptOrderings
from navac.orderings.ordering import Ordering, OrderingError
from navac.orderings.rooms import Room
from navac.orderings.selection import selected, spread
from navac.orderings.swaps import EwaldLandscape, anneal, random_occupations
from navac.orderings.symmetry import (
    SupercellSymmetry,
    smallest_images,
    supercell_symmetry,
)

REPLICAS = 64
STEPS = 2000
"""Of an annealing at one composition of one supercell."""


@dataclass(frozen=True)
class Drawing:
    """What stands in for a list of all orderings that would be too long.

    Attributes:
        beyond: ways of filling a supercell at a composition, up to which all are listed.
        random: orderings drawn uniformly at random, per supercell and composition.
        low_energy: orderings of low Ewald energy, likewise.
        special: further ones, likewise, that ``seek(supercell, counts, rng)`` finds as
            ``[ordering, site]`` codes, the best first.
    """

    beyond: int = 200_000
    random: int = 20
    low_energy: int = 20
    special: int = 0
    seek: Callable[[Supercell, Counts, np.random.Generator], np.ndarray] | None = None


def enumerate_mixtures(
    prim: Prim,
    space_group: SpaceGroup,
    found: Sequence[Room],
    *,
    species: str,
    drawing: Drawing,
    max_per_composition: int | None = 500,
    random_share: float = 0.0,
    total: int | None = None,
    always_keep_cells: int = 1,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
    kept: KeptOrderings | None = None,
) -> list[Ordering]:
    """Symmetry-distinct orderings of some rooms, none of which repeats within its supercell.

    Args:
        found: of :func:`navac.orderings.rooms.rooms`.
        species: the counted one, whose amount per formula unit is x.
        max_per_composition, random_share, total, always_keep_cells: as in
            :func:`navac.orderings.enumeration.enumerate_orderings`.
        progress: called as ``progress(done, of)`` after every room.
        kept: where drawn orderings are kept, and taken from if they are there.

    Raises:
        OrderingError: the exclusions leave no ordering.
        EwaldError: a species has no charge.
    """
    groups = site_groups(prim)
    pools: dict[tuple, dict[Ordering, float]] = {}
    matrices: dict[Supercell, np.ndarray] = {}
    for done, room in enumerate(found, start=1):
        lots = kept.read(room.label) if kept and not room.listed else None
        if lots is None:
            if room.supercell not in matrices:
                matrices = {room.supercell: unit_charge_matrix(prim, room.supercell)}
            filler = _Filler(prim, space_group, groups, room, matrices[room.supercell])
            lots = filler.orderings(species, drawing, (seed, done))
            if kept and not room.listed:
                kept.write(room.label, lots)
        pools.setdefault(_per_cell(room), {}).update(lots)
        if progress:
            progress(done, len(found))
    chosen = {
        key: selected(lots, max_per_composition, random_share, always_keep_cells)
        for key, lots in sorted(pools.items()) if lots
    }  # fmt: skip
    if not chosen:
        raise OrderingError("no ordering keeps prim.exclusions; relax them")
    if total is not None:
        chosen = spread(chosen, total, always_keep_cells, seed)
    return [ordering for pool in chosen.values() for ordering in pool]


def _per_cell(room: Room) -> tuple:
    """A composition whatever the size of the supercell."""
    return tuple(tuple(round(n / room.supercell.size, 9) for n in v) for v in room.counts)


@dataclass(frozen=True)
class _Filler:
    """One room, and how it is filled."""

    prim: Prim
    space_group: SpaceGroup
    groups: tuple[SiteGroup, ...]
    room: Room
    matrix: np.ndarray

    def orderings(
        self, species: str, drawing: Drawing, seed: tuple[int, ...]
    ) -> dict[Ordering, float]:
        """The orderings of the room by rising Ewald energy, each with a lot."""
        room, supercell = self.room, self.room.supercell
        rng = np.random.default_rng(seed)
        model = build_ewald(self.prim, supercell, room.charges, self.matrix)
        if room.listed:
            found = distinct_arrangements(
                self.prim, self.space_group, supercell, self.groups, room.counts, drawing.beyond
            )
            occupation, degeneracy = found.occupation, found.degeneracy
        else:
            occupation, degeneracy = self._drawn(model, drawing, rng)
        allowed = self._allowed(occupation)
        occupation, degeneracy = occupation[allowed], degeneracy[allowed]
        # Rounded, so that what is exactly degenerate keeps its place on every machine.
        energy = np.round(model.energies(occupation), 8)
        order, lots = np.argsort(energy, kind="stable"), rng.random(len(energy))
        x = self._amount(species) / supercell.size / self.prim.formula_units
        hnf = tuple(int(n) for row in supercell.hnf for n in row)
        return {
            Ordering(
                id=f"{room.label}-{rank:04d}",
                hnf=hnf,
                x=x,
                occupation=occupation[i],
                degeneracy=int(degeneracy[i]),
                ewald_eV_per_cell=float(energy[i]),
            ): float(lots[rank])
            for rank, i in enumerate(order)
        }

    def _amount(self, species: str) -> int:
        return sum(
            number
            for group, vector in zip(self.groups, self.room.counts, strict=True)
            for s, number in zip(group.species, vector, strict=True) if s == species
        )  # fmt: skip

    def _drawn(
        self, model, drawing: Drawing, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """Distinct orderings that were drawn, and the degeneracy of each."""
        supercell, counts = self.room.supercell, self.room.counts
        sites = group_sites(self.groups, supercell.size)
        start = random_occupations(sites, counts, REPLICAS, rng)
        landscape = EwaldLandscape.of(model, start)
        # A visited ordering may repeat within the supercell, or be the image of another.
        low, _ = anneal(landscape, sites, steps=STEPS, keep=8 * drawing.low_energy, rng=rng)
        chance = random_occupations(sites, counts, 2 * drawing.random, rng)
        symmetry = supercell_symmetry(self.prim, self.space_group, supercell)
        found = [(low, drawing.low_energy), (chance, drawing.random)]
        if drawing.seek and drawing.special:
            found.append((drawing.seek(supercell, counts, rng), drawing.special))
        parts = [_distinct(symmetry, some, most) for some, most in found]
        images = np.concatenate([images for images, _ in parts])
        degeneracy = np.concatenate([degeneracy for _, degeneracy in parts])
        _, first = np.unique(images, axis=0, return_index=True)
        first.sort()
        return images[first], degeneracy[first]

    def _allowed(self, occupation: np.ndarray) -> np.ndarray:
        """``[ordering]`` whether no excluded pair of sites is filled whole."""
        pairs = excluded_sites(self.prim, self.room.supercell)
        if not len(pairs):
            return np.ones(len(occupation), bool)
        vacant = [
            self.prim.species[site].index(VACANCY) if VACANCY in self.prim.species[site] else -1
            for site in self.prim.active
        ]
        filled = occupation != np.repeat(vacant, self.room.supercell.size)
        return ~filled[:, pairs].all(axis=2).any(axis=1)


def _distinct(
    symmetry: SupercellSymmetry, occupation: np.ndarray, most: int
) -> tuple[np.ndarray, np.ndarray]:
    """Up to ``most`` distinct orderings, the first ones, that do not repeat in the supercell."""
    images, fixed, shifts = smallest_images(symmetry, occupation)
    seen: set[bytes] = set()
    rows: list[int] = []
    for row, image in enumerate(images):
        if shifts[row] == 1 and image.tobytes() not in seen and len(rows) < most:
            seen.add(image.tobytes())
            rows.append(row)
    return images[rows], len(symmetry.permutations) // fixed[rows]

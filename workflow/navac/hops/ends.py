"""One hop in an ordering: where it begins and ends, and images on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from ase import Atoms
from ase.mep.neb import NEB
from pymatgen.core import Structure
from pymatgen.io.ase import AseAtomsAdaptor

from navac.crystal.prim import Prim
from navac.crystal.sites import VACANCY
from navac.expansion.clusters import translated_home
from navac.hops.network import HopError, HopKind
from navac.orderings.ordering import Ordering
from navac.orderings.structures import decorate

EMPTY = "Xe"
"""Stands in vacancies while a structure is built; no crystal of interest holds it."""
CLOSE_A = 1e-3


@dataclass(frozen=True)
class Hop:
    """A hop of one atom into a vacancy.

    Attributes:
        kind: by symmetry of the crystal.
        start: ``[atom]`` structure before the hop.
        mover: index of the atom that moves.
        end: where it goes, cartesian, in the image next to where it begins, Å.
        around: elements of other active sites near the middle of the way, and how many.
        labels: sublattices that it leads from and to.
    """

    kind: HopKind
    start: Atoms
    mover: int
    end: np.ndarray
    around: Mapping[str, int]
    labels: tuple[str, str]

    @property
    def name(self) -> str:
        """Kind and surroundings: ``Na1-Na2-3.42 V3Cr1``."""
        return f"{self.kind.name} {''.join(f'{s}{n}' for s, n in sorted(self.around.items()))}"

    def after(self) -> Atoms:
        """The structure after the hop, atoms in the same order."""
        atoms = self.start.copy()
        atoms.positions[self.mover] = self.end
        return atoms


def hops_in(
    prim: Prim, ordering: Ordering, kinds: Sequence[HopKind], species: str,
    repeat: tuple[int, int, int], around_A: float,
) -> Iterator[Hop]:  # fmt: skip
    """One hop of every kind and surroundings, in an ordering repeated along its vectors.

    Args:
        around_A: radius about the middle of the way in which other active sites count, Å.
    """
    if EMPTY in {s for held in prim.species for s in held}:
        raise HopError(f"{EMPTY} is on a site of the crystal, and stands for vacancies here")
    filled = replace(prim, species=tuple(
        tuple(EMPTY if s == VACANCY else s for s in held) for held in prim.species
    ))  # fmt: skip
    whole = decorate(filled, ordering.supercell, ordering.occupation)
    whole.make_supercell(np.diag(repeat))
    own = _sites(prim, whole)
    seen: set[str] = set()
    for kind in kinds:
        clusters = set(kind.orbit.clusters)
        for i, j, image in _pairs(whole, species, kind.length):
            if _cluster(whole, own, i, j, image) in clusters:
                labels = prim.active_labels[own[0][i]], prim.active_labels[own[0][j]]
                hop = _hop(prim, whole, kind, (i, j, image), species, around_A, labels)
                if hop.name not in seen:
                    seen.add(hop.name)
                    yield hop


def _sites(prim: Prim, structure: Structure) -> tuple[np.ndarray, np.ndarray, Prim]:
    """``[atom]`` position among the active sites, −1 for others, and ``[atom, 3]`` cell of each."""
    frac = np.linalg.solve(prim.lattice.T, structure.cart_coords.T).T
    away = frac[:, None] - prim.frac[prim.active]
    cells = np.round(away)
    near = np.abs(away - cells).max(axis=2) < CLOSE_A
    site = np.where(near.any(axis=1), near.argmax(axis=1), -1)
    return site, cells[np.arange(len(site)), site].astype(int), prim


def _pairs(
    structure: Structure, species: str, length: float
) -> Iterator[tuple[int, int, np.ndarray]]:
    """Atoms of a species with empty sites at a distance: both indices and the image."""
    centre, other, image, _ = structure.get_neighbor_list(length + CLOSE_A)
    lengths = structure.lattice
    for i, j, cells in zip(centre, other, image, strict=True):
        if structure[i].specie.symbol == species and structure[j].specie.symbol == EMPTY:
            step = structure.frac_coords[j] + cells - structure.frac_coords[i]
            if abs(np.linalg.norm(step @ lengths.matrix) - length) < CLOSE_A:
                yield int(i), int(j), cells


def _cluster(
    structure: Structure, own: tuple[np.ndarray, np.ndarray, Prim], i: int, j: int,
    image: np.ndarray,
) -> tuple:  # fmt: skip
    """The two sites as a cluster of the primitive cell."""
    site, cell, prim = own
    shift = image @ structure.lattice.matrix @ np.linalg.inv(prim.lattice)
    there = cell[j] + np.round(shift).astype(int)
    return translated_home(((int(site[i]), *map(int, cell[i])), (int(site[j]), *map(int, there))))


def _hop(
    prim: Prim, whole: Structure, kind: HopKind, pair: tuple[int, int, np.ndarray], species: str,
    around_A: float, labels: tuple[str, str],
) -> Hop:  # fmt: skip
    i, j, image = pair
    start = whole.cart_coords[i]
    end = (whole.frac_coords[j] + image) @ whole.lattice.matrix
    others = {s for site in prim.active for s in prim.species[site]} - {species, VACANCY}
    near = whole.get_sites_in_sphere((start + end) / 2, around_A)
    around = Counter(n.specie.symbol for n in near if n.specie.symbol in others)
    kept = [k for k, site in enumerate(whole) if site.specie.symbol != EMPTY]
    atoms = AseAtomsAdaptor.get_atoms(Structure.from_sites([whole[k] for k in kept]))
    atoms.positions = whole.cart_coords[kept]
    return Hop(kind, Atoms(atoms), kept.index(i), end, around, labels)


def relaxed_hop(hop: Hop, ideal: Atoms, relaxed: Atoms) -> Hop:
    """A hop in the cell, and from the positions, that its ordering has relaxed to.

    Args:
        hop: in the unrelaxed crystal; its cell is filled by that of ``ideal``.
        ideal: the ordering in the unrelaxed crystal.
        relaxed: the same atoms, in the same order, after the relaxation.
    """
    to_frac, cell = np.linalg.inv(ideal.cell), np.array(relaxed.cell)
    own = ideal.positions @ to_frac
    moved = relaxed.positions @ np.linalg.inv(cell) - own
    frac = hop.start.positions @ to_frac
    away = frac[:, None] - own
    nearest = np.linalg.norm((away - np.round(away)) @ ideal.cell, axis=2).argmin(axis=1)
    start = hop.start.copy()
    start.set_cell(hop.start.cell @ to_frac @ cell)
    start.positions = (frac + (moved - np.round(moved))[nearest]) @ cell
    return replace(hop, start=start, end=hop.end @ to_frac @ cell)


def images(before: Atoms, after: Atoms, between: int) -> list[Atoms]:
    """Both ends and images between them by the image-dependent pair potential.

    S. Smidstrup et al., J. Chem. Phys. 140, 214106 (2014), in ASE.

    Args:
        before, after: the ends, atoms in the same order and without jumps over the boundary.
    """
    path = [before.copy() for _ in range(between + 1)] + [after.copy()]
    NEB(path, method="improvedtangent").interpolate("idpp")
    return path

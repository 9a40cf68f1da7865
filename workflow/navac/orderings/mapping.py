"""Mapping relaxed structures back onto the sites of the prim.

A relaxation may carry an ion to another site, or the whole crystal to another structure; its
energy is then not that of the initial ordering. The strain between the relaxed and the ideal cell
is removed from the positions; then every atom is assigned to a different site so that the sum of
squared displacements is least.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from pymatgen.core import Lattice, Structure
from pymatgen.util.coord import pbc_shortest_vectors
from scipy.optimize import linear_sum_assignment

from navac import NavacError
from navac.crystal.prim import Prim
from navac.crystal.sites import VACANCY
from navac.crystal.supercell import Supercell
from navac.orderings.ordering import Ordering

MAX_STRAIN = 0.1
"""Largest elongation or shortening along any direction. The paper's relaxed cells differ by up
to 9.8 % in volume."""
MAX_DISPLACEMENT = 1.5
"""Farthest an atom may be from its site, Å: less than half the way to the next one, as a rule."""
_FORBIDDEN = 1e6


class MappingError(NavacError):
    """A relaxed structure is not the ordering it should be."""


@dataclass(frozen=True)
class Mapping:
    """A structure on the sites of a supercell.

    Attributes:
        occupation: ``[site]`` index into ``prim.species`` of every active site.
        strain: ``[3]`` principal elongations of the cell, rising.
        displacements: ``[atom]`` distance from its site, Å, without the strain and the common
            translation of all atoms, in the order of the structure.
    """

    occupation: np.ndarray
    strain: np.ndarray
    displacements: np.ndarray


def map_structure(prim: Prim, supercell: Supercell, structure: Structure) -> Mapping:
    """Find the ordering that a relaxed structure represents.

    Args:
        structure: with the lattice vectors of the supercell in their order, strained or rotated
            as a whole, as a relaxation leaves them.

    Raises:
        MappingError: the cell is strained beyond recognition, an atom has no site that may
            hold it, or one is too far from its own.
    """
    lattice = np.array(supercell.hnf) @ prim.lattice
    strain = principal_strain(lattice, structure.lattice.matrix)
    if np.abs(strain).max() > MAX_STRAIN:
        raise MappingError(
            f"the cell is strained by {strain[np.abs(strain).argmax()]:+.1%}, more than "
            f"{MAX_STRAIN:.0%}: it relaxed into another crystal, or has other lattice vectors"
        )
    elements = [site.specie.symbol for site in structure]
    site, cell = np.divmod(np.arange(len(prim.frac) * supercell.size), supercell.size)
    ideal = (prim.frac[site] + supercell.cells[cell]) @ np.linalg.inv(supercell.hnf)
    allowed = np.array([[e in prim.species[s] for s in site] for e in elements])
    vectors = pbc_shortest_vectors(Lattice(lattice), structure.frac_coords, ideal)
    onto = _assign(vectors, allowed)
    rows = np.arange(len(onto))
    translation = vectors[rows, onto].mean(axis=0)
    onto = _assign(vectors - translation, allowed)
    displacements = np.linalg.norm(vectors[rows, onto] - translation, axis=1)
    if displacements.max() > MAX_DISPLACEMENT:
        worst = displacements.argmax()
        raise MappingError(
            f"atom {worst} ({elements[worst]}) is {displacements[worst]:.2f} Å from the nearest "
            f"free site that may hold it, more than {MAX_DISPLACEMENT} Å"
        )
    held = np.full(len(site), VACANCY, dtype=object)
    held[onto] = elements
    return Mapping(_occupation(prim, held.reshape(-1, supercell.size)), strain, displacements)


def check_relaxed(prim: Prim, ordering: Ordering, structure: Structure) -> Mapping:
    """Map a relaxed structure, and refuse it where it is another ordering than it was.

    Raises:
        MappingError: it does not map, or sites changed what they hold.
    """
    mapping = map_structure(prim, ordering.supercell, structure)
    changed = np.flatnonzero(mapping.occupation != ordering.occupation)
    if len(changed):
        labels = [prim.active_labels[i // ordering.cells] for i in changed]
        raise MappingError(
            f"{len(changed)} sites ({', '.join(sorted(set(labels)))}) hold another species than "
            "in the ordering: ions moved to other sites"
        )
    return mapping


def principal_strain(ideal: np.ndarray, relaxed: np.ndarray) -> np.ndarray:
    """``[3]`` principal elongations, rising, between two lattices given as rows.

    A rotation contributes none.
    """
    return np.linalg.svd(np.linalg.solve(ideal, relaxed), compute_uv=False)[::-1] - 1


def _assign(vectors: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    """A different site for every atom: ``[atom]`` from ``vectors[atom, site, 3]``."""
    cost = np.where(allowed, (vectors**2).sum(axis=-1), _FORBIDDEN)
    if cost.shape[0] > cost.shape[1]:
        raise MappingError(
            f"the structure has {cost.shape[0]} atoms, and the supercell only {cost.shape[1]} sites"
        )
    _, onto = linear_sum_assignment(cost)
    if not allowed[np.arange(len(onto)), onto].all():
        raise MappingError(
            "an atom finds no free site that may hold its species: the composition is another"
        )
    return onto


def _occupation(prim: Prim, held: np.ndarray) -> np.ndarray:
    """``[site]`` species indices from ``held[prim site, cell]``."""
    for allowed, species in zip(prim.species, held, strict=True):
        if lost := set(species) - set(allowed):
            raise MappingError(f"a site of {', '.join(allowed)} holds {', '.join(lost)}")
    return np.array(
        [prim.species[site].index(s) for site in prim.active for s in held[site]], np.int8
    )

"""Orderings as crystal structures."""

from __future__ import annotations

from collections import Counter

import numpy as np
from pymatgen.core import Composition, Lattice, Structure

from navac.composition import composition_of
from navac.crystal.positions import close_atoms
from navac.crystal.prim import Prim
from navac.crystal.sites import VACANCY
from navac.crystal.supercell import Supercell
from navac.orderings.exclusions import check_exclusions
from navac.orderings.mapping import MAX_STRAIN, principal_strain
from navac.orderings.ordering import Ordering, OrderingError


def holds_atoms(prim: Prim, occupation: np.ndarray) -> bool:
    """Whether an ordering has any atom: a crystal without fixed sites may be empty."""
    rows = np.asarray(occupation).reshape(len(prim.active), -1)
    active = [prim.species[site][k] for site, row in zip(prim.active, rows, strict=True)
              for k in row]  # fmt: skip
    fixed = [allowed[0] for allowed in prim.species if len(allowed) == 1]
    return any(species != VACANCY for species in (*fixed, *active))


def decorate(prim: Prim, supercell: Supercell, occupation: np.ndarray) -> Structure:
    """The crystal structure of one ordering, without its vacancies, sorted by element.

    Args:
        occupation: ``[site]`` index into ``prim.species`` of every active site, numbered as
            :class:`~navac.crystal.supercell.Supercell` does (sublattice by sublattice).

    Raises:
        OrderingError: it has no atoms, fills sites that exclude each other, or has two atoms
            closer than ``prim.min_distance``.
    """
    if not holds_atoms(prim, occupation):
        raise OrderingError(
            "an ordering of vacancies alone has no atoms and no structure; its energy is zero"
        )
    check_exclusions(prim, supercell, occupation)
    occupation = np.asarray(occupation).reshape(len(prim.active), supercell.size)
    species, frac = [], []
    for site, allowed in enumerate(prim.species):
        row = np.flatnonzero(prim.active == site)
        chosen = occupation[row[0]] if row.size else np.zeros(supercell.size, int)
        for cell, k in zip(supercell.cells, chosen, strict=True):
            if allowed[k] != VACANCY:
                species.append(allowed[k])
                frac.append(prim.frac[site] + cell)
    hnf = np.array(supercell.hnf)
    structure = Structure(
        Lattice(hnf @ prim.lattice),
        species,
        np.array(frac) @ np.linalg.inv(hnf),
        to_unit_cell=True,
    )
    if close := close_atoms(structure, prim.min_distance):
        raise OrderingError(
            f"two atoms are closer than prim.min_distance_A, {prim.min_distance:g} Å: {close}; "
            "correct the crystal, or add prim.exclusions"
        )
    return structure.get_sorted_structure()


def calculation_cell(prim: Prim, ordering: Ordering) -> Structure:
    """An ordering in the cell that DFT computes it in: compact and right-handed.

    Hermite normal forms make long, thin cells; k-points and FFT grids want compact ones.
    """
    structure = decorate(prim, ordering.supercell, ordering.occupation)
    structure = structure.get_reduced_structure("LLL")
    if np.linalg.det(structure.lattice.matrix) < 0:
        structure = Structure(
            -structure.lattice.matrix, structure.species, -structure.frac_coords, to_unit_cell=True
        )
    return structure


def in_ordering_vectors(prim: Prim, ordering: Ordering, structure: Structure) -> Structure:
    """A relaxed :func:`calculation_cell`, in the lattice vectors of the ordering.

    A structure that cannot come from it is returned unchanged: it may have been computed in the
    ordering's own vectors.
    """
    ideal = np.array(ordering.supercell.hnf) @ prim.lattice
    start = calculation_cell(prim, ordering).lattice.matrix
    basis = np.rint(start @ np.linalg.inv(ideal))
    lattice = np.linalg.solve(basis, structure.lattice.matrix)
    if np.abs(principal_strain(ideal, lattice)).max() > MAX_STRAIN:
        return structure
    return Structure(
        lattice, structure.species, structure.frac_coords @ basis, to_unit_cell=True,
        site_properties=structure.site_properties,
    )  # fmt: skip


def formula_at_fullest(prim: Prim, species: str) -> tuple[float, float]:
    """The formula unit when every site that may hold ``species`` does.

    Returns:
        its molar mass in g/mol and the number of ``species`` in it.
    """
    filled = Composition(Counter(species if species in s else s[0] for s in prim.species))
    x = composition_of(filled[species], prim.formula_units)
    return filled.weight / prim.formula_units, x

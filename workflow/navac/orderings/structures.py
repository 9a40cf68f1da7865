"""Orderings as crystal structures."""

from __future__ import annotations

from collections import Counter

import numpy as np
from pymatgen.core import Composition, Lattice, Structure

from navac.composition import composition_of
from navac.crystal.prim import Prim
from navac.crystal.sites import VACANCY
from navac.crystal.supercell import Supercell
from navac.orderings.mapping import MAX_STRAIN, principal_strain
from navac.orderings.ordering import Ordering


def decorate(prim: Prim, supercell: Supercell, occupation: np.ndarray) -> Structure:
    """The crystal structure of one ordering, without its vacancies, sorted by element.

    Args:
        occupation: ``[site]`` index into ``prim.species`` of every active site, numbered as
            :class:`~navac.crystal.supercell.Supercell` does (sublattice by sublattice).
    """
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

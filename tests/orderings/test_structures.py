"""Orderings as crystals, in the cells that DFT computes them in."""

import numpy as np
import pytest
from pymatgen.core import Structure

from navac.crystal.supercell import hermite_normal_forms
from navac.orderings.mapping import check_relaxed
from navac.orderings.ordering import Ordering
from navac.orderings.structures import calculation_cell, decorate, in_ordering_vectors


def orderings(size):
    """One random ordering in every supercell of a size."""
    random = np.random.default_rng(size)
    for k, hnf in enumerate(hermite_normal_forms(size)):
        occupation = (random.random(8 * size) < 0.4).astype(np.int8)
        yield Ordering(f"c{size}-{k}", sum(hnf, ()), 2.0, occupation, 1, 0.0)


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_relaxed_cells_are_found_in_the_vectors_of_their_ordering(prim, size):
    deform = np.array([[1.03, 0.02, 0], [0, 0.98, 0.01], [0.01, 0, 1.01]])
    for ordering in orderings(size):
        start = calculation_cell(prim, ordering)
        assert np.linalg.det(start.lattice.matrix) > 0
        relaxed = Structure(start.lattice.matrix @ deform, start.species, start.frac_coords)
        back = in_ordering_vectors(prim, ordering, relaxed)
        mapping = check_relaxed(prim, ordering, back)
        assert mapping.displacements.max() < 1e-6
        # turned back, the strain is that of the deformation itself
        exact = np.linalg.svd(deform, compute_uv=False)[::-1] - 1
        np.testing.assert_allclose(mapping.strain, exact, atol=1e-9)


def test_a_run_in_the_vectors_of_the_ordering_is_left_alone(prim):
    long = Ordering("long", (1, 0, 0, 0, 1, 0, 0, 0, 4), 2.0, np.zeros(32, np.int8), 1, 0.0)
    skew = next(o for o in orderings(4) if _elongation(prim, o) > 2)
    for ordering in (long, skew):
        structure = decorate(prim, ordering.supercell, ordering.occupation)
        back = in_ordering_vectors(prim, ordering, structure)
        assert check_relaxed(prim, ordering, back).displacements.max() < 1e-6


def _elongation(prim, ordering):
    """How much longer the longest vector is than in the compact cell."""
    own = decorate(prim, ordering.supercell, ordering.occupation).lattice.abc
    return max(own) / max(calculation_cell(prim, ordering).lattice.abc)

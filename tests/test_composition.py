"""x and atoms per primitive cell: one place, and exact."""

import numpy as np

from navac.composition import atoms_per_cell, composition_of
from navac.hull import lower_hull


def test_atoms_and_compositions_are_inverse():
    x = np.array([1, 1.5, 3.25])
    assert atoms_per_cell(x, 2).tolist() == [2, 3, 6.5]
    np.testing.assert_array_equal(composition_of(atoms_per_cell(x, 2), 2), x)
    assert atoms_per_cell(3.4, 6) == 3.4 * 6


def test_chemical_potentials_are_per_atom():
    hull = lower_hull([1, 2, 4], [0.0, -1.0, 0.0], 2)
    assert hull.transitions.tolist() == [-0.5, 0.25]

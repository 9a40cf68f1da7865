"""Supercells in which others repeat."""

import numpy as np
import pytest

from navac.crystal.supercell import Supercell, enclosing, hermite_normal_forms


@pytest.mark.parametrize("size", [1, 3, 4, 6])
def test_periods_are_the_least_multiples_in_the_lattice(size):
    for hnf in hermite_normal_forms(size):
        inverse = np.linalg.inv(np.array(hnf))
        for axis, period in enumerate(Supercell(hnf).periods):
            whole = [
                n for n in range(1, size + 1)
                if np.allclose((w := n * inverse[axis]), np.round(w))
            ]  # fmt: skip
            assert period == whole[0]


def test_a_diagonal_supercell_holds_them_all():
    third = Supercell(((3, 0, 0), (1, 1, 0), (0, 0, 1)))
    half = Supercell.diagonal(1, 2, 1)
    assert third.periods == (3, 3, 1)
    assert enclosing([third], (8, 8, 8)) == (9, 9, 8)
    assert enclosing([third, half], (8, 8, 8)) == (9, 12, 8)
    assert enclosing([half], (8, 8, 8)) == (8, 8, 8)


@pytest.mark.parametrize(("size", "fit"), [(4, True), (5, False), (6, True)])
def test_what_repeats_in_twelve_cells(size, fit):
    """Whatever the shape: 12 is a multiple of every period of 4 and of 6 cells, of none of 5."""
    large = Supercell.diagonal(12, 12, 12)
    for supercell in map(Supercell, hermite_normal_forms(size)):
        assert supercell.repeats_in(large) == fit
        assert (enclosing([supercell], large.diag) == large.diag) == fit


def test_a_skewed_supercell_repeats_in_a_skewed_one():
    third = Supercell(((3, 0, 0), (1, 1, 0), (0, 0, 1)))
    assert third.repeats_in(Supercell(((3, 0, 0), (1, 1, 0), (0, 0, 4))))
    assert not third.repeats_in(Supercell(((3, 0, 0), (2, 1, 0), (0, 0, 4))))
    assert not third.repeats_in(Supercell.diagonal(1, 3, 1))

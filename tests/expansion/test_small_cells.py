"""Ground states between the enumerated compositions: the third of a triangular lattice."""

import numpy as np
import pytest

from navac.crystal.prim import Prim
from navac.crystal.symmetry import find_space_group
from navac.expansion.clusters import enumerate_orbits
from navac.expansion.expansion import Expansion
from navac.expansion.small_cells import missed_small_states, searched_supercells
from navac.hull import lower_hull

HEXAGONAL = Prim(
    np.array([[3.0, 0, 0], [-1.5, 1.5 * 3**0.5, 0], [0, 0, 9.0]]), np.zeros((1, 3)),
    (("Li", "Va"),), ("Li",), 1,
)  # fmt: skip


@pytest.fixture(scope="module")
def repulsive():
    """Nearest neighbours repel each other: 1/3 and 2/3 of √3 × √3 are ground states."""
    orbits = enumerate_orbits(HEXAGONAL, find_space_group(HEXAGONAL, 1e-5), {2: 3.1})
    return Expansion(orbits, np.array([0.0, 0.01]))


def test_a_third_is_found_that_quarters_do_not_show(repulsive):
    # The lowest of halves and quarters: rows; J per pair, three pairs per site.
    hull = lower_hull([0, 0.25, 0.5, 0.75, 1], [0.03, 0.0, -0.01, 0.0, 0.03], 1)
    found = missed_small_states(repulsive, 1, hull)
    assert [s.x for s in found] == pytest.approx([1 / 3, 2 / 3])
    # Of three pairs per site, at x = 1/3 two in three are unlike: −J, one in three is Va–Va: J.
    assert [s.energy for s in found] == pytest.approx([-0.01, -0.01])
    assert {s.supercell.size for s in found} == {3}


def test_nothing_is_found_below_a_hull_that_has_them_all(repulsive):
    hull = lower_hull([0, 1 / 3, 2 / 3, 1], [0.03, -0.01, -0.01, 0.03], 1)
    assert missed_small_states(repulsive, 1, hull) == []


def test_the_search_is_bounded():
    assert max(s.size for s in searched_supercells(1)) >= 8
    assert max(s.size for s in searched_supercells(8)) == 1
    assert list(searched_supercells(30)) == []
    assert len({s.hnf for s in searched_supercells(1) if s.size == 3}) == 13

"""Kinds of hops and where they lead, on lattices whose answer is known."""

import numpy as np
import pytest

from navac.crystal.prim import Prim
from navac.crystal.symmetry import find_space_group
from navac.hops.network import HopError, dimension, hop_kinds
from tests.descriptors.nasicon import crystal


def lattice(a, b, c):
    """One site of Na and vacancies in an orthogonal cell."""
    return Prim(np.diag([a, b, c]).astype(float), np.zeros((1, 3)), (("Na", "Va"),), ("Na",), 1)


def kinds(prim, reach):
    return hop_kinds(prim, find_space_group(prim, 1e-5), "Na", reach)


@pytest.mark.parametrize(
    ("cell", "reach", "lengths", "dimensions"),
    [
        ((3, 7, 8), 3.5, [3], [1]),
        ((3, 4, 8), 4.5, [3, 4], [1, 2]),
        ((3, 4, 5), 5, [3, 4, 5, 5], [1, 2, 2, 3]),
        ((3, 3, 3), 3.5, [3], [3]),
        ((3, 3, 9), 4.5, [3, np.sqrt(18)], [2, 2]),
    ],
)
def test_directions_of_plain_lattices(cell, reach, lengths, dimensions):
    found = kinds(lattice(*cell), reach)
    assert [kind.length for kind in found] == pytest.approx(lengths)
    assert [dimension(found[:n]) for n in range(1, len(found) + 1)] == dimensions


def test_pieces_that_do_not_meet_lead_nowhere():
    """Two sites near each other, and far from all images of theirs."""
    pair = Prim(
        np.diag([9.0, 9.0, 9.0]), np.array([[0, 0, 0], [0.3, 0, 0]]), (("Na", "Va"),) * 2,
        ("Na", "Na"), 1,
    )  # fmt: skip
    assert [dimension([kind]) for kind in kinds(pair, 3.0)] == [0]
    # Across the cell as well: a chain of short and long hops.
    assert dimension(kinds(pair, 7.0)) == 1


def test_the_nasicon():
    """Each Na(1) has six Na(2) around it: twelve hops per cell, which lead everywhere."""
    found = kinds(crystal(), 5.0)
    assert [kind.name for kind in found] == [
        "Na1-Na2-3.33", "Na2-Na2-4.50", "Na2-Na2-4.81", "Na2-Na2-4.92"
    ]  # fmt: skip
    assert [kind.per_cell for kind in found] == [12, 12, 6, 12]
    assert dimension(found[:1]) == 3


def test_kinds_of_one_length_have_letters():
    found = kinds(lattice(3, 4, 5), 5)
    assert [kind.name for kind in found[-2:]] == ["Na-Na-5.00a", "Na-Na-5.00b"]


def test_no_hop_within_reach_is_said():
    with pytest.raises(HopError, match="no two sites of Na are within 2 Å"):
        kinds(crystal(), 2.0)

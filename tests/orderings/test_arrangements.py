"""Distinct orderings of several species: exact numbers, lists, and what is refused."""

from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from navac.crystal.supercell import Supercell, hermite_normal_forms, spanned
from navac.crystal.symmetry import find_space_group
from navac.orderings.arrangements import distinct_arrangements
from navac.orderings.counting import count_distinct, count_distinct_of_size, ways
from navac.orderings.groups import compositions, site_groups, vectors
from navac.orderings.ordering import OrderingError
from navac.orderings.symmetry import canonical_key, distinct_supercells
from tests.expansion.test_species import PRIMS


def crystal(name, tolerance=1e-5):
    prim = PRIMS[name]
    return prim, find_space_group(prim, tolerance), site_groups(prim)


@pytest.fixture(scope="module")
def metals():
    """The high-entropy NASICON with its sodium sites full."""
    prim = PRIMS["nasicon"]
    return replace(prim, species=tuple(s if len(s) == 6 else s[:1] for s in prim.species))


@pytest.mark.parametrize(("tolerance", "hexagonal"), [(1e-2, 212520), (1e-5, 425040)])
def test_numbers_of_the_high_entropy_nasicon(metals, tolerance, hexagonal):
    group, groups = find_space_group(metals, tolerance), site_groups(metals)
    # The hexagonal cell doubled along a, with 19 V and one of each other metal.
    box = spanned(np.array([[2, -2, 0], [0, 1, -1], [1, 1, 1]]))
    assert box.size == 6
    assert count_distinct(metals, group, box, groups, ((19, 1, 1, 1, 1, 1),)) == hexagonal
    if tolerance > 1e-3:
        exact = ((15, 1, 1, 1, 1, 1),)
        found = [count_distinct(metals, group, s, groups, exact)
                 for s in distinct_supercells(5, group)]  # fmt: skip
        assert len(found) == 9
        assert (min(found), max(found), sum(found)) == (93024, 186048, 1023264)


ICET = pd.read_csv(Path(__file__).parents[1] / "data/counts/icet_species.csv", comment="#")


@pytest.mark.parametrize("name", ICET.crystal.unique())
def test_numbers_are_those_of_icet(name):
    """Ternary fcc and bcc, and two active sublattices; none that repeats within its supercell."""
    if name == "bcc":
        half = np.array([[-0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0.5, 0.5, -0.5]])
        prim = replace(PRIMS["fcc"], lattice=3 * half)
    elif name == "salt":
        prim = replace(PRIMS["salt"], species=(("Li", "Mn", "Ti"), ("O", "F")))
    else:
        prim = PRIMS[name]
    group, groups = find_space_group(prim, 1e-5), site_groups(prim)
    expected = ICET[ICET.crystal == name]
    found = [count_distinct_of_size(prim, group, int(n), groups) for n in expected.cells]
    assert found == expected.orderings.tolist()


@pytest.mark.parametrize(("name", "largest"), [("fcc", 4), ("salt", 2)])
def test_lists_are_as_long_as_counted(name, largest):
    prim, group, groups = crystal(name)
    for size in range(1, largest + 1):
        total = 0
        for supercell in distinct_supercells(size, group):
            for counts in compositions(groups, size):
                found = distinct_arrangements(prim, group, supercell, groups, counts)
                assert len(found.occupation) == count_distinct(
                    prim, group, supercell, groups, counts
                )
                total += len(found.occupation)
        assert total == count_distinct_of_size(prim, group, size, groups)


def test_lists_against_all_occupations():
    """Every occupation of every supercell is an image of one that is listed, of its degeneracy."""
    prim, group, groups = crystal("salt")
    keys = set()
    for supercell in map(Supercell, hermite_normal_forms(2)):
        for codes in product(*[range(4)] * 2, *[range(2)] * 2):
            key = canonical_key(prim, group, supercell, np.array(codes, np.int8))
            if np.prod([key[0][k] for k in (0, 4, 8)]) == 2:
                keys.add(key)
    listed = set()
    for supercell in distinct_supercells(2, group):
        raw = 0
        for counts in compositions(groups, 2):
            found = distinct_arrangements(prim, group, supercell, groups, counts)
            for codes in found.occupation:
                held = [np.bincount(codes[:2], minlength=4), np.bincount(codes[2:], minlength=2)]
                assert [tuple(h) for h in held] == [tuple(c) for c in counts]
            listed |= {canonical_key(prim, group, supercell, codes) for codes in found.occupation}
            raw += int(found.degeneracy.sum())
        # All but those that repeat in one cell.
        assert raw == 4**2 * 2**2 - 4 * 2
    assert listed == keys


def test_two_sublattices_of_one_group_are_counted_together():
    """The sodium of both sites; with labels apart, each by itself."""
    prim = PRIMS["nasicon"]
    sodium = replace(prim, species=tuple(s if len(s) == 2 else s[:1] for s in prim.species))
    group = find_space_group(sodium, 1e-2)
    (together,), apart = site_groups(sodium), site_groups(sodium, by_label=True)
    assert together.sublattices == tuple(range(8))
    assert [len(g.sublattices) for g in apart] == [2, 6]
    box = Supercell.diagonal(1, 1, 1)
    total = count_distinct(sodium, group, box, (together,), ((6, 2),))
    parts = [count_distinct(sodium, group, box, apart, ((2 - k, k), (4 + k, 2 - k)))
             for k in range(3)]  # fmt: skip
    assert total == sum(parts) > max(parts) > 0


def test_three_groups_of_different_widths():
    """Six metals and the two kinds of sodium sites."""
    prim = PRIMS["nasicon"]
    group, groups = find_space_group(prim, 1e-2), site_groups(prim, by_label=True)
    wanted = {4: (2, 1, 1, 0, 0, 0), 2: (1, 1), 6: (3, 3)}
    counts = tuple(wanted[len(g.sublattices)] for g in groups)
    assert len(counts) == 3
    box = Supercell.diagonal(1, 1, 1)
    found = distinct_arrangements(prim, group, box, groups, counts)
    assert len(found.occupation) == count_distinct(prim, group, box, groups, counts) > 40
    assert found.degeneracy.sum() == 12 * 2 * 20
    for g, vector in zip(groups, counts, strict=True):
        held = found.occupation[:, list(g.sublattices)]
        for code, number in enumerate(vector):
            assert ((held == code).sum(axis=1) == number).all()


@pytest.mark.parametrize(
    ("lengths", "counts", "expected"),
    [
        ((), (0, 0), 1),
        ((1,) * 20, (15, 1, 1, 1, 1, 1), 1860480),
        ((1,) * 24, (19, 1, 1, 1, 1, 1), 5100480),
        ((2, 2, 2), (4, 2), 3),
        ((2, 2), (3, 1), 0),
        ((1, 1, 2), (2, 2), 2),
    ],
)
def test_ways_of_filling_cycles(lengths, counts, expected):
    assert ways(lengths, counts) == expected


def test_vectors_are_all_compositions():
    found = list(vectors(4, 3))
    assert len(found) == len(set(found)) == 15
    assert all(sum(v) == 4 for v in found)


@pytest.mark.parametrize(
    ("counts", "limit", "message"),
    [
        (((1, 1, 0, 0),), 100, "1 vectors for 2 groups"),
        (((1, 1, 1, 0), (2, 0)), 100, "does not fill the 2 sites of Li, Mn, Ti, Va in 2 cells"),
        (((1, 1, 0), (2, 0)), 100, "give 4 numbers from 0 whose sum is 2"),
        (((1, 1, 0, 0), (1, 1)), 3, "4 occupations of the supercell are more than the limit of 3"),
    ],
)
def test_what_cannot_be_listed_is_refused(counts, limit, message):
    prim, group, groups = crystal("salt")
    with pytest.raises(OrderingError, match=message):
        distinct_arrangements(prim, group, Supercell.diagonal(2, 1, 1), groups, counts, limit)


def test_more_bits_than_an_integer_has_are_refused():
    prim, group, groups = crystal("salt")
    counts = ((24, 0, 0, 0), (24, 0))
    with pytest.raises(OrderingError, match="48 sites need 72 bits, more than the 62"):
        distinct_arrangements(prim, group, Supercell.diagonal(2, 3, 4), groups, counts)

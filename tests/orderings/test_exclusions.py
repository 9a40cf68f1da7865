"""Sites that are never both filled, from the crystal to the structures."""

import dataclasses
from itertools import product

import numpy as np
import pytest

from navac.crystal.exclusions import excluded_pairs, kept_apart, near_pairs
from navac.crystal.prim import Prim, PrimError
from navac.crystal.supercell import Supercell, hermite_normal_forms
from navac.crystal.symmetry import find_space_group
from navac.orderings.enumeration import count_orderings, enumerate_orderings
from navac.orderings.exclusions import (
    allowed_only,
    broken_exclusions,
    excluded_sites,
    most_filled,
)
from navac.orderings.ordering import Ordering, OrderingError
from navac.orderings.structures import decorate

HEXAGONAL = np.array([[2.83, 0, 0], [-1.415, 2.4508519, 0], [0, 0, 6.0]])
RULE = [{"labels": ["A", "B"], "distance_A": 1.7}]
CHARGES = {"Na": 1.0, "O": -1.0}


def honeycomb(**changed) -> Prim:
    """Two sites 1.634 Å apart in a layer, each with three of the other, and a fixed one."""
    prim = Prim(
        lattice=HEXAGONAL, frac=np.array([[0, 0, 0], [2 / 3, 1 / 3, 0], [1 / 3, 2 / 3, 0.5]]),
        species=(("Na", "Va"), ("Na", "Va"), ("O",)), labels=("A", "B", "O"), formula_units=1,
    )  # fmt: skip
    return dataclasses.replace(prim, **changed)


def excluding() -> Prim:
    return kept_apart("crystal", honeycomb(), 0.5, RULE)


def test_pairs_are_those_within_the_distance():
    prim = excluding()
    assert len(prim.excluded) == 3
    for i, j, *cell in prim.excluded:
        apart = (prim.frac[j] + cell - prim.frac[i]) @ prim.lattice
        assert np.linalg.norm(apart) == pytest.approx(2.83 / np.sqrt(3), abs=1e-4)
    assert excluded_pairs(prim, [{"distance_A": 1.7}]) == prim.excluded
    own = excluded_pairs(prim, [{"labels": ["A", "A"], "distance_A": 2.9}])
    assert {pair[:2] for pair in own} == {(0, 0)}
    assert len(own) == 3  # six neighbours, each pair once


def test_near_pairs_of_a_skewed_cell_are_all_found():
    """Against the same crystal in its compact cell, and atoms given outside the cell."""
    prim = honeycomb()
    skew = np.array([[1, 0, 0], [5, 1, 0], [-3, 2, 1]])
    outside = np.array([[3, 0, 0], [0, -2, 0], [0, 0, 1]])
    frac = prim.frac @ np.linalg.inv(skew) + outside
    other = honeycomb(lattice=skew @ HEXAGONAL, frac=frac)
    distances = [d for _, d in near_pairs(prim, 5.0)]
    np.testing.assert_allclose([d for _, d in near_pairs(other, 5.0)], distances, atol=1e-9)


def test_excluded_pairs_survive_the_file():
    prim = dataclasses.replace(excluding(), min_distance=0.9)
    got = Prim.from_dict(prim.to_dict())
    assert (got.excluded, got.min_distance) == (prim.excluded, 0.9)
    assert {"excluded", "min_distance_A"} & set(honeycomb().to_dict()) == set()


def brute_force(prim, supercell, count):
    """All occupations of a supercell with so many atoms that keep the rule."""
    sites = len(prim.active) * supercell.size
    pairs = excluded_sites(prim, supercell)
    for filled in product((0, 1), repeat=sites):
        filled = np.array(filled)
        if filled.sum() == count and not (filled[pairs].all(axis=1)).any():
            yield 1 - filled


def test_enumeration_is_complete_and_keeps_the_rule():
    """The images of the orderings of one supercell are all occupations that keep the rule."""
    prim = excluding()
    group = find_space_group(prim, 1e-4)
    x = [0, 0.25, 0.5, 0.75, 1]
    found = enumerate_orderings(prim, group, max_cells=4, compositions=x, species="Na",
                                charges=CHARGES, max_per_composition=None)  # fmt: skip
    assert all(not len(broken_exclusions(prim, o.supercell, o.occupation)) for o in found)
    free = enumerate_orderings(honeycomb(), group, max_cells=4, compositions=x, species="Na",
                               charges=CHARGES, max_per_composition=None)  # fmt: skip
    kept, broken = allowed_only(prim, free)
    assert broken
    assert {(o.hnf, o.occupation.tobytes()) for o in kept} == {
        (o.hnf, o.occupation.tobytes()) for o in found
    }
    for supercell in map(Supercell, hermite_normal_forms(2)):
        assert sum(1 for _ in brute_force(prim, supercell, 2)) > 0
    counts = count_orderings(prim, group, cells=4, counts=[1, 2, 4], species="Na")
    assert counts == {n: sum(o.cells == 4 and o.x == n / 4 for o in found) for n in (1, 2, 4)}


def test_degeneracies_count_every_occupation_once():
    prim = excluding()
    group = find_space_group(prim, 1e-4)
    found = enumerate_orderings(prim, group, max_cells=1, compositions=[0, 1], species="Na",
                                charges=CHARGES, max_per_composition=None)  # fmt: skip
    one = Supercell.diagonal(1, 1, 1)
    for x in (0, 1):
        states = sum(1 for _ in brute_force(prim, one, x))
        assert sum(o.degeneracy for o in found if o.x == x) == states == (1, 2)[x]


def test_annealed_candidates_keep_the_rule():
    prim = excluding()
    group = find_space_group(prim, 1e-4)
    found = enumerate_orderings(prim, group, max_cells=3, compositions=[2 / 3], species="Na",
                                charges=CHARGES, max_per_composition=20,
                                exhaustive_limit=1)  # fmt: skip
    assert len(found) > 2
    assert all(not len(broken_exclusions(prim, o.supercell, o.occupation)) for o in found)
    exact = enumerate_orderings(prim, group, max_cells=3, compositions=[2 / 3], species="Na",
                                charges=CHARGES, max_per_composition=20)  # fmt: skip
    assert min(o.ewald_eV_per_cell for o in found) == pytest.approx(
        min(o.ewald_eV_per_cell for o in exact), abs=1e-6)  # fmt: skip


def test_a_composition_without_room_is_named():
    prim = excluding()
    group = find_space_group(prim, 1e-4)
    with pytest.raises(OrderingError, match=r"x = 1\.5, 2 keeps prim\.exclusions"):
        enumerate_orderings(prim, group, max_cells=2, compositions=[1, 1.5, 2], species="Na",
                            charges=CHARGES)  # fmt: skip


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_the_most_that_fits(size):
    prim = excluding()
    for supercell in map(Supercell, hermite_normal_forms(size)):
        most = most_filled(prim, supercell, "Na")
        assert any(True for _ in brute_force(prim, supercell, most))
        assert not any(True for _ in brute_force(prim, supercell, most + 1))
    assert most_filled(honeycomb(), Supercell.diagonal(1, 1, 2), "Na") == 4


def test_a_site_that_would_exclude_its_own_image_stays_empty():
    prim = kept_apart("crystal", honeycomb(), 0.5, [{"labels": ["A", "A"], "distance_A": 2.9}])
    assert most_filled(prim, Supercell.diagonal(1, 1, 1), "Na") == 1
    assert most_filled(prim, Supercell.diagonal(3, 3, 1), "Na") == 9 + 3


def test_a_structure_that_breaks_the_rule_is_not_written():
    prim, one = excluding(), Supercell.diagonal(1, 1, 1)
    with pytest.raises(OrderingError, match=r"sites 0 \(A\) and 1 \(B\) are both filled"):
        decorate(prim, one, np.array([0, 0]))
    assert len(decorate(prim, one, np.array([0, 1]))) == 2


def test_atoms_too_close_are_not_written():
    """As a prim of an older version, or a hand, might have them."""
    prim = honeycomb(min_distance=1.7)
    with pytest.raises(OrderingError, match=r"closer than prim.min_distance_A, 1.7 Å: Na at .* Na"):
        decorate(prim, Supercell.diagonal(1, 1, 1), np.array([0, 0]))


def test_an_ordering_without_atoms_has_no_structure():
    prim = Prim(np.eye(3) * 3, np.zeros((1, 3)), (("Na", "Va"),), ("Na",), 1)
    with pytest.raises(OrderingError, match="has no atoms and no structure"):
        decorate(prim, Supercell.diagonal(1, 1, 2), np.array([1, 1]))


@pytest.mark.parametrize(("rules", "limit", "said"), [
    ((), 1.7, r"site 0 \(A, Na/Va at 0.0000 0.0000 0.0000\) and site 1 .* 1.634 Å apart.*"
     r"prim.exclusions: \[{labels: \[A, B\], distance_A: 1.64}\]"),
    ([{"labels": ["A", "C"], "distance_A": 2}], 0.5, "C is no sublattice of active"),
    ([{"labels": ["A", "B"], "distance_A": 1}], 0.5, r"no two sites of A and B are within 1 Å"),
    ([{"distance_A": 1}], 0.5, "no two active sites are within 1 Å"),
])  # fmt: skip
def test_refused(rules, limit, said):
    with pytest.raises(PrimError, match=said):
        kept_apart("crystal", honeycomb(), limit, rules)


def test_what_the_message_says_to_add_is_enough():
    rule = [{"labels": ["A", "B"], "distance_A": 1.64}]
    assert kept_apart("crystal", honeycomb(), 1.7, rule).min_distance == 1.7


def test_fixed_atoms_cannot_be_kept_apart():
    near = honeycomb(frac=np.array([[0, 0, 0], [2 / 3, 1 / 3, 0], [0, 0, 0.05]]))
    with pytest.raises(PrimError, match=r"site 0 .* and site 2 \(O, O .*0.300 Å.*correct the coo"):
        kept_apart("crystal", near, 0.5)


def test_a_site_that_always_holds_an_atom_excludes_nothing():
    alloy = honeycomb(species=(("Na", "K"), ("Na", "Va"), ("O",)))
    with pytest.raises(PrimError, match=r"site 0 \(A\) always holds an atom \(Na, K\)"):
        kept_apart("crystal", alloy, 0.5, RULE)


def test_orderings_of_other_files_are_looked_at():
    prim = excluding()
    bad = Ordering("bad", (1, 0, 0, 0, 1, 0, 0, 0, 1), 2.0, np.array([0, 0], np.int8), 1, 0.0)
    good = Ordering("good", (1, 0, 0, 0, 1, 0, 0, 0, 1), 1.0, np.array([0, 1], np.int8), 1, 0.0)
    assert allowed_only(prim, [bad, good]) == ([good], [bad])

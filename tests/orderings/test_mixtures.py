"""Orderings of several species: compositions, charges, lists and draws."""

import re
from dataclasses import replace
from itertools import combinations, product

import numpy as np
import pytest

from navac.crystal.prim import Prim
from navac.crystal.sites import SiteError
from navac.crystal.supercell import Supercell
from navac.crystal.symmetry import find_space_group
from navac.orderings import mixtures
from navac.orderings.amounts import amounts, composition_axes
from navac.orderings.arrangements import distinct_arrangements
from navac.orderings.charges import balanced_charges, single
from navac.orderings.counting import count_distinct_of_size
from navac.orderings.enumeration import enumerate_orderings
from navac.orderings.ewald import build_ewald
from navac.orderings.groups import group_sites, site_groups
from navac.orderings.kept import KeptOrderings
from navac.orderings.mixtures import Drawing, enumerate_mixtures
from navac.orderings.ordering import (
    Ordering,
    OrderingError,
    read_orderings,
    write_orderings,
)
from navac.orderings.rooms import counts_by_size, rooms
from navac.orderings.swaps import EwaldLandscape, anneal, random_occupations
from navac.orderings.symmetry import (
    canonical_key,
    distinct_supercells,
    smallest_images,
    supercell_symmetry,
)
from navac.orderings.wanted import unmet, wanted_counts, wanted_of
from tests.expansion.test_species import PRIMS

SALT_STATES = {"Li": 1, "Mn": [2, 3, 4], "Ti": 4, "O": -2, "F": -1}


def crystal(name):
    prim = PRIMS[name]
    return prim, find_space_group(prim, 1e-5), site_groups(prim)


def listed(name, max_cells, x=None, given=(), charges=None, drawing=None, **limits):
    prim, group, _ = crystal(name)
    species = prim.species[prim.active[0]][0]
    charges = charges or {s: 0 for site in prim.species for s in site if s != "Va"}
    drawing = drawing or Drawing()
    wanted = wanted_of(species, x, given, charges)
    found = rooms(prim, group, wanted, max_cells, drawing.beyond)
    limits = {"max_per_composition": None, "seed": 3} | limits
    return found, enumerate_mixtures(prim, group, found, species=species, drawing=drawing, **limits)


def keys(name, orderings):
    prim, group, _ = crystal(name)
    return {canonical_key(prim, group, o.supercell, o.occupation) for o in orderings}


@pytest.mark.parametrize(("name", "largest"), [("fcc", 4), ("salt", 2)])
def test_as_many_as_burnside_says_and_all_distinct(name, largest):
    prim, group, groups = crystal(name)
    found, orderings = listed(name, largest)
    expected = sum(count_distinct_of_size(prim, group, n, groups) for n in range(1, largest + 1))
    assert sum(room.distinct for room in found) == len(orderings) == expected
    assert len(keys(name, orderings)) == len(orderings)
    assert len({o.id for o in orderings}) == len(orderings)
    said = list(counts_by_size(found))
    assert len(said) == largest
    assert said[0].startswith("1 cells: ")


def test_a_binary_crystal_is_the_case_of_two():
    """The same orderings, degeneracies and energies as the enumeration of patterns."""
    binary = replace(PRIMS["salt"], species=(("Li", "Va"), ("O",)))
    group = find_space_group(binary, 1e-5)
    charges = {"Li": 1.0, "O": -1.0}
    x = (0.0, 0.25, 0.5, 0.75, 1.0)
    old = enumerate_orderings(
        binary, group, max_cells=4, compositions=x, species="Li", charges=charges,
        max_per_composition=None,
    )  # fmt: skip
    found = rooms(binary, group, wanted_of("Li", x, (), charges), 4, Drawing().beyond)
    new = enumerate_mixtures(
        binary, group, found, species="Li", drawing=Drawing(), max_per_composition=None
    )

    def content(orderings):
        return sorted(
            (canonical_key(binary, group, o.supercell, o.occupation), o.degeneracy,
             round(o.ewald_eV_per_cell, 6))
            for o in orderings
        )  # fmt: skip

    assert content(old) == content(new)


def test_amounts_choose_compositions_and_leave_the_others_free():
    prim, _, groups = crystal("salt")
    wanted = wanted_of("Li", (0.5,), ({"O": 1},), SALT_STATES)
    found = wanted_counts(prim, groups, 2, wanted)
    # One Li of two sites, O alone; the other cation makes it neutral.
    assert set(found) == {((1, 1, 0, 0), (2, 0))}
    (charges,) = found.values()
    assert charges["Mn"] == pytest.approx(3)
    assert not wanted_counts(prim, groups, 1, wanted)


def test_charges_are_those_that_balance():
    """All species in mixed valence go the same part of their way."""
    states = {"V": (2, 5), "Mn": (2, 4), "O": (-2,)}
    charges = balanced_charges({"V": 2, "Mn": 1, "O": 4}, states)
    assert charges == pytest.approx({"V": 2 + 3 * 0.25, "Mn": 2 + 2 * 0.25, "O": -2})
    assert 2 * charges["V"] + charges["Mn"] - 8 == pytest.approx(0)
    assert balanced_charges({"V": 1, "O": 4}, states) is None
    assert balanced_charges({"V": 2, "O": 2}, states) == pytest.approx({"V": 2, "Mn": 2, "O": -2})
    # One charge each: what it is, neutral or not.
    assert balanced_charges({"V": 1}, {"V": (3,)}) == {"V": 3.0}
    assert single(SALT_STATES) == {"Li": 1, "Ti": 4, "O": -2, "F": -1}
    with pytest.raises(OrderingError, match="charges: Cr has no oxidation state"):
        balanced_charges({"Cr": 1, "O": 1}, states)


@pytest.mark.parametrize(
    ("x", "given", "said"),
    [
        ((0.5,), ({"Xx": 1},), "no active site may hold Xx"),
        ((1.5,), (), "does not fill the sites of any supercell of up to 2 cells"),
        ((0.3,), (), "does not fill the sites"),
        (None, ({"Ti": 1, "F": 1},), r"no oxidation states .* they sum to \+3 to \+3 e"),
        (None, ({"O": 1},), None),
    ],
)
def test_compositions_that_cannot_be_are_named(x, given, said):
    prim, _, groups = crystal("salt")
    found = list(unmet(prim, groups, 2, wanted_of("Li", x, given, SALT_STATES)))
    if said is None:
        assert found == []
    else:
        (sentence,) = found
        assert re.search(said, sentence)


def test_draws_are_distinct_orderings_of_the_composition():
    drawing = Drawing(beyond=10, random=3, low_energy=2)
    charges = SALT_STATES | {"Mn": 3}
    given = ({"Li": 0.5, "Mn": 0.25, "Ti": 0.25, "O": 0.75},)
    found, drawn = listed("salt", 4, None, given, charges, drawing)
    large = [room for room in found if room.supercell.size == 4]
    assert not any(room.listed for room in large)
    assert "too many to list" in list(counts_by_size(found))[-1]
    of_large = [o for o in drawn if o.cells == 4]
    assert len(keys("salt", of_large)) == len(of_large) >= 2 * len(large)
    for one in of_large:
        held = np.bincount(one.occupation[:4], minlength=4), np.bincount(one.occupation[4:])
        assert held[0].tolist() == [2, 1, 1, 0]
        assert held[1].tolist() == [3, 1]
    again = listed("salt", 4, None, given, charges, drawing)[1]
    assert [o.id for o in again] == [o.id for o in drawn]
    assert all(
        np.array_equal(a.occupation, b.occupation) for a, b in zip(again, drawn, strict=True)
    )


def test_annealing_finds_the_lowest_of_all():
    prim, group, groups = crystal("salt")
    supercell = Supercell(((2, 0, 0), (0, 2, 0), (0, 0, 2)))
    counts = ((3, 3, 2, 0), (5, 3))  # nothing of this can repeat within eight cells
    model = build_ewald(prim, supercell, {"Li": 1, "Mn": 3, "Ti": 4, "O": -2, "F": -1})
    every = distinct_arrangements(prim, group, supercell, groups, counts).occupation
    lowest = model.energies(every).min()
    rng = np.random.default_rng(0)
    sites = group_sites(groups, supercell.size)
    start = random_occupations(sites, counts, 32, rng)
    landscape = EwaldLandscape.of(model, start)
    found, energy = anneal(landscape, sites, steps=1500, keep=10, rng=rng)
    assert energy[0] / supercell.size == pytest.approx(lowest, abs=1e-9)
    np.testing.assert_allclose(model.energies(found), energy / supercell.size, atol=1e-9)
    assert np.all(np.diff(energy) >= 0)
    assert len(np.unique(found, axis=0)) == len(found)


def test_a_change_is_the_difference_of_two_energies():
    prim, _, groups = crystal("salt")
    supercell = Supercell.diagonal(2, 1, 2)
    model = build_ewald(prim, supercell, {"Li": 1, "Mn": 3, "Ti": 4, "O": -2, "F": -1})
    rng = np.random.default_rng(1)
    sites = group_sites(groups, 4)
    occupation = random_occupations(sites, ((1, 2, 1, 0), (3, 1)), 50, rng)
    landscape = EwaldLandscape.of(model, occupation)
    i, j = rng.integers(4, size=(2, 50))
    change = landscape.change(i, j)
    swapped, rows = occupation.copy(), np.arange(50)
    swapped[rows, i], swapped[rows, j] = occupation[rows, j], occupation[rows, i]
    expected = 4 * (model.energies(swapped) - model.energies(occupation))
    np.testing.assert_allclose(change, expected, atol=1e-9)
    landscape.swap(rows, i, j, change)
    np.testing.assert_allclose(landscape.value, 4 * model.energies(swapped), atol=1e-9)
    fresh = EwaldLandscape.of(model, swapped)
    np.testing.assert_allclose(landscape.potential, fresh.potential, atol=1e-9)


def test_every_arrangement_is_equally_likely():
    rng = np.random.default_rng(5)
    some = random_occupations([np.arange(4)], ((2, 1, 1),), 12000, rng)
    _, number = np.unique(some, axis=0, return_counts=True)
    assert len(number) == 12
    assert abs(number - 1000).max() < 5 * np.sqrt(1000)


def test_smallest_images_tell_orderings_apart():
    prim, group, _ = crystal("salt")
    (supercell, *_) = distinct_supercells(3, group)
    symmetry = supercell_symmetry(prim, group, supercell)
    every = np.array([(*a, *b) for a in product(range(4), repeat=3)
                      for b in product(range(2), repeat=3)], np.int8)  # fmt: skip
    images, fixed, shifts = smallest_images(symmetry, every)
    of_key: dict = {}
    for one, image in zip(every, images, strict=True):
        key = canonical_key(prim, group, supercell, one)
        assert of_key.setdefault(key, image.tobytes()) == image.tobytes()
    assert len(set(of_key.values())) == len(of_key)
    assert (len(symmetry.permutations) % fixed == 0).all()
    repeats = (every[:, :3] == every[:, :1]).all(axis=1) & (every[:, 3:] == every[:, 3:4]).all(1)
    assert np.array_equal(shifts == 3, repeats)


def test_excluded_pairs_are_never_filled():
    square = Prim(
        lattice=np.diag([3.0, 3.0, 9.0]),
        frac=np.zeros((1, 3)),
        species=(("Li", "Na", "Va"),),
        labels=("A",),
        formula_units=1,
        excluded=((0, 0, 1, 0, 0), (0, 0, 0, 1, 0)),
    )
    group = find_space_group(square, 1e-5)
    wanted = wanted_of("Li", (0.25,), ({"Na": 0.25},), {"Li": 1, "Na": 1})
    found = rooms(square, group, wanted, 4, Drawing().beyond)
    some = enumerate_mixtures(square, group, found, species="Li", drawing=Drawing())
    assert some
    for one in some:
        at = np.flatnonzero(one.occupation < 2)
        for i, j in combinations(one.supercell.cells[at], 2):
            apart = one.supercell.wrap(np.array([i - j, [1, 0, 0], [0, 1, 0], [-1, 0, 0]]))
            assert apart[0] not in apart[1:]


def test_axes_of_composition():
    salt = PRIMS["salt"]
    assert composition_axes(salt, "Li", {}) == {"x": "Li", "x_Mn": "Mn", "x_Ti": "Ti", "x_O": "O"}
    chosen = {"y": "Mn", "z": "Ti", "f": "F"}
    assert composition_axes(salt, "Li", chosen) == {"x": "Li"} | chosen
    fcc = replace(salt, species=(("Cu", "Ag", "Au"), ("O",)))
    assert composition_axes(fcc, "Cu", {}) == {"x": "Cu", "x_Ag": "Ag"}
    with pytest.raises(
        OrderingError, match=r"axes\.z: the amount of Au follows from that of Cu, Ag"
    ):
        composition_axes(fcc, "Cu", {"y": "Ag", "z": "Au"})
    with pytest.raises(OrderingError, match=r"axes\.y: the amount of Cu follows"):
        composition_axes(fcc, "Cu", {"y": "Cu"})
    with pytest.raises(OrderingError, match=r"axes\.y: no active site may hold Pt; use one of Cu"):
        composition_axes(fcc, "Cu", {"y": "Pt"})
    with pytest.raises(OrderingError, match="leave the amount of Ti open; of 4 independent"):
        composition_axes(salt, "Li", {"y": "Mn"})


def ordering(codes, hnf=(2, 0, 0, 0, 1, 0, 0, 0, 1)):
    return Ordering("one", hnf, 0.5, np.array(codes, np.int8), 1, 0.0)


def test_amounts_of_orderings():
    found = amounts(PRIMS["salt"], [ordering([0, 1, 0, 1]), ordering([2, 3, 1, 1])], ["Li", "F"])
    np.testing.assert_allclose(found, [[0.5, 0.5], [0.0, 1.0]])
    with pytest.raises(SiteError, match="site 3 holds the species of index 2, but the prim lists"):
        amounts(PRIMS["salt"], [ordering([0, 1, 0, 2])], ["Li"])


def test_files_hold_any_code_that_has_a_digit(tmp_path):
    path = tmp_path / "orderings.csv"
    some = [ordering([0, 35, 2, 10]), replace(ordering([3, 1, 0, 1]), id="two")]
    write_orderings(path, some)
    assert "0z2a" in path.read_text()
    again = read_orderings(path)
    assert all(np.array_equal(a.occupation, b.occupation) for a, b in zip(some, again, strict=True))
    with pytest.raises(OrderingError, match="indices 0 to 36, and a file of orderings has digits"):
        write_orderings(path, [ordering([0, 36, 0, 0])])
    path.write_text(path.read_text().replace("0z2a", "0Z2a"))
    with pytest.raises(OrderingError, match="'0Z2a' is not a digit per site"):
        read_orderings(path)


def test_draws_go_on_where_they_were_stopped(tmp_path, monkeypatch):
    """The same orderings as without a stop, and what was drawn is not drawn again."""
    how = {"drawing": Drawing(beyond=1, random=3, low_energy=2), "given": [{"O": 1.0}]}
    _, whole = listed("salt", 2, **how)
    drawn = []
    fill = mixtures._Filler.orderings

    def counted(filler, *others):
        if not filler.room.listed:
            drawn.append(filler.room.label)
        if len(drawn) == 4:
            raise KeyboardInterrupt
        return fill(filler, *others)

    monkeypatch.setattr(mixtures._Filler, "orderings", counted)
    kept = KeptOrderings(tmp_path, "these settings")
    with pytest.raises(KeyboardInterrupt):
        listed("salt", 2, **how, kept=kept)
    stopped = sorted(path.stem for path in tmp_path.iterdir())
    assert len(stopped) == 3
    (tmp_path / f"{stopped[0]}.json").write_text("{")  # cut short by a full disk
    drawn[:] = [""] * 10
    rooms_, again = listed("salt", 2, **how, kept=kept)
    assert not {*stopped[1:]} & {*drawn}
    assert stopped[0] in drawn
    assert [o.id for o in again] == [o.id for o in whole]
    for one, other in zip(again, whole, strict=True):
        np.testing.assert_array_equal(one.occupation, other.occupation)
        assert one.ewald_eV_per_cell == other.ewald_eV_per_cell
    assert {path.stem for path in tmp_path.iterdir()} == {r.label for r in rooms_ if not r.listed}
    # Of other settings nothing is taken.
    assert KeptOrderings(tmp_path, "others").read(stopped[1]) is None

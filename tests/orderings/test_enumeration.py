"""Orderings: counts by Burnside's lemma, ranking, selection, files."""

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from functools import cache
from math import comb
from pathlib import Path

import numpy as np
import pytest
import spglib
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from navac.crystal.decoration import read_prim
from navac.crystal.prim import Prim, PrimError
from navac.crystal.sites import spins
from navac.crystal.supercell import SupercellError, hermite_normal_forms, spanned
from navac.crystal.symmetry import find_space_group
from navac.expansion.clusters import enumerate_orbits
from navac.expansion.correlations import correlations
from navac.orderings.enumeration import count_orderings, enumerate_orderings
from navac.orderings.ordering import OrderingError, read_orderings, write_orderings
from navac.orderings.symmetry import distinct_supercells, pack, unpack

PUBLISHED = Path(__file__).parents[2] / "config/published/nxvp/prim.json"
CHARGES = {"Na": 1.0, "V": 2.5, "P": 5.0, "O": -2.0}
TIGHT, LOOSE = 1e-5, 1e-2  # R3c and R-3c


@cache
def nxvp() -> Prim:
    return read_prim(PUBLISHED, [], 2)


@cache
def group(tolerance):
    return find_space_group(nxvp(), tolerance)


def enumerate_nxvp(tolerance=LOOSE, prim=None, **options):
    options = {"max_cells": 1, "species": "Na", "charges": CHARGES} | options
    return enumerate_orderings(prim or nxvp(), group(tolerance), **options)


@cache
def all_up_to_two_cells(tolerance):
    return enumerate_nxvp(
        tolerance, max_cells=2, compositions=np.arange(17) / 4, max_per_composition=None
    )


def geometric_permutations(prim, supercell, tolerance):
    """Translations, and all symmetry, of a supercell's active sites, from positions alone."""
    hnf = np.array(supercell.hnf)
    kinds = sorted(set(zip(prim.species, prim.labels, strict=True)))
    numbers = [kinds.index(kind) for kind in zip(prim.species, prim.labels, strict=True)]
    found = spglib.get_symmetry((prim.lattice, prim.frac, numbers), symprec=tolerance)
    sites = (prim.frac[prim.active][:, None] + supercell.cells).reshape(-1, 3)

    def permutation(rotation, shift):
        offset = ((sites @ rotation.T + shift)[:, None] - sites) @ np.linalg.inv(hnf)
        distance = np.linalg.norm((offset - np.rint(offset)) @ hnf @ prim.lattice, axis=-1)
        assert distance.min(axis=1).max() < 0.1
        return tuple(distance.argmin(axis=1))

    shifts = {permutation(np.eye(3), t) for t in supercell.cells}
    every = set(shifts)
    for rotation, shift in zip(found["rotations"], found["translations"], strict=True):
        images = hnf @ rotation.T @ np.linalg.inv(hnf)
        if np.allclose(images, np.rint(images)):
            every |= {permutation(rotation, shift + t) for t in supercell.cells}
    return shifts, every


def fixed_by(permutations, count):
    """Occupations with ``count`` sites of one species that all ``permutations`` leave alone."""
    links = np.array([(i, j) for p in permutations for i, j in enumerate(p)])
    sites = len(next(iter(permutations)))
    graph = coo_array((np.ones(len(links)), links.T), shape=(sites, sites))
    _, label = connected_components(graph, directed=False)
    polynomial = np.ones(1, dtype=int)
    for length in np.bincount(label):
        factor = np.zeros(length + 1, dtype=int)
        factor[[0, length]] = 1
        polynomial = np.convolve(polynomial, factor)
    return polynomial[count]


@pytest.mark.parametrize("tolerance", [TIGHT, LOOSE])
@pytest.mark.parametrize(("cells", "x"), [(1, 2.0), (2, 1.75), (2, 2.0), (3, 0.5), (3, 3.5)])
def test_counts_by_burnside(tolerance, cells, x):
    count = round(2 * x * cells)
    orderings = enumerate_nxvp(
        tolerance, max_cells=cells, compositions=[x], max_per_composition=None
    )
    found = Counter(o.hnf for o in orderings if o.cells == cells)
    for supercell in distinct_supercells(cells, group(tolerance)):
        shifts, every = geometric_permutations(nxvp(), supercell, tolerance)
        fixed = sum(
            sign * fixed_by([g, *repeats], count)
            for g in every
            for sign, repeats in subgroups(shifts)
        )
        assert found[tuple(np.ravel(supercell.hnf))] * len(every) == fixed


@pytest.mark.parametrize("tolerance", [TIGHT, LOOSE])
@pytest.mark.parametrize(("cells", "counts"), [(3, range(25)), (4, (*range(6), *range(27, 33)))])
def test_every_composition_by_burnside(tolerance, cells, counts):
    """Counted and not listed, so that every composition of three cells can be compared."""
    prim = nxvp()
    found = count_orderings(prim, group(tolerance), cells=cells, counts=counts, species="Na")
    expected = Counter()
    for supercell in distinct_supercells(cells, group(tolerance)):
        shifts, every = geometric_permutations(prim, supercell, tolerance)
        for sign, repeats in subgroups(shifts):
            for g in every:
                polynomial = fixed_by([g, *repeats], slice(None))
                for count in counts:
                    expected[count] += Fraction(int(sign * polynomial[count]), len(every))
    assert found == expected


def subgroups(shifts):
    """Subgroups of a group of up to four translations, each with its Möbius number.

    With these signs the occupations that a subgroup leaves alone add up to those that no
    translation leaves alone. (Weisner: (−1)^k p^(k(k−1)/2) for k factors of prime order p, else 0.)
    """
    zero = tuple(range(len(next(iter(shifts)))))

    def generated(one):
        powers = [zero]
        while (power := tuple(powers[-1][i] for i in one)) != zero:
            powers.append(power)
        return frozenset(powers)

    cyclic = {generated(s) for s in shifts if len(generated(s)) in (2, 3)}
    klein = [(2, sorted(shifts))] if len(cyclic) == 3 else []
    return [(1, []), *((-1, sorted(c)) for c in cyclic), *klein]


def test_degeneracies_add_up_to_all_occupations():
    totals = Counter()
    for o in all_up_to_two_cells(LOOSE):
        totals[o.hnf, round(2 * o.x * o.cells)] += o.degeneracy
    for (hnf, n), total in totals.items():
        cells = hnf[0] * hnf[4] * hnf[8]
        repeating = comb(8, n // 2) if cells == 2 and n % 2 == 0 else 0
        assert total == comb(8 * cells, n) - repeating


def test_the_smallest_image_stands_for_an_ordering():
    for o in all_up_to_two_cells(LOOSE)[::997]:
        _, every = geometric_permutations(nxvp(), o.supercell, LOOSE)
        images = {tuple(o.occupation[list(p)]) for p in every}
        assert min(images) == tuple(o.occupation)
        assert len(images) == o.degeneracy


def test_species_listed_in_either_order():
    # The counted species may be first on one site and second on another.
    turned = replace(
        nxvp(),
        species=tuple(
            s[::-1] if label == "Na2" else s
            for s, label in zip(nxvp().species, nxvp().labels, strict=True)
        ),
    )
    options = {"max_cells": 2, "compositions": [1.0, 2.25], "max_per_composition": None}
    # The representatives differ, and the positions keep R-3c only to 1e-2 Å: compare in R3c.
    expected, found = enumerate_nxvp(TIGHT, **options), enumerate_nxvp(TIGHT, turned, **options)
    assert [(o.hnf, o.x) for o in found] == [(o.hnf, o.x) for o in expected]
    energies = [np.sort([o.ewald_eV_per_cell for o in some]) for some in (expected, found)]
    np.testing.assert_allclose(*energies, rtol=0, atol=1e-5)


def test_lowest_energies_are_kept():
    every = [o for o in all_up_to_two_cells(LOOSE) if o.x == 1.75]
    kept = enumerate_nxvp(max_cells=2, compositions=[1.75], max_per_composition=40)
    lowest = sorted(every, key=lambda o: o.ewald_eV_per_cell)[:40]
    assert {o.id for o in kept} == {o.id for o in lowest}


def test_one_cell_orderings_outlive_the_cut():
    options = {"max_cells": 2, "compositions": [2.0], "max_per_composition": 15}
    one_cell = [o.id for o in all_up_to_two_cells(LOOSE) if o.cells == 1 and o.x == 2.0]
    kept = {o.id for o in enumerate_nxvp(**options)}
    assert len(kept) == 15
    assert len(one_cell) == 10
    assert kept > set(one_cell)
    assert len(enumerate_nxvp(**options, always_keep_cells=0)) == 15
    lowest = min(
        (o for o in all_up_to_two_cells(LOOSE) if o.x == 2.0), key=lambda o: o.ewald_eV_per_cell
    )
    few = {o.id for o in enumerate_nxvp(**options | {"max_per_composition": 5})}
    assert few == {*one_cell, lowest.id}


def test_large_supercells_leave_room_for_small_ones():
    kept = enumerate_nxvp(max_cells=3, compositions=[3.0], max_per_composition=25)
    cells = Counter(o.cells for o in kept)
    assert cells.total() == 25
    assert abs(cells[2] - cells[3]) <= 1
    every = [o for o in all_up_to_two_cells(LOOSE) if o.x == 3.0 and o.cells == 2]
    lowest = sorted(every, key=lambda o: o.ewald_eV_per_cell)[: cells[2]]
    assert {o.id for o in kept if o.cells == 2} == {o.id for o in lowest}


@pytest.mark.parametrize("x", [1.25, 2.0, 3.0])
def test_candidates_are_the_lowest_of_all(x):
    # Not guaranteed, but 2-cell supercells are small enough for the annealing to see it all.
    options = {"max_cells": 2, "compositions": [x], "max_per_composition": 150}
    exact = enumerate_nxvp(**options)
    candidates = enumerate_nxvp(**options, exhaustive_limit=0)
    assert len(candidates) == len(exact)
    shared = {(o.hnf, bytes(o.occupation)) for o in exact} & {
        (o.hnf, bytes(o.occupation)) for o in candidates
    }
    assert len(shared) >= 0.98 * len(exact)


def test_a_total_is_spread_over_the_compositions():
    options = {"max_cells": 2, "compositions": np.arange(4, 17) / 4, "max_per_composition": 60}
    kept = enumerate_nxvp(**options)
    chosen = enumerate_nxvp(**options, total=200, seed=5)
    ids = {o.id for o in chosen}
    assert len(chosen) == len(ids) == 200
    assert ids < {o.id for o in kept}
    assert {o.id for o in kept if o.cells == 1} < ids
    available, number = Counter(o.x for o in kept), Counter(o.x for o in chosen)
    for x in available:
        lowest = min((o for o in kept if o.x == x), key=lambda o: o.ewald_eV_per_cell)
        assert lowest.id in ids
        assert number[x] == available[x] or number[x] >= max(number.values()) - 1


def test_nothing_need_be_kept_always():
    """A start at random: neither the lowest nor the smallest orderings are in it by right."""
    options = {"max_cells": 2, "compositions": np.arange(4, 17) / 4, "max_per_composition": 60}
    options |= {"random_share": 1.0, "always_keep_cells": 0, "seed": 5}
    kept = enumerate_nxvp(**options)
    chosen = enumerate_nxvp(**options, total=30)
    assert len(chosen) == 30
    assert {o.id for o in chosen} < {o.id for o in kept}
    assert len({o.x for o in chosen}) == 13
    lowest = {min((o for o in kept if o.x == x), key=lambda o: o.ewald_eV_per_cell).id
              for x in {o.x for o in chosen}}  # fmt: skip
    assert len(lowest & {o.id for o in chosen}) < 8


def test_the_seed_decides_the_subset():
    options = {"max_cells": 2, "compositions": [1.5, 2.25], "total": 60}
    one, same, other = ([o.id for o in enumerate_nxvp(**options, seed=s)] for s in (1, 1, 2))
    assert one == same != other


def test_a_random_share_leaves_the_lowest_and_follows_the_seed():
    options = {"max_cells": 2, "compositions": [2.0], "max_per_composition": 110}
    every = [o for o in all_up_to_two_cells(LOOSE) if o.x == 2.0]
    ids = [o.id for o in sorted(every, key=lambda o: o.ewald_eV_per_cell)]
    kept = {o.id for o in every if o.cells == 1} | {ids[0]}
    others = [name for name in ids if name not in kept]
    for share, lowest in [(0.25, round(0.75 * (110 - len(kept)))), (1.0, 0)]:
        one, same, other = (
            {o.id for o in enumerate_nxvp(**options, random_share=share, seed=s)} for s in (1, 1, 2)
        )
        assert len(one) == 110
        assert one == same != other
        assert one & other >= kept | set(others[:lowest])
        # The id of a drawn one holds its rank among all orderings of its supercell, too.
        assert one < set(ids)
    found = enumerate_nxvp(**options, random_share=1.0)
    energies = {o.id: o.ewald_eV_per_cell for o in every}
    assert all(o.ewald_eV_per_cell == energies[o.id] for o in found)


def test_a_random_draw_is_uniform_over_all_orderings():
    every = [o for o in all_up_to_two_cells(LOOSE) if o.x == 2.0 and o.cells == 2]
    options = {"max_cells": 2, "compositions": [2.0], "max_per_composition": 1000}
    drawn = [o for o in enumerate_nxvp(**options, random_share=1.0) if o.cells == 2]
    expected = Counter(o.hnf for o in every)
    for hnf, n in Counter(o.hnf for o in drawn).items():
        share = expected[hnf] / len(every)
        assert abs(n / len(drawn) - share) < 4 * np.sqrt(share * (1 - share) / len(drawn))
    median = np.median([o.ewald_eV_per_cell for o in every])
    below = np.mean([o.ewald_eV_per_cell < median for o in drawn])
    assert abs(below - 0.5) < 4 * np.sqrt(0.25 / len(drawn))


def test_a_random_share_determines_more_clusters():
    orbits = enumerate_orbits(nxvp(), group(TIGHT), {2: 10, 3: 6, 4: 5})

    def rank(share):
        orderings = enumerate_nxvp(
            TIGHT, max_cells=3, compositions=np.arange(12, 17) / 4, max_per_composition=80,
            random_share=share,
        )  # fmt: skip
        averages = [
            correlations(orbits, o.supercell, spins(o.occupation[None]))[0] for o in orderings
        ]
        return np.linalg.matrix_rank(np.column_stack([np.ones(len(averages)), averages]))

    assert rank(0.5) > rank(0.0)


def test_ids_name_cells_supercell_composition_and_rank():
    for tolerance in (TIGHT, LOOSE):
        orderings = all_up_to_two_cells(tolerance)
        assert len({o.id for o in orderings}) == len(orderings)
    last = enumerate_nxvp(max_cells=2, compositions=[2.25], max_per_composition=None)[-1]
    assert last.id.startswith("c2-h02-x2.25-")


def test_progress_is_reported():
    calls = []
    enumerate_nxvp(max_cells=2, compositions=[1.0, 1.25], progress=lambda *a: calls.append(a))
    # x = 1.25 fits only the three supercells of two cells.
    assert calls == [(n, 7) for n in range(1, 8)]


def test_pack_compares_as_occupations_do():
    occupation = np.random.default_rng(0).integers(0, 2, (50, 62)).astype(np.int8)
    patterns = pack(occupation)
    np.testing.assert_array_equal(unpack(patterns, 62), occupation)
    assert [tuple(o) for o in occupation[np.argsort(patterns)]] == sorted(map(tuple, occupation))


def with_species(site, species):
    every = list(nxvp().species)
    every[site] = species
    return replace(nxvp(), species=tuple(every))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"prim": with_species(1, ("Na", "K", "Va"))}, r"site 1 \(Na1\) may hold Na, K, Va"),
        ({"prim": with_species(3, ("K", "Va"))}, r"site 3 \(Na2\) may hold K, Va"),
        ({"prim": replace(nxvp(), species=(("O",),) * 42)}, "no site with two species"),
        ({"compositions": [1.0, 1.3]}, "x = 1.3 fit no supercell of up to 1 cells"),
        ({"compositions": [4.5]}, "x = 4.5 fit no supercell"),
        ({"max_cells": 8}, "lower it to 7"),
        ({"random_share": -0.1}, "random_share: -0.1 is not a fraction"),
        ({"random_share": 1.1}, "random_share: 1.1 is not a fraction"),
        ({"random_share": np.nan}, "random_share: nan is not a fraction"),
        ({"total": 9}, "total: 9 is less than the 10 orderings"),
    ],
)
def test_what_cannot_be_enumerated_is_refused(options, message):
    with pytest.raises(OrderingError, match=message):
        enumerate_nxvp(**{"compositions": [2.0]} | options)


def test_a_prim_without_symmetry_is_refused():
    frac = nxvp().frac.copy()
    frac[1] = frac[0]
    with pytest.raises(PrimError, match="no symmetry found at 1e-05 Å"):
        find_space_group(replace(nxvp(), frac=frac), TIGHT)


class TestFile:
    @pytest.fixture
    def path(self, tmp_path):
        write_orderings(tmp_path / "orderings.csv", all_up_to_two_cells(LOOSE)[100:120])
        return tmp_path / "orderings.csv"

    def test_reads_what_was_written(self, path):
        for written, read in zip(
            all_up_to_two_cells(LOOSE)[100:120], read_orderings(path), strict=True
        ):
            assert (read.id, read.hnf, read.x) == (written.id, written.hnf, written.x)
            assert read.degeneracy == written.degeneracy
            assert read.ewald_eV_per_cell == written.ewald_eV_per_cell
            np.testing.assert_array_equal(read.occupation, written.occupation)
            assert read.occupation.dtype == np.int8
        assert not list(path.parent.glob("*.part"))

    def test_columns(self, path):
        header = path.read_text().splitlines()[0]
        assert header == "id,cells,hnf,x,occupation,degeneracy,ewald_eV_per_cell"

    @pytest.mark.parametrize(
        ("column", "value"),
        [
            (0, ""), (1, "3"), (1, "two"), (2, "1 0 0 0 1 0 0 0"), (2, "1 0 0 0 1 0 3 0 2"),
            (2, "1 0 0 0 1 0 0 0 -2"), (3, "nan"), (4, "010"), (4, "01.0"), (4, ""), (5, "0"),
            (5, "1.5"), (6, "low"),
        ],
    )  # fmt: skip
    def test_a_wrong_field_is_named(self, path, column, value):
        lines = [line.split(",") for line in path.read_text().splitlines()]
        lines[4][column] = value
        path.write_text("\n".join(map(",".join, lines)))
        with pytest.raises(OrderingError, match=rf"orderings.csv, row 5, {lines[0][column]}: "):
            read_orderings(path)

    def test_rows_that_are_too_short_or_too_long(self, path):
        text = path.read_text().splitlines()
        path.write_text("\n".join([*text, text[-1] + ",1"]))
        with pytest.raises(OrderingError, match="row 22: has more fields than the 7 columns"):
            read_orderings(path)
        path.write_text("\n".join([*text, "new,2,1 0 0 0 1 0 0 0 2"]))
        with pytest.raises(OrderingError, match="row 22, degeneracy: is empty"):
            read_orderings(path)

    def test_a_missing_column_or_a_repeated_id(self, path):
        text = path.read_text()
        path.write_text(text.replace("degeneracy", "multiplicity"))
        with pytest.raises(OrderingError, match=r"columns \['degeneracy'\] are missing from row 1"):
            read_orderings(path)
        path.write_text(text + text.splitlines()[1] + "\n")
        with pytest.raises(OrderingError, match=r"row 22, id: .* is in an earlier row"):
            read_orderings(path)


@pytest.mark.parametrize("size", [1, 2, 4, 6])
def test_vectors_span_the_supercell_they_are_combinations_of(size):
    rng = np.random.default_rng(size)
    for hnf in hermite_normal_forms(size):
        more = rng.integers(-3, 4, (4, 3)) @ np.array(hnf)
        assert spanned(np.concatenate([more, np.array(hnf)[::-1]])).hnf == hnf
    with pytest.raises(SupercellError, match="lie in a plane or on a line"):
        spanned(np.array([[1, 0, 0], [0, 2, 0], [3, 4, 0]]))

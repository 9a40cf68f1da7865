"""How many orderings there are: icet's counts and published ones, composition by composition.

All count alike: supercells related by symmetry once, occupations of a supercell related by its
symmetry once, none that repeats within its supercell. icet and navac tell the two species apart;
Hart and Forcade do not, so that there A2B and AB2 are one.
"""

from collections import Counter
from functools import cache
from math import comb
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from navac.crystal.decoration import read_prim
from navac.crystal.prim import Prim
from navac.crystal.symmetry import SpaceGroup, find_space_group
from navac.orderings.enumeration import count_orderings, enumerate_orderings
from navac.orderings.ordering import OrderingError
from navac.orderings.symmetry import (
    binary_patterns,
    distinct_supercells,
    supercell_symmetry,
)
from tests.conftest import PUBLISHED

COUNTS = pd.read_csv(Path(__file__).parents[1] / "data/counts/icet.csv", comment="#")
CRYSTALS = tuple(COUNTS.crystal.unique())
CHARGES = {"Na": 1.0, "V": 2.5, "P": 5.0, "O": -2.0, "A": 1.0, "B": -1.0}
FEW = 500_000
"""Ways of filling a supercell at a composition: benchmarks/ordering_counts.py counts all."""
COUNTED = {"sc": 6, "fcc": 8, "bcc": 8}
"""Largest supercell whose counts are compared here, where it is not the largest recorded."""
LISTED = {"sc": 5, "fcc": 6, "bcc": 6, "hcp": 3, "nxvp R3c": 2, "nxvp R-3c": 2}
"""Largest supercell up to which orderings are not only counted."""

# Binary derivative structures by number of atoms: Hart and Forcade, Phys. Rev. B 77, 224115
# (2008) and 80, 014120 (2009), as repeated in the tests of lan496/dsenum.
HART_FORCADE = {
    "fcc": {2: 2, 3: 3, 4: 12, 5: 14, 6: 50, 7: 52, 8: 229},
    "sc": {2: 3, 3: 3, 4: 15},
    "hcp": {1: 1, 2: 7, 3: 30, 4: 163},
}
HART_FORCADE["bcc"] = HART_FORCADE["fcc"]  # bcc and fcc have equally many at every size


@cache
def crystal(name: str) -> tuple[Prim, SpaceGroup]:
    """A binary alloy, or the published prim with its tolerance's symmetry."""
    if name.startswith("nxvp"):
        prim = read_prim(PUBLISHED / "prim.json", [], 2)
        return prim, find_space_group(prim, 1e-2 if name == "nxvp R-3c" else 1e-5)
    lattices = {
        "sc": np.eye(3),
        "fcc": (np.ones((3, 3)) - np.eye(3)) / 2,
        "bcc": np.ones((3, 3)) / 2 - np.eye(3),
        "hcp": [[1, 0, 0], [-0.5, np.sqrt(0.75), 0], [0, 0, 1.6]],
    }
    frac = [[1 / 3, 2 / 3, 0.25], [2 / 3, 1 / 3, 0.75]] if name == "hcp" else [[0, 0, 0]]
    sites = len(frac)
    prim = Prim(
        3.0 * np.array(lattices[name]), np.array(frac, float), (("A", "B"),) * sites,
        ("s",) * sites, sites,
    )  # fmt: skip
    return prim, find_space_group(prim, 1e-5)


def icet(name: str) -> dict[tuple[int, int], int]:
    """Counts by cells and counted sites, where a supercell can be filled in few ways."""
    sites = len(crystal(name)[0].active)
    rows = COUNTS[COUNTS.crystal == name]
    recorded = zip(rows.cells, rows.counted_sites, rows.orderings, strict=True)
    largest = COUNTED.get(name, rows.cells.max())
    return {(n, k): count for n, k, count in recorded if n <= largest and comb(n * sites, k) <= FEW}


def counted(name: str, cells: int, *counts: int) -> list[int]:
    prim, group = crystal(name)
    species = prim.species[prim.active[0]][0]
    found = count_orderings(prim, group, cells=cells, counts=counts, species=species)
    return [found[k] for k in counts]


@pytest.mark.parametrize("name", CRYSTALS)
def test_counts_are_those_of_icet(name):
    expected = icet(name)
    for cells in sorted({cells for cells, _ in expected}):
        counts = [k for n, k in expected if n == cells]
        assert counted(name, cells, *counts) == [expected[cells, k] for k in counts], cells


@pytest.mark.parametrize("name", CRYSTALS)
def test_symmetry_is_that_of_icet(name):
    """Otherwise equal counts would be luck: icet was given the active sites alone."""
    assert set(COUNTS.operations[COUNTS.crystal == name]) == {len(crystal(name)[1])}


@pytest.mark.parametrize("name", CRYSTALS)
def test_orderings_are_as_many_as_icet_counts(name):
    """The orderings themselves, at every composition, with the species in either role."""
    prim, group = crystal(name)
    sites = len(prim.active)
    expected = {}
    for (cells, count), orderings in icet(name).items():
        if cells <= LISTED[name] and orderings:
            expected[cells, count] = expected[cells, cells * sites - count] = orderings
    found = enumerate_orderings(
        prim, group, max_cells=LISTED[name],
        compositions={count / cells / prim.formula_units for cells, count in expected},
        species=prim.species[prim.active[0]][0], charges=CHARGES, max_per_composition=None,
    )  # fmt: skip
    assert Counter((o.cells, round(o.x * prim.formula_units * o.cells)) for o in found) == expected


def test_the_recorded_counts_reach_as_far_as_can_be_enumerated():
    largest = COUNTS.groupby("crystal").cells.max()
    assert largest["fcc"] == largest["bcc"] == 10
    for name in ("nxvp R3c", "nxvp R-3c"):
        # Of three cells the compositions in steps of x = 0.25; of four, what icet can list.
        of_three = COUNTS[(COUNTS.crystal == name) & (COUNTS.cells == 3)]
        assert {0, 3, 6, 9, 12} < set(of_three.counted_sites)
        assert largest[name] == 4


@pytest.mark.parametrize("name", HART_FORCADE)
def test_published_counts_up_to_label_exchange(name):
    prim, group = crystal(name)
    for cells, expected in HART_FORCADE[name].items():
        bits = cells * len(prim.active)
        every = np.concatenate([binary_patterns(bits, ones) for ones in range(1, bits)])
        classes = 0
        for supercell in distinct_supercells(cells, group):
            symmetry = supercell_symmetry(prim, group, supercell)
            patterns = symmetry.only_canonical(every)
            patterns = patterns[symmetry.stabiliser(patterns)[1] == 1]
            exchanged = symmetry.canonical((1 << bits) - 1 - patterns)
            classes += len(np.unique(np.minimum(patterns, exchanged)))
        assert classes == expected, cells


@pytest.mark.parametrize("name", ["fcc", "bcc"])
def test_distinct_supercells(name):
    # OEIS A159842
    counts = [len(distinct_supercells(size, crystal(name)[1])) for size in range(1, 7)]
    assert counts == [1, 2, 3, 7, 5, 10]


@pytest.mark.parametrize("lost", ["inversion", "translations"])
def test_another_symmetry_gives_other_counts(lost):
    """What the comparison would not forgive: R3c for R-3c, and translations not divided out."""
    expected = icet("nxvp R-3c")
    if lost == "inversion":
        assert counted("nxvp R3c", 2, 4)[0] > expected[2, 4]
    else:
        prim, group = crystal("nxvp R-3c")
        found = 0
        for supercell in distinct_supercells(2, group):
            whole = supercell_symmetry(prim, group, supercell)
            half = type(whole)(whole.permutations[::2], 1)
            found += len(half.only_canonical(binary_patterns(16, 4)))
        assert found > expected[2, 4]


def test_what_cannot_be_counted_is_refused():
    with pytest.raises(OrderingError, match="lower it to 7"):
        counted("nxvp R3c", 8, 3)

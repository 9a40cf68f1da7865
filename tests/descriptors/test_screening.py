"""A grid of compositions."""

from itertools import product

import pytest

from navac.descriptors.screening import (
    Grid,
    amounts_of,
    marked,
    ranked,
    screened,
    surroundings,
)
from navac.descriptors.sublattices import DescriptorError
from tests.descriptors.nasicon import HEV, crystal

ELEMENTS = {"Mg": 2.0, "Al": 3.0, "Ti": 4.0, "V": 3.0, "Mn": 2.0}
GRID = Grid("M", {"V": 1.5}, ELEMENTS, 0.1)
FIXED = {"Na": 1.0, "P": 5.0, "O": -2.0}


def around(grid=GRID, charges=FIXED):
    return surroundings(crystal(), grid, "Na", charges, {})


def test_every_composition_is_there_once():
    found = [tuple(round(10 * a[s] - 15 * (s == "V")) for s in ELEMENTS) for a in
             amounts_of(GRID, 2.0)]  # fmt: skip
    expected = {n for n in product(range(6), repeat=5) if sum(n) == 5}
    assert len(found) == len(expected) == 126
    assert set(found) == expected


def test_charges_give_the_inserted_species():
    table = screened(around()).set_index("composition")
    assert table.x["Na3 V2"] == pytest.approx(3)
    assert table.x["Na3.5 V1.5 Mg0.5"] == pytest.approx(3.5)
    assert table.x["Na2.5 V1.5 Ti0.5"] == pytest.approx(2.5)
    assert table.entropy_R["Na3 V2"] == 0
    assert table.elements["Na3 V2"] == 1


def test_what_has_no_room_is_left_out():
    """Vacant metal sites would need more sodium than there are sites."""
    heavy = Grid("M", {"Mg": 1.5}, {"Mg": 1.0, "Al": 3.0}, 0.1)
    table = screened(surroundings(crystal(), heavy, "Na", FIXED, {}))
    assert table.empty


def test_ranks_and_limits():
    table = screened(around())
    kept = ranked(table, {"x": (3.0, 4.0)}, ("entropy_R", "-delta_percent"))
    assert kept.x.between(3, 4).all()
    assert len(kept) < len(table)
    assert kept.score.is_monotonic_decreasing
    best = ranked(table, {}, ("entropy_R",)).iloc[0]
    assert best.entropy_R == pytest.approx(table.entropy_R.max())
    smallest = ranked(table, {}, ("-delta_percent",)).iloc[0]
    assert smallest.composition == "Na3 V2"


def test_named_compositions_among_them():
    found = marked(around(), {"HE-V": HEV, "NVP": {"Na": 3, "V": 2}})
    assert found.name.tolist() == ["NVP"]  # the grid has neither Cr nor Fe
    wide = Grid("M", {"V": 1.5}, ELEMENTS | {"Cr": 3.0, "Fe": 3.0}, 0.1)
    found = marked(around(wide), {"HE-V": HEV}).iloc[0]
    assert found.x == pytest.approx(3.2)
    assert found.entropy_R_per_site == pytest.approx(0.96469, abs=5e-6)


@pytest.mark.parametrize(
    ("grid", "charges", "said"),
    [
        (Grid("M", {"V": 1.5}, ELEMENTS, 0.15), FIXED, "0.15 does not divide the 0.5 of 2 sites"),
        (Grid("M", {"V": 2.5}, ELEMENTS, 0.1), FIXED, "does not divide the -0.5"),
        (Grid("M", {"V": 0.0}, ELEMENTS, 0.001), FIXED, "are more than 50000"),
        (Grid("X", {"V": 1.5}, ELEMENTS, 0.1), FIXED, "X is none of Na1, Na2, M, P, O"),
        (Grid("M", {"Cr": 1.5}, ELEMENTS, 0.1), FIXED, "Cr: has no single charge"),
        (GRID, {"Na": 1.0, "O": -2.0}, "P: has no single charge"),
    ],
)
def test_what_cannot_be_screened_is_refused(grid, charges, said):
    with pytest.raises(DescriptorError, match=said):
        screened(around(grid, charges))

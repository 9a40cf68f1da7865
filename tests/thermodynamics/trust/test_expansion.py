"""Checks of expansions: ground states that are missed, and errors near the hull."""

from dataclasses import replace

import numpy as np
import pytest

from navac.hull import lower_hull
from navac.thermodynamics.trust.expansion import Energies, fit_checks, search_check
from tests.expansion.test_small_cells import HEXAGONAL, repulsive  # noqa: F401
from tests.thermodynamics.trust.planted import by_quantity

GOOD = {
    "kfold_meV_per_fu": 1.5, "left_out": [], "ground_states_lost": [],
    "ground_states_spurious": [],
}  # fmt: skip


def test_a_missed_ground_state(repulsive):  # noqa: F811
    """Rows are lower than what was enumerated, but √3 × √3 is lower still."""
    hull = lower_hull([0, 0.25, 0.5, 0.75, 1], [0.03, 0.0, -0.01, 0.0, 0.03], 1)
    found = search_check("r", repulsive, len(HEXAGONAL.active), hull, (8, 8, 1))
    # At a third, the line from 0 at 1/4 to −0.01 at 1/2 is at −0.01/3.
    assert found.value == pytest.approx(10 * 2 / 3, abs=1e-6)
    assert found.verdict == "bad"
    assert "2 ground states" in found.sentence
    assert "x = 0.3333, 3 cells" in found.sentence
    assert "9×9×1" in found.action


def test_one_that_is_hardly_below(repulsive):  # noqa: F811
    hull = lower_hull([0, 1 / 3, 2 / 3, 1], [0.03, -0.0095, -0.01, 0.03], 1)
    found = search_check("r", repulsive, 1, hull, (12, 12, 1))
    assert found.value == pytest.approx(0.5)
    assert found.verdict == "doubtful"
    assert "a supercell" not in found.action


def test_none_is_missed(repulsive):  # noqa: F811
    hull = lower_hull([0, 1 / 3, 2 / 3, 1], [0.03, -0.01, -0.01, 0.03], 1)
    found = search_check("r", repulsive, 1, hull, (9, 9, 1))
    assert (found.value, found.verdict, found.action) == (0, "good", "")


def test_what_cannot_be_searched_is_not_known(sodium_poor):
    """A layer of Table S6 has 2¹⁶ occupations."""
    x = np.array([1.0, 3.0])
    hull = lower_hull(x, np.array([-100.0, -100.0]), 2)
    found = search_check("r", sodium_poor, 8, hull, (8, 8, 8))
    assert found.verdict == "not known"
    assert "could not be searched" in found.sentence


def energies(off, high=0.0):
    """Nine orderings on and above a hull; the two highest are off by ``high``."""
    x = np.array([0, 0.5, 1, 0, 0.5, 1, 0.5, 0.25, 0.75])
    known = np.array([0, -0.1, 0, 0.01, -0.09, 0.01, -0.08, 0.2, 0.2])
    signs = np.array([1, -1, 1, -1, 1, -1, 1, 0, 0])
    predicted = known + 1e-3 * (off * signs + high * (signs == 0))
    return Energies(id=[f"o{k}" for k in range(9)], x=x, known=known, predicted=predicted)


def fit(*given, scores=GOOD, fu=1):
    return by_quantity(fit_checks("r", scores, *given, fu), "r")


@pytest.mark.parametrize(("off", "verdict"), [(1.0, "good"), (5.0, "doubtful"), (20.0, "bad")])
def test_errors_near_the_hull(off, verdict):
    found = fit(energies(off, high=300))["fit near the hull"]
    assert found.value == pytest.approx(off)
    assert found.verdict == verdict
    assert "7 energies" in found.sentence
    # Half as much per formula unit if there are two in the cell.
    assert fit(energies(off), fu=2)["fit near the hull"].value == pytest.approx(off / 2)


def test_energies_that_were_left_out_do_not_count():
    one = energies(1.0)
    one.predicted[4] += 0.5
    assert fit(one)["fit near the hull"].verdict == "bad"
    scores = GOOD | {"left_out": [{"id": "o4", "reason": "outlier", "detail": ""}]}
    assert fit(one, scores=scores)["fit near the hull"].verdict == "good"


def test_energies_of_an_expansion_say_nothing_of_it():
    found = fit(energies(0.0))["fit near the hull"]
    assert found.verdict == "not known"
    assert "say nothing of its errors" in found.sentence


def test_an_expansion_from_elsewhere():
    found = fit(energies(1.0), scores=None)
    assert {c.verdict for c in found.values()} == {"not known"}


@pytest.mark.parametrize("key", ["ground_states_lost", "ground_states_spurious"])
def test_ground_states_of_a_fit(key):
    assert fit(energies(1.0))["ground states of the fit"].verdict == "good"
    scores = GOOD | {key: [{"id": "c4-x0.25", "x": 0.25, "meV_per_fu": 3.2}]}
    found = fit(energies(1.0), scores=scores)["ground states of the fit"]
    assert (found.value, found.verdict) == (3.2, "bad")
    assert "c4-x0.25 (3.2)" in found.sentence


def test_missed_ground_states_of_a_published_table(sodium_rich):
    """Table S7 has one of five cells at x = 3.4, which 8×8×8 cells do not hold."""
    expansion = replace(sodium_rich, constant=-2.012586)
    occupation = np.zeros((2, 8), np.int8)
    occupation[0, -2:] = 1
    hull = lower_hull(np.array([3.0, 4.0]), np.array([-0.5, -0.2]), 2)
    found = search_check("x3to4", expansion, 8, hull, (8, 8, 8))
    assert found.verdict == "bad"
    assert "longer_ground_states --range x3to4" in found.action

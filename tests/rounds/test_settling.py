"""When a range is settled: changes of hulls and voltages, and energies that did not come."""

from types import SimpleNamespace

import numpy as np
import pytest

from navac.hull import lower_hull
from navac.rounds.record import (
    OPEN,
    SETTLED,
    RoundsError,
    Score,
    State,
    read_scores,
    read_states,
    write_table,
)
from navac.rounds.settling import hull_change, hull_of, over, verdict, voltage_change

LIMITS = SimpleNamespace(hull_meV_per_fu=0.5, loocv_meV_per_fu=2.0, voltage_mV=5.0)


def score(**changed) -> Score:
    values = {
        "round": 1, "range": "x1to3", "spent": 30, "orderings": 30, "energies": 30, "terms": 20,
        "rms_meV_per_fu": 1.0, "loocv_meV_per_fu": 4.0, "kfold_meV_per_fu": 9.0, "predicted": 0,
        "deepest_meV_per_fu": 0.0, "asked": 4, "hull_change_meV_per_fu": None,
        "loocv_change_meV_per_fu": None, "voltage_change_mV": None, "state": OPEN,
    }  # fmt: skip
    return Score(**values | changed)


def test_changes_of_a_hull():
    """A state 3 meV/f.u. below a line of two formula units per cell, half way of x = 1 to 3."""
    before = lower_hull([1, 3], [0.0, -1.0], 2)
    now = lower_hull([1, 2, 3], [0.0, -0.506, -1.0], 2)
    assert hull_change(before, now) == pytest.approx(3.0)
    assert hull_change(now, now) == voltage_change(now, now) == 0
    # 6 meV per cell over two atoms
    assert voltage_change(before, now) == pytest.approx(3.0)


def test_a_shift_of_all_energies_changes_no_voltage():
    before = lower_hull([1, 2, 3], [0.0, -0.6, -1.0], 2)
    now = lower_hull([1, 2, 3], [0.1, -0.5, -0.9], 2)
    assert voltage_change(before, now) == pytest.approx(0, abs=1e-9)
    assert hull_change(before, now) == pytest.approx(50)


def test_a_step_that_moves_changes_the_voltage():
    before = lower_hull([1, 2, 3], [0.0, -0.6, -1.0], 2)
    now = lower_hull([1, 2.2, 3], [0.0, -0.72, -1.0], 2)
    # 2 < x < 2.2 was at 0.2 V, and is at 0.3 V
    assert voltage_change(before, now) == pytest.approx(100, abs=1e-6)


@pytest.mark.parametrize(
    ("energies", "loocv", "deepest", "changes", "state"),
    [
        (34, 4.5, 0.0, (0.1, 1.0), SETTLED),
        (34, 6.5, 0.0, (0.1, 1.0), OPEN),  # the score still moves
        (34, 4.5, 0.6, (0.1, 1.0), OPEN),  # a ground state without energy
        (34, 4.5, 0.0, (0.6, 1.0), OPEN),  # the hull still moves
        (34, 4.5, 0.0, (0.1, 9.0), OPEN),  # the voltage still moves
        (30, 4.0, 0.0, (0.0, 0.0), OPEN),  # none of the energies came
    ],
)
def test_a_range_is_settled(energies, loocv, deepest, changes, state):
    assert verdict(LIMITS, score(), energies, loocv, deepest, changes) == state


def test_the_first_round_settles_nothing():
    assert verdict(LIMITS, None, 30, 1.0, 0.0, None) == OPEN


def test_a_round_that_asked_for_nothing_may_settle():
    assert verdict(LIMITS, score(asked=0), 30, 4.0, 0.0, (0.0, 0.0)) == SETTLED


def test_the_loop_is_over_when_every_range_is():
    assert over([score(state=SETTLED), score(state="budget spent")])
    assert not over([score(state=SETTLED), score()])


def test_tables_are_read_back(tmp_path):
    scores = [score(), score(round=2, hull_change_meV_per_fu=0.1 + 0.2, voltage_change_mV=1e-13)]
    write_table(tmp_path / "scores.csv", Score, scores)
    assert read_scores(tmp_path / "scores.csv") == scores
    states = [State(1, "x1to3", "a", 1.0, -0.1), State(1, "x1to3", "b", 3.0, -1 / 3)]
    write_table(tmp_path / "states.csv", State, states)
    assert read_states(tmp_path / "states.csv") == states
    np.testing.assert_array_equal(hull_of(states, 2).x, [1, 3])


def test_a_wrong_field_is_named(tmp_path):
    write_table(tmp_path / "scores.csv", Score, [score()])
    text = (tmp_path / "scores.csv").read_text()
    (tmp_path / "scores.csv").write_text(text.replace(",9.0,", ",nine,"))
    with pytest.raises(RoundsError, match=r"scores\.csv, row 2, kfold_meV_per_fu: 'nine' is not"):
        read_scores(tmp_path / "scores.csv")

"""The loop in memory on Table S7 as the unknown truth, in supercells of up to two cells."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from navac.crystal.symmetry import find_space_group
from navac.orderings.ordering import Ordering
from navac.orderings.symmetry import canonical_key, distinct_supercells
from navac.rounds.record import OPEN, SETTLED, SPENT
from navac.rounds.round import Loop, RangeInput

FIT = SimpleNamespace(
    regression="lasso", alpha_eV=1e-5, max_terms_share=0.85, refit=True, folds=5,
    hull_weight_meV_per_fu=None, balance_compositions=False, outlier_sigmas=None,
    fold_by="ordering",
)  # fmt: skip
LIMITS = {
    "budget": None, "per_round": 4, "max_cells": 2, "hull_meV_per_fu": 0.5,
    "loocv_meV_per_fu": 2.0, "voltage_mV": 5.0,
}  # fmt: skip
CHARGES = {"Na": 1, "V": 2.5, "P": 5, "O": -2}


class Truth:
    """A published expansion that gives energies, and counts them."""

    def __init__(self, prim, expansion):
        self.prim, self.expansion = prim, expansion
        self.group = find_space_group(prim, 1e-5)
        self.range = RangeInput("x3to4", (3.0, 4.0), expansion.orbits)

    def start(self, count=24, seed=0):
        rng = np.random.default_rng(seed)
        boxes = distinct_supercells(2, self.group)
        seen, found = set(), []
        while len(found) < count:
            box = boxes[rng.integers(3)]
            number = (12, 16)[len(found)] if len(found) < 2 else rng.integers(12, 17)
            occupation = np.ones(16, np.int8)
            occupation[rng.permutation(16)[:number]] = 0
            key = canonical_key(self.prim, self.group, box, occupation)
            if key not in seen:
                seen.add(key)
                hnf = tuple(int(n) for n in np.ravel(box.hnf))
                found.append(Ordering(f"s{len(found)}", hnf, number / 4, occupation, 1, 0.0))
        return found

    def table(self, orderings, missing=()):
        energy = self.expansion.energies_of(orderings)
        return pd.DataFrame({
            "id": [o.id for o in orderings], "range": "x3to4", "x": [o.x for o in orderings],
            "energy_eV_per_cell": [
                np.nan if o.id in missing else e for o, e in zip(orderings, energy, strict=True)
            ],
            "provenance": "truth",
        })  # fmt: skip

    def round(self, number, orderings, before=None, missing=(), **changed):
        loop = Loop(
            number, self.prim, self.group, CHARGES, SimpleNamespace(**LIMITS | changed), FIT, 7
        )
        scores, states = (before.scores, before.states) if before else ([], [])
        return loop.run([self.range], orderings, self.table(orderings, missing), scores, states)


@pytest.fixture(scope="module")
def truth(prim, sodium_rich):
    return Truth(prim, sodium_rich)


@pytest.fixture(scope="module")
def loop(truth):
    """All rounds, and the orderings known in the end."""
    orderings, rounds = truth.start(), []
    for number in range(1, 15):
        rounds.append(truth.round(number, orderings, rounds[-1] if rounds else None))
        if rounds[-1].scores[0].state == SETTLED:
            return rounds, orderings
        orderings = orderings + rounds[-1].asked
    raise AssertionError("not settled")


def test_it_settles_on_the_ground_states_of_the_truth(loop):
    rounds, orderings = loop
    states = {round(s.x, 3): s.energy_eV_per_cell for s in rounds[-1].states}
    assert states[3.0] == pytest.approx(0.15858, abs=1e-5)
    assert states[3.5] == pytest.approx(1.06238, abs=1e-5)
    assert states[4.0] == pytest.approx(2.01259, abs=1e-5)
    # The start had not all of them.
    first = {round(s.x, 3): s.energy_eV_per_cell for s in rounds[0].states}
    assert first.get(3.5, 9) > 1.0624 or first[3.0] > 0.1586
    # Far fewer than the 1478 distinct orderings of up to two cells.
    assert len(orderings) < 60


def test_nothing_is_asked_twice(loop, truth):
    _, orderings = loop
    keys = [canonical_key(truth.prim, truth.group, o.supercell, o.occupation) for o in orderings]
    assert len(set(keys)) == len(keys)
    assert len({o.id for o in orderings}) == len(orderings)


def test_the_last_rounds_were_quiet(loop):
    last = loop[0][-1].scores[0]
    assert last.deepest_meV_per_fu <= 0.5
    assert last.hull_change_meV_per_fu <= 0.5
    assert last.voltage_change_mV <= 5
    assert last.asked == 0


def test_a_settled_loop_passes_through(loop, truth):
    rounds, orderings = loop
    said = []
    again = Loop(
        99, truth.prim, truth.group, CHARGES, SimpleNamespace(**LIMITS), FIT, 7, said.append
    ).run(
        [truth.range], orderings, truth.table(orderings), rounds[-1].scores, rounds[-1].states
    )  # fmt: skip
    assert said == []  # nothing was fitted
    assert (again.scores[0].round, again.scores[0].state) == (99, SETTLED)
    assert [s.id for s in again.states] == [s.id for s in rounds[-1].states]


def test_energies_that_did_not_come_settle_nothing(truth):
    """All runs of a round failed: the hull did not move, and that says nothing."""
    start = truth.start()
    first = truth.round(1, start)
    known = start + first.asked
    failed = {o.id for o in first.asked}
    second = truth.round(2, known, first, missing=failed)
    assert second.scores[0].hull_change_meV_per_fu == 0
    assert second.scores[0].state == OPEN
    assert not failed & {o.id for o in second.asked}


def test_a_budget_ends_the_loop(truth):
    start = truth.start()
    first = truth.round(1, start, budget=26)
    assert len(first.asked) == 2
    second = truth.round(2, start + first.asked, first, budget=26)
    assert second.asked == []
    assert second.scores[0].state == SPENT
    third = truth.round(3, start + first.asked, second, budget=26)
    assert third.scores[0].state == SPENT

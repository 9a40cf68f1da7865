"""One round after the other by hand: what is asked for, its energies, and the verdict."""

import shutil
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
from pymatgen.core import Structure

from navac.energies.table import read_energies
from navac.orderings.ordering import read_orderings, write_orderings
from navac.rounds.record import read_scores, read_states
from tests.scripts.conftest import MADE, Scripts
from tests.scripts.test_vasp import QUICK, STANDIN_CAMPAIGN, inputs, plain_signals, potentials

TABLES = [f"config/published/nxvp/eci_{name}.csv" for name in ("x1to3", "x3to4")]
ROUNDS = {
    "rounds__max": 2, "rounds__max_cells": 1, "rounds__per_round": 2, "rounds__budget": 107,
    "expansion__max_terms_share": 0.8,
}  # fmt: skip

__all__ = ["plain_signals"]  # taken over as a fixture


@pytest.fixture
def start(here):
    """A few of the miniature campaign's orderings, evenly drawn, none of one cell but at x = 4."""
    scripts = Scripts(**ROUNDS)
    found = [o for o in read_orderings(here / "orderings/orderings.csv") if o.cells > 1 or o.x == 4]
    ends = [next(o for o in found if o.x == x) for x in (1, 3, 4)]
    rest = [o for o in found[::6] if o not in ends]
    write_orderings(MADE / "start.csv", [*ends, *rest][:100])
    return scripts


def energies(scripts, here, number, orderings):
    return scripts.call(
        "round_published_energies",
        wildcards={"round": f"{number}"},
        input={"prim": f"{here}/prim/prim.json", "orderings": orderings, "tables": TABLES},
        output={"energies": f"rounds/{number}/energies.csv"},
    ).energies  # fmt: skip


def passed_on(number):
    return {
        "scores": [f"{MADE}/rounds/{k}/scores.csv" for k in range(1, number)],
        "states": [f"{MADE}/rounds/{k}/states.csv" for k in range(1, number)],
    }


def one_round(scripts, here, number, orderings, table):
    folder = f"rounds/{number}"
    return scripts.call(
        "round",
        wildcards={"round": f"{number}"},
        input={"prim": f"{here}/prim/prim.json", "orderings": orderings, "energies": table,
               "published": TABLES, **passed_on(number)},
        output={name: f"{folder}/{name}.csv"
                for name in ("scores", "states", "wanted", "asked", "orderings")},
    )  # fmt: skip


def test_two_rounds_and_the_verdict(start, here):
    first = one_round(start, here, 1, f"{MADE}/start.csv",
                      energies(start, here, 0, f"{MADE}/start.csv"))  # fmt: skip
    asked = read_orderings(first.asked)
    assert 0 < len(asked) <= 4
    assert {o.cells for o in asked} == {1}
    wanted = pd.read_csv(first.wanted)
    assert list(wanted.id) == [o.id for o in asked]
    assert set(wanted.why) <= {"predicted ground state", "uncertain near the hull"}
    known = read_orderings(first.orderings)
    assert len(known) == 100 + len(asked)
    table = energies(start, here, 1, first.orderings)
    assert set(read_energies(table).id) == {o.id for o in known}
    second = one_round(start, here, 2, first.orderings, table)
    scores = read_scores(first.scores, second.scores)
    assert [(s.round, s.range) for s in scores] == [
        (1, "x1to3"), (1, "x3to4"), (2, "x1to3"), (2, "x3to4"),
    ]  # fmt: skip
    assert scores[0].hull_change_meV_per_fu is None
    # The ground states are of one cell: hardly any can have been there before.
    assert scores[2].hull_change_meV_per_fu > 0
    assert len(read_orderings(second.orderings)) <= 107  # the budget
    final = energies(start, here, 2, second.orderings)
    made = start.call(
        "rounds",
        input={"prim": f"{here}/prim/prim.json", "orderings": second.orderings, "energies": final,
               "published": TABLES, **passed_on(3)},
        output={"scores": "rounds/scores.csv", "states": "rounds/states.csv",
                "wanted": "rounds/wanted.csv", "orderings": "rounds/wanted_orderings.csv"},
        structures=f"{MADE}/rounds/structures",
    )  # fmt: skip
    assert [s.round for s in read_scores(made.scores)] == [1, 1, 2, 2, 3, 3]
    assert {s.round for s in read_states(made.states)} == {1, 2, 3}
    still = read_orderings(made.orderings)
    files = {p.stem for p in Path(f"{MADE}/rounds/structures").glob("*.vasp")}
    assert files == {o.id for o in still} == set(pd.read_csv(made.wanted).id)
    for one in still:
        atoms = Structure.from_file(
            f"{MADE}/rounds/structures/{one.id}.vasp",
        ).composition
        assert atoms["Na"] == pytest.approx(2 * one.x * one.cells)
    figure = start.call(
        "figure_rounds",
        input={"data": [made.scores, made.states], "prim": f"{here}/prim/prim.json"},
        output={"pdf": "rounds.pdf", "png": "rounds.png", "csv": "rounds.csv"},
        figure="rounds",
    )
    assert Path(figure.png).stat().st_size > 20_000


def test_orderings_of_a_round_become_vasp_jobs(here):
    """Input sets, runs of the stand-in, and one table of energies over all rounds."""
    scripts = Scripts(STANDIN_CAMPAIGN, **QUICK, rounds__max=1)
    some = read_orderings(here / "orderings/orderings.csv")
    ends = [next(o for o in some if o.x == x) for x in (1, 4)]
    write_orderings(MADE / "start.csv", ends)
    inputs(scripts, here, f"{MADE}/start.csv")
    potentials(scripts, here)
    asked = next(o for o in some if o.x == 2)
    write_orderings(MADE / "asked.csv", [asked])
    batch = scripts.call(
        "round_dft_batch", wildcards={"round": "1"},
        input={"prim": f"{here}/prim/prim.json", "orderings": f"{MADE}/asked.csv", "dft": []},
        output={"batch": "round-1.csv"}, root=f"{MADE}/inputs",
    ).batch  # fmt: skip
    assert list(pd.read_csv(batch).id) == [asked.id]
    folders = {
        "inputs": f"{MADE}/inputs", "runs": f"{MADE}/runs", "structures": f"{MADE}/relaxed",
    }  # fmt: skip
    given = {"prim": f"{here}/prim/prim.json", "potentials": f"{MADE}/potentials.json", "dft": []}
    first = scripts.call(
        "vasp_batch", wildcards={"batch": "0"},
        input=given | {"orderings": f"{MADE}/start.csv"}, output={"results": "vasp.csv"},
        **folders,
    )  # fmt: skip
    further = scripts.call(
        "round_vasp_batch", wildcards={"round": "1", "batch": "0"},
        input=given | {"orderings": f"{MADE}/asked.csv", "inputs": batch},
        output={"results": "vasp-round.csv"}, **folders,
    )  # fmt: skip
    results = [first.results, further.results]
    table = read_energies(scripts.call(
        "round_vasp_energies", wildcards={"round": "1"}, input={"results": results},
        output={"energies": "energies.csv"},
    ).energies)  # fmt: skip
    assert Counter(table.x) == {1: 1, 2: 1, 4: 1}
    assert table.energy_eV_per_cell.notna().all()


def test_an_input_set_of_every_round_is_written_once(here):
    """A round that asks for nothing writes nothing, and is an error nowhere."""
    scripts = Scripts(**ROUNDS)
    write_orderings(MADE / "asked.csv", [])
    batch = scripts.call(
        "round_dft_batch", wildcards={"round": "2"},
        input={"prim": f"{here}/prim/prim.json", "orderings": f"{MADE}/asked.csv", "dft": []},
        output={"batch": "round-2.csv"}, root=f"{MADE}/inputs",
    ).batch  # fmt: skip
    assert pd.read_csv(batch).empty
    shutil.rmtree(MADE / "inputs", ignore_errors=True)

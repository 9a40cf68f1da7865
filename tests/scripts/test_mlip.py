"""Orderings relaxed by a model, the metal, and structures relaxed before input is written."""

import json
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pymatgen.io.vasp.inputs import Poscar

from navac.crystal.symmetry import read_crystal
from navac.energies.table import read_energies
from navac.orderings.ordering import read_orderings, write_orderings
from navac.orderings.structures import calculation_cell
from tests.checkout import ROOT
from tests.hops.test_ends import ordering as arrangement
from tests.scripts.conftest import MADE, Scripts
from tests.vasp.test_run import orderings

ALLOY = "config/cuau.yaml"
FEW = {
    "orderings__max_cells": 2, "orderings__compositions": {"start": 0, "stop": 1, "step": 0.5},
    "energies__mlip__batches": 1,
}  # fmt: skip
WELLS = "tests.energies.mlip.wells:Wells"


@pytest.fixture(autouse=True)
def plain_signals():
    """Scripts that relax take SIGTERM; whoever runs the tests has it back."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with the configurations; no campaign needs to have run."""
    monkeypatch.chdir(tmp_path)
    Path("config").symlink_to(ROOT / "config")


@pytest.fixture
def alloy(here):
    """The scripts of the alloy, its crystal and its orderings."""
    scripts = Scripts(ALLOY, **FEW)
    made = scripts.call(
        "prim", input={"crystal": "config/crystals/CuAu.vasp"}, output={"prim": "prim.json"}
    )
    scripts.call(
        "orderings", input={"prim": made.prim, "more": []}, output={"orderings": "orderings.csv"}
    )
    return scripts


def relaxed(scripts):
    made = scripts.call(
        "mlip_batch",
        wildcards={"batch": "0"},
        input={"prim": f"{MADE}/prim.json", "orderings": f"{MADE}/orderings.csv", "weights": []},
        output={"results": "mlip-0.csv"},
        runs=f"{MADE}/relaxations", structures=f"{MADE}/relaxed",
    )  # fmt: skip
    return pd.read_csv(made.results).set_index("id")


def test_run_mlip_batch(alloy):
    """Every ordering has a row, and a second run of the rule relaxes nothing."""
    rows = relaxed(alloy)
    known = read_orderings(f"{MADE}/orderings.csv")
    assert list(rows.index) == [one.id for one in known]
    assert len(rows) == 4  # copper, gold, and two stackings of two
    assert set(rows.status) == {"done"}
    kept = sorted((MADE / "relaxations").glob("*/relaxed.json"))
    before = [path.stat().st_mtime_ns for path in kept]
    again = relaxed(alloy)
    assert before == [path.stat().st_mtime_ns for path in kept]
    pd.testing.assert_frame_equal(rows, again)


def test_collect_mlip_energies(alloy):
    rows = relaxed(alloy)
    made = alloy.call(
        "mlip_energies", input={"results": [f"{MADE}/mlip-0.csv"]},
        output={"energies": "energies.csv"},
    )  # fmt: skip
    found = read_energies(made.energies).set_index("id")
    total = rows.total_energy_eV_per_cell
    ends = [total[rows.x == x].iloc[0] for x in (0, 1)]
    np.testing.assert_allclose(
        found.energy_eV_per_cell, total - (ends[0] + rows.x * (ends[1] - ends[0])), atol=1e-12
    )
    assert (
        "4 of 4 orderings have an energy: ase.calculators.emt:EMT, effective medium theory"
        in (MADE / "mlip_energies.log").read_text()
    )


def test_orderings_of_a_round_join_those_that_were_enumerated(alloy):
    """The orderings that a round asks for are relaxed in a job of their own."""
    first = relaxed(alloy)
    further = alloy.call(
        "round_mlip_batch",
        wildcards={"round": "1", "batch": "0"},
        input={"prim": f"{MADE}/prim.json", "orderings": f"{MADE}/orderings.csv", "weights": []},
        output={"results": "mlip-round.csv"},
        runs=f"{MADE}/relaxations", structures=f"{MADE}/relaxed",
    )  # fmt: skip
    pd.testing.assert_frame_equal(pd.read_csv(further.results).set_index("id"), first)
    made = alloy.call(
        "round_mlip_energies", wildcards={"round": "0"}, input={"results": [further.results]},
        output={"energies": "energies-round.csv"},
    )  # fmt: skip
    assert len(read_energies(made.energies)) == len(first)


def test_a_round_that_asks_for_nothing_loads_no_model(alloy, monkeypatch):
    """Of a loop that is settled every job passes on what there is, in no time."""
    write_orderings(MADE / "nothing.csv", [])
    monkeypatch.setattr("navac.energies.mlip.calculators.load_model", None)
    made = alloy.call(
        "round_mlip_batch",
        wildcards={"round": "2", "batch": "0"},
        input={"prim": f"{MADE}/prim.json", "orderings": f"{MADE}/nothing.csv", "weights": []},
        output={"results": "mlip-nothing.csv"},
        runs=f"{MADE}/relaxations", structures=f"{MADE}/relaxed",
    )  # fmt: skip
    assert pd.read_csv(made.results).empty


def test_compute_metal(alloy):
    made = alloy.call("metal_reference", input={"weights": []}, output={"metal": "metal.json"})
    metal = json.loads(Path(made.metal).read_text())
    assert (metal["element"], metal["structure"]) == ("Cu", "fcc")
    copper = relaxed(alloy).query("x == 1").iloc[0]
    assert metal["energy_eV_per_atom"] == pytest.approx(copper.total_energy_eV_per_cell, abs=1e-4)
    assert metal["volume_A3_per_atom"] == pytest.approx(copper.volume_A3_per_fu, rel=1e-2)
    assert metal["model"].endswith("effective medium theory")


def test_an_arrangement_that_fails_is_named_and_the_others_go_on(here):
    how = {"calculator": "tests.energies.mlip.wells:Refusing", "level": "wells", "batches": 1,
           "options": {}, "relax_cell": False, "max_failed": 1}  # fmt: skip
    scripts = Scripts("config/high_entropy.yaml", energies__backend="mlip", energies__mlip=how)
    scripts.call(
        "prim", input={"crystal": "config/published/hev/prim.json"}, output={"prim": "prim.json"}
    )
    # Without sodium, full, and half full without and with one chromium.
    metals = {"11111111": "0000", "00000000": "0000", "00110011": "0000", "00001111": "1000"}
    write_orderings(MADE / "orderings.csv", [
        replace(one, id=f"{sodium}-{metals[sodium]}")
        for sodium in metals for one in [arrangement(sodium, metals[sodium])]
    ])  # fmt: skip
    rows = relaxed(scripts)
    assert rows.status.to_dict() == {
        "11111111-0000": "done", "00000000-0000": "done", "00110011-0000": "done",
        "00001111-1000": "failed",
    }  # fmt: skip
    said = (MADE / "mlip_batch.log").read_text()
    assert "00001111-1000 failed: tests.energies.mlip.wells:Refusing: RuntimeError: no par" in said
    made = scripts.call(
        "mlip_energies", input={"results": [f"{MADE}/mlip-0.csv"]},
        output={"energies": "energies.csv"},
    )  # fmt: skip
    known = np.isfinite(read_energies(made.energies).set_index("id").energy_eV_per_cell)
    assert known.to_dict() == (rows.status == "done").to_dict()
    assert "3 of 4 orderings have an energy" in (MADE / "mlip_energies.log").read_text()


def written(scripts, changed):
    crystal = "config/published/nxvp/prim.json"
    made = scripts.call("prim", input={"crystal": crystal}, output={"prim": "prim.json"})
    write_orderings(MADE / "orderings.csv", orderings("00111111", "00110011"))
    scripts.call(
        "dft_batch",
        wildcards={"batch": "0"},
        input={"prim": made.prim, "orderings": f"{MADE}/orderings.csv", "dft": [],
               "weights": []},
        output={"batch": "batch-0.csv"},
        root=f"{MADE}/inputs", prerelaxed=f"{MADE}/prerelaxed",
    )  # fmt: skip
    prim, _ = read_crystal(made.prim)
    for one in read_orderings(MADE / "orderings.csv"):
        ideal = calculation_cell(prim, one)
        found = Poscar.from_file(MADE / "inputs" / one.id / "POSCAR").structure
        away = [a.distance(b) for a, b in zip(found, ideal, strict=True)]
        np.testing.assert_allclose(away, changed, atol=5e-3)


def prerelaxing(**changed):
    how = {"calculator": WELLS, "options": {"shift": 0.1}, "level": "wells", "relax_cell": False,
           "max_force_eV_per_A": 0.001}  # fmt: skip
    return Scripts(dft__batches=1, dft__prerelax=how | changed)


def test_structures_are_relaxed_before_input_is_written(here):
    written(prerelaxing(), 0.1)
    assert f"relaxed beforehand by {WELLS}" in (MADE / "dft_batch.log").read_text()


def test_what_does_not_relax_begins_from_its_ideal_structure_and_is_named(here):
    written(prerelaxing(max_steps=1), 0.0)
    assert "begins from its ideal structure" in (MADE / "dft_batch.log").read_text()


def test_what_relaxes_into_another_ordering_begins_from_its_ideal_structure(here):
    """Atoms two ångström away are at no site."""
    written(prerelaxing(options={"shift": 2.0}), 0.0)
    assert "than 1.5 Å" in (MADE / "dft_batch.log").read_text()

"""Input for VASP, VASP itself by the stand-in, and what is read of its output."""

import csv
import json
import shutil
import signal
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pymatgen.io.vasp.inputs import Incar, Poscar

from navac.energies.table import read_energies
from navac.orderings.ordering import write_orderings
from navac.results import schema
from navac.results.read import read_records
from tests.scripts.conftest import MADE, Scripts
from tests.vasp.test_run import STANDIN, orderings

STANDIN_CAMPAIGN = "config/standin.yaml"
ORDERINGS = orderings("00111111", "00110011", "00110000", "00000000")  # x = 1, 2, 3, 4
QUICK = {
    "campaign": "miniature",  # the crystal is that of the miniature campaign
    "dft__potcar_library": str(STANDIN / "potentials"),
    "dft__batches": 1,
    "energies__vasp__command": f"{sys.executable} {STANDIN / 'run.py'}",
    "energies__vasp__batches": 1,
    "energies__vasp__poll_seconds": 0.05,
    "energies__vasp__spare_minutes": 0,
}
POOR = {
    "x": [1, 3], "published_eci": "config/published/nxvp/eci_x1to3.csv",
    "phases": {"zeta": 1, "omega": 3}, "windows": {},
    "temperatures_K": [{"start": 300, "stop": 600, "step": 300}],
    "mu_step_eV": 0.01, "mu_margin_eV": 0.04, "mu_reach_eV": 0.12,
}  # fmt: skip


@pytest.fixture
def four(here):
    """The path of a table of four orderings."""
    MADE.mkdir()
    write_orderings(MADE / "orderings.csv", ORDERINGS)
    return f"{MADE}/orderings.csv"


@pytest.fixture(autouse=True)
def plain_signals():
    """Scripts that run VASP take SIGTERM; whoever runs the tests has it back."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def inputs(scripts, here, four, batch=0):
    """Input sets of a batch; returns their table and how many were written."""
    made = scripts.call(
        "dft_batch",
        wildcards={"batch": str(batch)},
        input={"prim": f"{here}/prim/prim.json", "orderings": four, "dft": []},
        output={"batch": f"batch-{batch}.csv"},
        root=f"{MADE}/inputs",
    )
    with open(made.batch, newline="") as file:
        return list(csv.DictReader(file))


def test_write_dft_inputs(here, four):
    """Every second ordering is in the second of two batches; whole sets, and none twice."""
    scripts = Scripts(dft__batches=2)
    [two, four_] = inputs(scripts, here, four, batch=1)
    assert (two["id"], four_["id"]) == (ORDERINGS[1].id, ORDERINGS[3].id)
    for row, sodium in ((two, 4), (four_, 8)):
        folder = Path(row["directory"])
        assert {f.name for f in folder.iterdir()} == {"INCAR", "KPOINTS", "POSCAR", "POTCAR.spec"}
        atoms = Counter(s.symbol for s in Poscar.from_file(folder / "POSCAR").structure.species)
        assert atoms == {"Na": sodium, "V": 4, "P": 6, "O": 24}
        assert (folder / "POTCAR.spec").read_text().split() == ["Na", "V_pv", "P", "O"]
    assert "2 input sets written, 0 unchanged" in Path("made/dft_batch.log").read_text()
    inputs(scripts, here, four, batch=1)
    assert "0 input sets written, 2 unchanged" in Path("made/dft_batch.log").read_text()


def test_moments_follow_the_charge_balance(here, four):
    """V(III) and V(IV) at four sodium, V(II) and V(III) at eight, with the moments of scan_u."""
    states = {"Na": 1, "V": [2, 3, 4], "P": 5, "O": -2}
    rows = inputs(Scripts(dft__batches=2, orderings__charges=states), here, four, batch=1)
    for row, expected in zip(rows, ([1.0, 1.0, 1.9, 1.9], [1.9, 1.9, 2.7, 2.7]), strict=True):
        folder = Path(row["directory"])
        symbols = [s.specie.symbol for s in Poscar.from_file(folder / "POSCAR").structure]
        moments = Incar.from_file(folder / "INCAR")["MAGMOM"]
        found = sorted(m for m, s in zip(moments, symbols, strict=True) if s == "V")
        assert found == pytest.approx(expected)


def potentials(scripts, here):
    made = scripts.call(
        "potentials",
        input={"prim": f"{here}/prim/prim.json", "inputs": [], "dft": []},
        output={"potentials": "potentials.json"},
    )
    return json.loads(Path(made.potentials).read_text())


def test_check_potentials(here):
    found = potentials(Scripts(STANDIN_CAMPAIGN, **QUICK), here)
    assert set(found) == {"Na", "V", "P", "O"}
    assert found["V"]["titel"] == "PAW_PBE V_pv 07Sep2000"
    for one in found.values():
        assert one["titel"] in Path(one["file"]).read_text()
    read_only = {"energies__vasp__command": None, "dft__potcar_library": None}
    assert potentials(Scripts(STANDIN_CAMPAIGN, **QUICK | read_only), here) == {}


def test_missing_potentials_are_named(here):
    lacking = {"dft__potcar_library": "config"}
    with pytest.raises(SystemExit, match="no POTCAR labelled 'V_pv' in the library config"):
        potentials(Scripts(STANDIN_CAMPAIGN, **QUICK | lacking), here)


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory):
    """Where the runs of the stand-in are kept, once they are made."""
    return tmp_path_factory.mktemp("vasp")


def batch(scripts, here, four):
    potentials(scripts, here)
    made = scripts.call(
        "vasp_batch",
        wildcards={"batch": "0"},
        input={"prim": f"{here}/prim/prim.json", "orderings": four,
               "potentials": f"{MADE}/potentials.json", "dft": []},
        output={"results": "vasp-0.csv"},
        inputs=f"{MADE}/inputs", runs=f"{MADE}/runs", structures=f"{MADE}/relaxed",
    )  # fmt: skip
    return pd.read_csv(made.results).set_index("id")


def energies(scripts):
    made = scripts.call(
        "vasp_energies", input={"results": [f"{MADE}/vasp-0.csv"]},
        output={"energies": "energies.csv"},
    )  # fmt: skip
    return read_energies(made.energies).set_index("id")


@pytest.fixture
def run_here(run_folder, here, four):
    """What the stand-in makes of the four orderings, lying in ``made/``."""
    scripts = Scripts(STANDIN_CAMPAIGN, **QUICK)
    if not (run_folder / "runs").exists():
        inputs(scripts, here, four)
        batch(scripts, here, four)
        for name in ("inputs", "runs"):
            shutil.copytree(MADE / name, run_folder / name)
    for name in ("inputs", "runs"):
        shutil.copytree(run_folder / name, MADE / name, dirs_exist_ok=True)
    return scripts


def expected(sodium_poor, sodium_rich):
    """Mixing energies of the four, zero at the ends."""
    rich = replace(sodium_rich, constant=-2.012586)
    mixing = np.array([
        (rich if one.x > 3 else sodium_poor).energies_of([one])[0] for one in ORDERINGS
    ])  # fmt: skip
    return mixing - np.interp([1, 2, 3, 4], [1, 4], mixing[[0, 3]])


def test_run_vasp_batch(run_here, here, four, sodium_poor, sodium_rich):
    """The energies are those that the stand-in wrote, and finished runs are not repeated."""
    before = {p: p.stat().st_mtime_ns for p in (MADE / "runs").glob("*/vasprun.xml")}
    assert len(before) == 4
    rows = batch(run_here, here, four)
    assert before == {p: p.stat().st_mtime_ns for p in (MADE / "runs").glob("*/vasprun.xml")}
    assert list(rows.status) == ["done"] * 4
    for path in rows.structure:
        assert Poscar.from_file(path).structure.composition["V"] == 4
    assert not list(MADE.rglob("POTCAR"))
    found = energies(run_here)
    np.testing.assert_allclose(
        found.energy_eV_per_cell, expected(sodium_poor, sodium_rich), atol=1e-3
    )
    assert "4 of 4 orderings have an energy: VASP" in Path("made/vasp_energies.log").read_text()


def test_finished_runs_are_read_without_a_command(run_here, here, four):
    """Runs of elsewhere, without states; one that is not there is named, and left out."""
    for state in (MADE / "runs").glob("*.json"):
        state.unlink()
    shutil.rmtree(MADE / "runs" / ORDERINGS[1].id)
    reading = {"energies__vasp__command": None, "dft__potcar_library": None}
    scripts = Scripts(STANDIN_CAMPAIGN, **QUICK | reading)
    rows = batch(scripts, here, four)
    assert list(rows.status) == ["done", "failed", "done", "done"]
    assert "energies.vasp.command is null: put a finished run there" in rows.reason.iloc[1]
    found = energies(scripts)
    assert list(np.isfinite(found.energy_eV_per_cell)) == [True, False, True, True]
    assert f"{ORDERINGS[1].id} has no usable energy" in Path("made/vasp_energies.log").read_text()


def test_report_ground_states(run_here, here, four):
    """The ends of a range are ground states; cells, ions and densities of each."""
    ends = [ORDERINGS[0], ORDERINGS[2]]
    write_orderings(four, ends)
    scripts = Scripts(STANDIN_CAMPAIGN, **QUICK, ranges={"x1to3": POOR},
                      thermodynamics__electronic_entropy=None)  # fmt: skip
    batch(scripts, here, four)
    energies(scripts)
    made = scripts.call(
        "ground_states",
        input={"prim": f"{here}/prim/prim.json", "orderings": four,
               "potentials": f"{MADE}/potentials.json", "energies": f"{MADE}/energies.csv",
               "dft": []},
        output={"cells": "cells.csv", "ions": "ions.csv", "dos": "dos.h5", "pdf": "dos.pdf",
                "png": "dos.png"},
        runs=f"{MADE}/runs", follow_ups=f"{MADE}/follow_ups",
    )  # fmt: skip
    cells = pd.read_csv(made.cells).set_index("id")
    assert list(cells.index) == [one.id for one in ends]
    np.testing.assert_allclose(cells.band_gap_eV, [0.7, 1.4], atol=0.01)  # Figure S1
    ions = pd.read_csv(made.ions)
    assert set(ions.oxidation_state[ions.x == 1]) == {4}
    assert set(ions.oxidation_state[ions.x == 3]) == {3}
    densities = read_records(made.dos, schema.DensityOfStates)
    assert set(densities) == set(cells.index)
    at = densities[ORDERINGS[0].id]
    assert at.total_per_eV[np.abs(at.energy_eV) < 0.34].max() == 0
    assert Path(made.png).stat().st_size > 5000

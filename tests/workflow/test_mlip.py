"""A campaign with energies of a model: killed in a relaxation, and on to the phase diagram."""

import json
import re
import shutil
import time
import zipfile

import numpy as np
import pandas as pd
import pytest
import yaml

from navac.campaign.resolve import resolved
from navac.config import load_config
from navac.results import schema
from navac.results.read import read_records
from tests.checkout import ROOT, checkout, kill, run, start
from tests.workflow.dry_run import reruns_by_key
from tests.workflow.test_settings import following

CONFIG = "config/test.yaml"
SMALL = {
    "orderings": {"max_cells": 3, "compositions": {"start": 0, "stop": 1, "step": 0.5},
                  "charges": {"Cu": 0, "Au": 0}},
    "sampling": {"supercell": [4, 4, 4], "equilibration_sweeps": 5, "blocks": 5,
                 "block_sweeps": 2, "replicas_per_batch": 32},
}  # fmt: skip
BATCH = {"mlip_batch"}
BOTH = {"mlip_batch", "metal_reference"}
# The rules that read a key, and another value of it.
KEYS = {
    "energies.mlip.calculator": (BOTH, "ase.calculators.emt:EMT"),
    "energies.mlip.options": (BOTH, {"asap_cutoff": True}),
    "energies.mlip.level": (
        BOTH | {"mlip_energies", "thermodynamics", "figure_mixing_energies"}, "another"),
    "energies.mlip.optimiser": (BOTH, "FIRE"),
    "energies.mlip.max_force_eV_per_A": (BOTH, 0.02),
    "energies.mlip.max_steps": (BOTH, 400),
    "energies.mlip.relax_cell": (BOTH, False),
    "energies.mlip.batches": (BATCH, 3),
    "energies.mlip.attempts": (BATCH, 3),
    "energies.mlip.max_failed": (BATCH, 3),
    "energies.mlip.max_strain": (BATCH, 0.09),
    "energies.mlip.symmetry_tolerance_A": (BATCH, 0.05),
    "energies.metal_eV_per_atom": ({"thermodynamics"}, -0.1),
    "energies.average_voltage_V": ({"thermodynamics"}, 0.1),
    # how a job is run; no number depends on it
    "energies.mlip.cores": (set(), 2),
    "energies.mlip.memory_mb": (set(), 3000),
    "energies.mlip.hours": (set(), 12.0),
    "energies.mlip.spare_minutes": (set(), 10.0),
}  # fmt: skip
FIGURES = {
    f"figure_{name}" for name in (
        "mixing_energies", "expansion_errors", "interactions", "short_range_order", "phase_diagram",
        "uncertainty", "order", "heat_capacity", "entropy", "voltage", "occupancies",
        "interactive",
    )
}  # fmt: skip
RULES = {
    "prim", "orderings", "mlip_batch", "mlip_energies", "metal_reference", "expansion", "paths",
    "sampling", "thermodynamics", *FIGURES,
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A copy of this checkout with a smaller campaign, whose calculator can be slowed down."""
    copy = checkout(tmp_path_factory.mktemp("mlip") / "copy")
    shutil.copy(ROOT / "tests/energies/mlip/wells.py", copy / "workflow/slow.py")
    data = yaml.safe_load((copy / "config/cuau.yaml").read_text()) | SMALL
    data["energies"]["mlip"] |= {"calculator": "slow:SlowEMT", "level": "a test's EMT"}
    data["expansion"] = {"cutoffs_A": {2: 5}, "regression": "ridge", "folds": 3}
    data["ranges"]["alloy"] |= {"temperatures_K": [{"start": 200, "stop": 800, "step": 200}],
                                "cool_to_K": 200, "mu_step_eV": 0.02}  # fmt: skip
    (copy / CONFIG).write_text(yaml.safe_dump(data))
    return copy


def states(folder):
    return {
        path.stem: json.loads(path.read_text())
        for path in (folder / "results/cuau/energies/relaxations").glob("*.json")
    }


@pytest.fixture(scope="module")
def interrupted(folder):
    """SIGKILL of the campaign and its jobs in the middle of a relaxation; the checkpoints."""
    (folder / "slow").touch()
    output = folder / "output.txt"
    process = start(folder, output, "--configfile", CONFIG)
    store = folder / "results/cuau/energies/relaxations"
    for _ in range(3000):
        if found := list(store.glob("*/checkpoint.json")):
            break
        assert process.poll() is None, output.read_text()
        time.sleep(0.1)
    kill(process)
    (folder / "slow").unlink()
    assert found
    return {name for name, state in states(folder).items() if state["status"] == "running"}


@pytest.fixture(scope="module")
def finished(folder, interrupted):
    """The campaign, completed by running it again; what it printed."""
    done = run(folder, "--configfile", CONFIG)
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def table(folder, finished):
    return pd.read_csv(folder / "results/cuau/energies/energies.csv").set_index("id")


def test_a_killed_campaign_goes_on_with_the_relaxation_that_was_running(
    folder, interrupted, finished, table
):
    assert interrupted
    found = states(folder)
    assert set(found) == set(table.index)
    assert {s["status"] for s in found.values()} == {"done"}
    assert {name for name, s in found.items() if s["starts"] > 1} == interrupted


def test_the_energies_are_those_of_a_campaign_that_was_not_killed(folder, table):
    """To the last digit of the table."""
    other = folder.parent / "whole"
    checkout(other)
    for name in (CONFIG, "workflow/slow.py"):
        shutil.copy(folder / name, other / name)
    energies = "results/cuau/energies/energies.csv"
    run(other, energies, "--cores", "2", "--configfile", CONFIG, module="snakemake")
    whole = pd.read_csv(other / energies).set_index("id")
    pd.testing.assert_frame_equal(whole, table)


def test_the_table_says_what_its_energies_are(table):
    assert set(table.provenance) == {"slow:SlowEMT, a test's EMT"}
    assert set(table.level_of_theory) == {"a test's EMT"}
    assert set(table.status) == {"done"}
    assert np.isfinite(table.energy_eV_per_cell).all()
    assert (table.max_force_eV_per_A < 0.01).all()


def test_the_campaign_ends_in_a_voltage_curve_against_the_metal(folder, finished, table):
    results = folder / "results/cuau"
    curves = read_records(results / "thermodynamics/voltage.h5", schema.VoltageCurve)
    assert {c.energies for c in curves.values()} == {"slow:SlowEMT, a test's EMT"}
    metal = json.loads((results / "energies/metal.json").read_text())
    ends = [table.total_energy_eV_per_cell[table.x == x].iloc[0] for x in (0, 1)]
    x, volts = curves[0].x, curves[0].voltage_V
    mean = np.trapezoid(volts, x)
    assert mean == pytest.approx(metal["energy_eV_per_atom"] - (ends[1] - ends[0]), abs=1e-9)
    assert "mean voltage" in finished


def test_the_report_says_what_its_energies_are(folder, finished):
    """In the caption of every figure, and in the figures themselves."""
    results = folder / "results/cuau"
    with zipfile.ZipFile(results / "report.zip") as report:
        text = "".join(
            report.read(name).decode("utf-8", "replace") for name in report.namelist()
            if name.endswith((".html", ".js"))
        )  # fmt: skip
    assert len(re.findall(r"Energies: slow:SlowEMT, a test", text)) >= len(FIGURES)


@pytest.fixture(scope="module")
def reruns(folder, finished):
    """By key, what Snakemake would run and what navac says, with its value changed."""
    return reruns_by_key(folder, CONFIG, {key: value for key, (_, value) in KEYS.items()})


def test_every_key_of_the_model_is_in_the_table(folder):
    keys = set(resolved(load_config(folder / CONFIG)))
    assert {k for k in keys if k.startswith("energies.mlip.")} <= set(KEYS)


def test_nothing_changed_reruns_nothing(reruns):
    assert reruns["nothing"] == (set(), set())


@pytest.mark.parametrize("key", KEYS)
def test_a_changed_key_reruns_what_depends_on_it_and_nothing_else(reruns, key):
    readers, _ = KEYS[key]
    there = RULES
    if key in ("energies.metal_eV_per_atom", "energies.average_voltage_V"):
        there = RULES - {"metal_reference"}
    if key in ("energies.mlip.calculator", "energies.mlip.level"):
        readers = readers | {"mlip_energies", "thermodynamics"} | FIGURES  # named in all of them
    expected = following(readers, there)
    assert reruns[key] == (expected, expected)

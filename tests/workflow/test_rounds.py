"""The closed loop in the workflow: killed in every round, and what a changed key redoes."""

import time
from pathlib import Path

import pandas as pd
import pytest
import yaml

from navac.campaign.stages import STAGES
from tests.checkout import checkout, kill, run, start
from tests.workflow.dry_run import reruns_by_key
from tests.workflow.test_settings import FEEDS, ROUNDS, RULES, following

LOOP = "config/closed_loop.yaml"
SMALL = "small.yaml"
TARGET = "results/small/figures/rounds.png"
TABLES = ("scores.csv", "states.csv", "wanted.csv", *(
    f"{k}/{name}.csv" for k in (1, 2) for name in ("scores", "states", "asked", "orderings")
))  # fmt: skip


def small(folder: Path) -> Path:
    """A checkout with a loop of two rounds over one range and small supercells."""
    checkout(folder)
    config = yaml.safe_load((folder / LOOP).read_text())
    config["campaign"] = "small"
    config["dft"] = {"settings": "scan_u"}
    config["orderings"] |= {"total": 24, "compositions": {"start": 3, "stop": 4, "step": 0.25}}
    config["rounds"] = {"max": 2, "per_round": 3, "max_cells": 2}
    config["ranges"] = {"x3to4": config["ranges"]["x3to4"]}
    config["expansion"]["cutoffs_A"] = {2: 10, 3: 6, 4: 5}
    config["thermodynamics"] |= {
        "electronic_entropy": None, "voltage_temperatures_K": [20],
        "occupancy_temperatures_K": [70], "entropy_temperatures_K": [70],
        "heat_capacity_temperatures_K": [70],
    }  # fmt: skip
    config["reproduction"] = {"published_numbers": None}
    (folder / SMALL).write_text(yaml.safe_dump(config))
    return folder


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The campaign, run without interruption to its end."""
    folder = small(tmp_path_factory.mktemp("rounds") / "whole")
    run(folder, "--configfile", SMALL)
    return folder


def kill_in(folder: Path, job: str) -> None:
    """SIGKILL Snakemake and its jobs while one of a name is running."""
    process = start(folder, folder / "output.txt", "--configfile", SMALL)
    running = folder / ".snakemake/navac"
    try:
        for _ in range(6000):
            if any(f'"job": "{job}"' in f.read_text() for f in running.glob("*.json")):
                return
            assert process.poll() is None, (folder / "output.txt").read_text()
            time.sleep(0.05)
        raise AssertionError(f"{job} did not begin")
    finally:
        kill(process)
        for left in running.glob("*.json"):
            left.unlink()


def test_killed_in_every_round_it_finds_the_same(finished, tmp_path):
    folder = small(tmp_path / "killed")
    for job in ("round 1", "round 2", "rounds"):
        kill_in(folder, job)
    common = "--configfile", SMALL, "--cores", "2"
    run(folder, *common, "--unlock", module="snakemake")
    run(folder, TARGET, *common, "--rerun-incomplete", module="snakemake")
    for name in TABLES:
        path = f"results/small/rounds/{name}"
        assert (folder / path).read_bytes() == (finished / path).read_bytes(), name


def test_every_round_is_kept_and_used(finished):
    results = finished / "results/small"
    scores = pd.read_csv(results / "rounds/scores.csv")
    assert list(scores["round"]) == [1, 2, 3]
    start = len(pd.read_csv(results / "orderings/orderings.csv"))
    asked = [len(pd.read_csv(results / f"rounds/{k}/asked.csv")) for k in (1, 2)]
    assert start == 24
    assert asked[0] > 0
    assert list(scores.spent) == [24, 24 + asked[0], 24 + sum(asked)]
    energies = pd.read_csv(results / "energies/energies.csv")
    assert energies.id.nunique() == 24 + sum(asked)
    fitted = pd.read_csv(results / "expansion/x3to4_energies.csv")
    assert fitted.id.str.startswith("r1-").any()
    assert (results / "thermodynamics/phase_diagram.h5").exists()
    inputs = {p.name for p in (results / "dft/inputs").iterdir()}
    assert inputs == set(energies.id)


@pytest.fixture(scope="module")
def reruns(finished):
    return reruns_by_key(finished, SMALL, {
        "rounds.budget": 1000, "rounds.per_round": 2, "rounds.max_cells": 1,
        "rounds.commensurate": True,
        "rounds.hull_meV_per_fu": 1.0, "rounds.loocv_meV_per_fu": 1.0, "rounds.voltage_mV": 1.0,
        "rounds.max": 3,
    })  # fmt: skip


@pytest.mark.parametrize("key", [
    "rounds.budget", "rounds.per_round", "rounds.max_cells", "rounds.commensurate",
    "rounds.hull_meV_per_fu", "rounds.loocv_meV_per_fu", "rounds.voltage_mV",
])  # fmt: skip
def test_a_changed_key_runs_the_rounds_again_and_what_follows(reruns, key):
    rules, said = reruns[key]
    there = (RULES | ROUNDS) - {"reproduction"}
    assert rules == said == following({"round", "rounds"}, there)


def test_more_rounds_leave_the_earlier_ones(reruns):
    """The first rounds stay; a third, and the verdict, are new."""
    rules, said = reruns["rounds.max"]
    assert rules == said
    assert {"round", "rounds", "published_energies", "expansion"} <= rules
    assert not rules & {"prim", "orderings", "dft_batch"}


def test_the_finished_loop_has_nothing_to_do(reruns):
    assert reruns["nothing"] == (set(), set())


def test_the_tables_of_the_settings_know_the_rounds():
    assert set(STAGES) >= ROUNDS
    assert FEEDS["round"] >= ROUNDS - {"round_dft_batch"}

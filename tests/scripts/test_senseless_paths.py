"""The rule ``paths``, called without a campaign: ground states and windows that do not fit."""

import runpy
from pathlib import Path

import numpy as np
import pytest
import yaml

from navac.campaign.job import Job
from navac.campaign.rules import Rules
from navac.config import load_config
from navac.crystal.decoration import read_prim
from navac.crystal.symmetry import find_space_group
from navac.expansion.clusters import enumerate_orbits
from navac.expansion.expansion import Expansion
from navac.expansion.file import write_expansion
from navac.orderings.enumeration import enumerate_orderings
from navac.orderings.ordering import write_orderings
from navac.sampling.budget import BudgetError
from navac.sampling.grid import PathError
from tests.checkout import ROOT
from tests.fake_job import handed

POSCAR = """triangles
1
3 0 0
-1.5 2.598076211353316 0
0 0 9
Li
1
Direct
0 0 0
"""
SITES = [{"label": "Li", "species": ["Li", "Va"], "element": "Li"}]
CONFIG = {
    "campaign": "triangles",
    "species": "Li",
    "prim": {"file": "POSCAR", "sites": SITES, "formula_units": 1},
    "orderings": {"max_cells": 4, "charges": {"Li": 1}},
    "energies": {"average_voltage_V": 4},
    "expansion": {"cutoffs_A": {2: 3.1}},
}
RANGE = {
    "x": [0, 1], "expansion_file": "e.json",
    "temperatures_K": [{"start": 50, "stop": 100, "step": 50}],
    "mu_step_eV": 0.005, "mu_margin_eV": 0.02, "mu_reach_eV": 0.05,
}  # fmt: skip


def said(tmp_path, monkeypatch, step, sampling=None, **of_range):
    """What planning says of nearest neighbours that repel, enumerated at multiples of ``step``."""
    monkeypatch.chdir(tmp_path)
    Path("POSCAR").write_text(POSCAR)
    prim = read_prim("POSCAR", SITES, 1)
    group = find_space_group(prim, 1e-5)
    orbits = enumerate_orbits(prim, group, {2: 3.1})
    write_expansion("e.json", prim, Expansion(orbits, np.array([0.0, 0.01])), {"source": "pairs"})
    x = np.arange(0, 1 + step / 2, step)
    found = enumerate_orderings(
        prim, group, max_cells=4, compositions=x, species="Li", charges={"Li": 1}
    )
    write_orderings("orderings.csv", found)
    grid = {"start": 0, "stop": 1, "step": float(step)}
    data = CONFIG | {
        "orderings": CONFIG["orderings"] | {"compositions": grid},
        "ranges": {"all": RANGE | of_range},
        "sampling": {"supercell": [8, 8, 2]} | (sampling or {}),
    }
    Path("config.yaml").write_text(yaml.safe_dump(data))
    rules = Rules(load_config("config.yaml"), scripts=ROOT / "scripts")
    script = runpy.run_path(str(ROOT / "scripts/plan_paths.py"))["main"]
    with open("log", "w") as log:
        script(Job(handed(
            rules, "paths", wildcards={"range": "all"}, output={"plan": "plan.h5"},
            input={"orderings": "orderings.csv", "expansion": "e.json"},
        ), log))  # fmt: skip
    return Path("log").read_text()


def test_a_third_between_quarters_is_warned_of_with_a_supercell(tmp_path, monkeypatch):
    log = said(tmp_path, monkeypatch, 0.25)
    assert "WARNING: the expansion has a ground state of 3 cells at x = 0.3333" in log
    assert "6.67 meV per formula unit below those of the orderings" in log
    assert "a supercell that holds it, such as 9 × 9 × 2" in log


def test_a_third_that_the_supercell_does_not_hold_is_refused(tmp_path, monkeypatch):
    with pytest.raises(PathError, match=r"8 × 8 × 2 .* x = 0\.3333 .*; 9 × 9 × 2 holds all"):
        said(tmp_path, monkeypatch, 1 / 3)


def test_with_thirds_in_a_supercell_of_thirds_nothing_is_warned_of(tmp_path, monkeypatch):
    log = said(tmp_path, monkeypatch, 1 / 3, sampling={"supercell": [9, 9, 2]})
    assert "WARNING" not in log
    assert "ground states x0.00 (x = 0), x0.33" in log


def test_a_window_beside_all_transitions_is_refused(tmp_path, monkeypatch):
    with pytest.raises(PathError, match=r"ranges.all.mu_eV: 5 to 6 .* leaves out .* stop above"):
        said(tmp_path, monkeypatch, 0.25, mu_eV={"start": 5, "stop": 6, "step": 0.1})


def test_a_plan_that_costs_too_much_is_not_written(tmp_path, monkeypatch):
    with pytest.raises(BudgetError, match=r"ranges.all: .* attempted flips.*core_hours allows"):
        said(tmp_path, monkeypatch, 0.25, sampling={"core_hours": 1e-9})
    assert not (tmp_path / "plan.h5").exists()

"""The layered oxides of config/ in miniature: a planted repulsion takes the place of CHGNet."""

import shutil

import numpy as np
import pandas as pd
import pytest
import yaml

from navac.crystal.symmetry import read_crystal
from navac.orderings.exclusions import broken_exclusions
from navac.orderings.ordering import read_orderings
from navac.results import schema
from navac.results.read import read_records
from tests.checkout import ROOT, checkout, run

CONFIG = "config/test.yaml"
PLANTED = {
    "licoo2": {"ion": "Li", "reach": 5.8, "strength": 0.1},
    "p2_naxcoo2": {"ion": "Na", "reach": 6.0, "strength": 0.1, "host": "Co", "raised": 0.02},
}
SMALL = {
    "licoo2": {"orderings": {"max_cells": 3, "compositions": [0, 1 / 3, 0.5, 2 / 3, 1]},
               "sampling": {"supercell": [6, 6, 6]}},
    "p2_naxcoo2": {"orderings": {"max_cells": 3, "total": 24,
                                 "compositions": [1 / 3, 0.5, 2 / 3, 1]},
                   "sampling": {"supercell": [6, 6, 6]}},
}  # fmt: skip
COARSE = {
    "temperatures_K": [{"start": 100, "stop": 700, "step": 300}], "mu_step_eV": 0.02,
    "mu_margin_eV": 0.04, "mu_reach_eV": 0.1,
}  # fmt: skip
SWEEPS = {"equilibration_sweeps": 5, "blocks": 4, "block_sweeps": 2, "carried_sweeps": 2}
TARGETS = ("figures/rounds.png", "figures/voltage.png", "figures/phase_diagram.png")


@pytest.fixture(scope="module", params=sorted(PLANTED))
def campaign(request, tmp_path_factory):
    """The folder of results of a campaign, and its name."""
    name = request.param
    folder = checkout(tmp_path_factory.mktemp(name) / "copy")
    shutil.copy(ROOT / "tests/energies/mlip/repulsion.py", folder / "workflow/planted.py")
    data = yaml.safe_load((folder / f"config/{name}.yaml").read_text())
    for section, values in SMALL[name].items():
        data[section] |= values
    data["sampling"] |= SWEEPS
    data["energies"]["mlip"] = {"calculator": "planted:Repulsion", "options": PLANTED[name],
                                "level": "a planted repulsion"}  # fmt: skip
    data["expansion"] |= {"cutoffs_A": {2: PLANTED[name]["reach"]}, "regression": "lasso",
                          "alpha_eV": 1e-7}  # fmt: skip
    data["rounds"] |= {"max": 1, "per_round": 3, "max_cells": 3}
    data["ranges"]["all"] |= COARSE | ({"cool_to_K": 400} if name == "licoo2" else {})
    data["thermodynamics"] = {"voltage_temperatures_K": [100]}
    (folder / CONFIG).write_text(yaml.safe_dump(data))
    results = f"results/{data['campaign']}"
    made = [f"{results}/{target}" for target in TARGETS]
    run(folder, *made, "--cores", "2", "--configfile", CONFIG, module="snakemake")
    return folder / results, name


def test_the_planted_interactions_are_found(campaign):
    """Pairs alone, all of them among the candidates: the fit leaves next to nothing."""
    results, _ = campaign
    scores = pd.read_csv(results / "rounds/scores.csv")
    assert (scores.rms_meV_per_fu < 0.1).all()
    energies = pd.read_csv(results / "energies/energies.csv").set_index("id")
    assert np.ptp(energies.energy_eV_per_cell) > 0.01


def test_sites_that_share_a_face_are_never_both_filled(campaign):
    results, name = campaign
    prim, _ = read_crystal(results / "prim/prim.json")
    known = read_orderings(results / "rounds/1/orderings.csv")
    assert known
    assert not any(len(broken_exclusions(prim, o.supercell, o.occupation)) for o in known)
    assert len(prim.active) == {"licoo2": 1, "p2_naxcoo2": 4}[name]


def test_the_voltage_falls_from_end_to_end(campaign):
    """An ion costs more where there are more of them."""
    results, name = campaign
    curves = read_records(results / "thermodynamics/voltage.h5", schema.VoltageCurve)
    assert list(curves) == [0, 100]
    x, volts = curves[0].x, curves[0].voltage_V
    np.testing.assert_allclose(x[[0, -1]], [{"licoo2": 0, "p2_naxcoo2": 1 / 3}[name], 1])
    assert (np.diff(volts) < 1e-9).all()
    assert np.ptp(volts) > 0.05


def test_what_is_filled_at_the_end(campaign):
    """One prism of each pair, and sodium takes those that cobalt does not raise."""
    results, name = campaign
    prim, _ = read_crystal(results / "prim/prim.json")
    states = pd.read_csv(results / "rounds/states.csv").query("round == 2 and x == 1")
    known = {o.id: o for o in read_orderings(results / "rounds/1/orderings.csv")}
    [end] = [known[one] for one in states.id]
    filled = (np.array(end.occupation).reshape(len(prim.active), -1) == 0).mean(axis=1)
    found = dict(zip(prim.active_labels, filled, strict=True))
    assert found == {"licoo2": {"Li": 1}, "p2_naxcoo2": {"Na1": 0, "Na2": 1}}[name]

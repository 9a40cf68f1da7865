"""The closed loop with energies of a model: asked for, relaxed and fitted in one run."""

import pandas as pd
import pytest
import yaml

from navac.campaign.check import checked
from navac.campaign.resolve import resolved, selected
from navac.campaign.stages import STAGES
from navac.crystal.supercell import Supercell
from navac.orderings.ordering import read_orderings
from tests.checkout import ROOT, checkout, run

CONFIG = "config/test.yaml"
SIDES = [4, 4, 4]
CHANGED = {
    "orderings": {"max_cells": 2, "compositions": [0, 0.5, 1], "charges": {"Cu": 0, "Au": 0}},
    "expansion": {"cutoffs_A": {2: 5, 3: 3}, "regression": "ridge", "folds": 3},
    "rounds": {"max": 2, "per_round": 4, "max_cells": 4, "commensurate": True},
    "sampling": {"supercell": SIDES},
}  # fmt: skip


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """A small campaign of copper and gold, run as far as the plan of its sampling."""
    folder = checkout(tmp_path_factory.mktemp("mlip_rounds") / "copy")
    data = yaml.safe_load((folder / "config/cuau.yaml").read_text()) | CHANGED
    data["ranges"]["alloy"] |= {"temperatures_K": [{"start": 200, "stop": 800, "step": 300}],
                                "mu_step_eV": 0.02}  # fmt: skip
    (folder / CONFIG).write_text(yaml.safe_dump(data))
    made = [f"results/cuau/{name}" for name in ("figures/rounds.png", "sampling/alloy-paths.h5")]
    run(folder, *made, "--cores", "2", "--configfile", CONFIG, module="snakemake")
    return folder / "results/cuau"


def test_what_rounds_ask_for_is_relaxed_and_fitted(results):
    scores = pd.read_csv(results / "rounds/scores.csv")
    assert list(scores["round"]) == [1, 2, 3]
    start = {o.id for o in read_orderings(results / "orderings/orderings.csv")}
    asked = [o.id for k in (1, 2) for o in read_orderings(results / f"rounds/{k}/asked.csv")]
    assert asked
    energies = pd.read_csv(results / "energies/energies.csv").set_index("id")
    assert set(energies.index) == start | set(asked)
    assert set(energies.status) == {"done"}
    relaxed = pd.concat(
        pd.read_csv(path) for path in (results / "energies").glob("mlip-round-*.csv")
    )
    assert sorted(relaxed.id) == sorted(asked)
    fitted = pd.read_csv(results / "expansion/alloy_energies.csv")
    assert set(fitted.id) == set(energies.index)


def test_a_round_asks_only_for_what_can_be_sampled(results):
    """None of three cells, which neither repeat in 4 × 4 × 4 cells nor were enumerated."""
    asked = [o for k in (1, 2) for o in read_orderings(results / f"rounds/{k}/asked.csv")]
    assert {o.cells for o in asked} <= {1, 2, 4}
    assert all(o.supercell.repeats_in(Supercell.diagonal(*SIDES)) for o in asked)
    assert max(o.cells for o in asked) == 4


@pytest.mark.parametrize("commensurate", [True, False])
def test_the_sampled_supercell_is_a_setting_of_commensurate_rounds_alone(commensurate, monkeypatch):
    """Another one changes what they search, and so makes them run again."""
    monkeypatch.chdir(ROOT)
    data = yaml.safe_load((ROOT / "config/cuau.yaml").read_text())
    data["rounds"] = {"max": 1, "commensurate": commensurate}
    found = []
    for sides in (SIDES, [8, 8, 8]):
        data["sampling"]["supercell"] = sides
        found.append(selected(resolved(checked(data)), STAGES["round"].keys))
    assert (found[0] != found[1]) == commensurate

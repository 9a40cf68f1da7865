"""Three species on a site through the workflow: the expansion, and runs that sample it."""

import json

import pandas as pd
import pytest
import yaml

from navac.results.read import read_record
from navac.results.schema import SampledEnsemble
from tests.checkout import checkout, run
from tests.workflow.dry_run import reruns_by_key

SHORT = {"equilibration_sweeps": 5, "blocks": 4, "block_sweeps": 5}
ENSEMBLES = {
    "supercell": [4, 4, 4], "replicas": 3, "amounts": {"Ag": 0.25, "Au": 0.25},
    "runs": {
        "cooling": SHORT | {"moves": [{"swap": ["fcc"]}], "temperatures_K": [1000, 600]},
        "exchange": SHORT | {
            "after": "cooling", "moves": [{"flip": ["Cu", "Ag"], "sites": ["fcc"]}],
            "temperatures_K": [800], "mu_eV": {"Cu": [0.0, 0.05]},
        },
    },
}  # fmt: skip
EVERY = {"ensemble", "ensemble_report"}
# The rules that read a key, and another value of it.
KEYS = {
    "sampling.rule": (EVERY, "heat_bath"),
    "ensembles.range": (set(), "alloy"),  # the only one, as null says
    "ensembles.supercell": (EVERY, [4, 4, 6]),
    "ensembles.replicas": (EVERY, 4),
    "ensembles.amounts": (EVERY, {"Ag": 0.25, "Au": 0.5}),
    "ensembles.runs.cooling.temperatures_K": (EVERY, [1000, 600, 500]),
    "ensembles.runs.cooling.moves": (EVERY, [{"swap": ["fcc"]}, {"swap": ["fcc"]}]),
    "ensembles.runs.cooling.after": (set(), None),
    "ensembles.runs.cooling.amounts": (EVERY, {"Ag": 0.5, "Au": 0.25}),
    "ensembles.runs.exchange.mu_eV": (EVERY, {"Cu": [0.0, 0.1]}),
    "ensembles.runs.exchange.equilibration_sweeps": (EVERY, 6),
    "ensembles.runs.exchange.blocks": (EVERY, 5),
    "ensembles.runs.exchange.block_sweeps": (EVERY, 6),
    "sampling.replicas_per_batch": (set(), 2),
}  # fmt: skip


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = checkout(tmp_path_factory.mktemp("ternary") / "copy")
    config = yaml.safe_load((folder / "config/cuagau.yaml").read_text())
    config["orderings"]["max_cells"] = 2
    config["expansion"]["cutoffs_A"] = {2: 2.8}
    config["ensembles"] = ENSEMBLES
    (folder / "mine.yaml").write_text(yaml.safe_dump(config))
    return folder, run(folder, "--configfile", "mine.yaml", "--cores", "1")


def test_orderings_energies_fit_and_hull(finished):
    folder, done = finished
    results = folder / "results/cuagau"
    assert "results/cuagau is complete" in done.stdout
    assert "as until: expansion says; runs of ensembles: cooling, exchange" in done.stdout
    assert "2 cells: 6 distinct orderings at 6 compositions" in done.stderr
    hull = pd.read_csv(results / "expansion/alloy_hull.csv")
    assert len(hull) == 9
    # Copper and gold mix in this model; nothing is below the hull of its own energies.
    assert "c2-h01-Cu1Au1-0000" in set(hull.id[hull.above_hull_meV_per_fu.abs() < 1e-6])
    assert hull.above_hull_meV_per_fu.min() > -1e-6
    assert json.loads((results / "expansion/alloy.json").read_text())["orderings"] == 9


def test_runs_begin_from_each_other(finished):
    folder, _ = finished
    results = folder / "results/cuagau"
    one, two = (
        read_record(results / f"ensembles/{run}.h5", SampledEnsemble)
        for run in ("cooling", "exchange")
    )
    assert one.state.shape == (2, 3, 64)
    assert two.start.tolist() == [0, 1, 2] * 2
    assert two.mu_eV["Cu"].tolist() == [0.0] * 3 + [0.05] * 3
    # Flips of copper and silver leave gold where swaps had put it.
    gold = (one.state[-1] == 2)[two.start]
    assert ((two.state[-1] == 2) == gold).all()
    means = pd.read_csv(results / "ensembles/exchange.csv")
    copper = means[(means.quantity == "amount") & (means.of == "Cu")].set_index("mu_Cu_eV")
    assert copper["mean"][0.05] > copper["mean"][0.0]
    assert len(pd.read_csv(results / "ensembles/cooling_order.csv")) == 2 * 6


def test_no_diagram_is_there(finished):
    folder, _ = finished
    results = folder / "results/cuagau"
    assert not (results / "sampling").exists()
    assert not (results / "thermodynamics").exists()
    figures = {path.stem for path in (results / "figures").glob("*.pdf")}
    runs = {f"ensemble_{run}_{what}" for run in ENSEMBLES["runs"] for what in ("order", "states")}
    assert figures == {
        "mixing_energies",
        "expansion_errors",
        "interactions",
        "short_range_order",
        *runs,
    }
    assert (results / "report.zip").exists()


def test_a_changed_key_reruns_what_reads_it(finished):
    folder, _ = finished
    found = reruns_by_key(folder, "mine.yaml", {key: value for key, (_, value) in KEYS.items()})
    assert found.pop("nothing") == (set(), set())
    for key, (rules, said) in found.items():
        readers, _ = KEYS[key]
        assert rules == said == readers, key


def test_nothing_is_left_to_do(finished):
    folder, _ = finished
    again = run(folder, "--configfile", "mine.yaml", "--dry-run")
    assert "Nothing to be done" in again.stderr

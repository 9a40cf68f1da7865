"""Three species on a site through the workflow: it ends with the expansion, and says so."""

import json

import pandas as pd
import pytest
import yaml

from tests.checkout import checkout, run


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = checkout(tmp_path_factory.mktemp("ternary") / "copy")
    config = yaml.safe_load((folder / "config/cuagau.yaml").read_text())
    config["orderings"]["max_cells"] = 2
    config["expansion"]["cutoffs_A"] = {2: 2.8}
    (folder / "mine.yaml").write_text(yaml.safe_dump(config))
    return folder, run(folder, "--configfile", "mine.yaml", "--cores", "1")


def test_orderings_energies_fit_and_hull(finished):
    folder, done = finished
    results = folder / "results/cuagau"
    assert "results/cuagau is complete" in done.stdout
    assert "as until: expansion says; nothing was sampled" in done.stdout
    assert "2 cells: 6 distinct orderings at 6 compositions" in done.stderr
    hull = pd.read_csv(results / "expansion/alloy_hull.csv")
    assert len(hull) == 9
    # Copper and gold mix in this model; nothing is below the hull of its own energies.
    assert "c2-h01-Cu1Au1-0000" in set(hull.id[hull.above_hull_meV_per_fu.abs() < 1e-6])
    assert hull.above_hull_meV_per_fu.min() > -1e-6
    assert json.loads((results / "expansion/alloy.json").read_text())["orderings"] == 9


def test_nothing_of_sampling_is_there(finished):
    folder, _ = finished
    results = folder / "results/cuagau"
    assert not (results / "sampling").exists()
    assert not (results / "thermodynamics").exists()
    figures = {path.stem for path in (results / "figures").glob("*.pdf")}
    assert figures == {"mixing_energies", "expansion_errors", "interactions"}
    assert (results / "report.zip").exists()


def test_nothing_is_left_to_do(finished):
    folder, _ = finished
    again = run(folder, "--configfile", "mine.yaml", "--dry-run")
    assert "Nothing to be done" in again.stderr

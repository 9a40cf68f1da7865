"""The campaign through a real Slurm: same results as on one machine."""

import importlib.util
import re
from pathlib import Path

import numpy as np
import pytest

from tests.checkout import MINIATURE, checkout, datasets, run
from tests.slurm_cluster import cluster, why_not

PLUGIN = "snakemake_executor_plugin_slurm"
SMALL = {
    "max_cells: 2": "max_cells: 1",
    "alpha_eV: 1.0e-5": "regression: ridge\n  folds: 2",  # there are but a few orderings
    "compositions: {start: 1, stop: 4, step: 0.25}": "compositions: {start: 1, stop: 4, step: 0.5}",
    "temperatures_K: [{start: 300, stop: 900, step: 150}]":
        "temperatures_K: [{start: 300, stop: 600, step: 100}]",
    "temperatures_K: [{start: 20, stop: 220, step: 50}]":
        "temperatures_K: [{start: 20, stop: 220, step: 100}]",
    "occupancy_temperatures_K: [473]": "occupancy_temperatures_K: [300]",
}  # fmt: skip


def campaign(folder: Path, profile: str, edits: dict[str, str], *arguments: str) -> Path:
    """Run a small campaign in a copy of this checkout; returns its results."""
    checkout(folder)
    for path, changes in (
        (folder / MINIATURE, SMALL),
        (folder / f"workflow/profiles/{profile}/config.yaml", edits),
    ):
        text = path.read_text()
        for old, new in changes.items():
            assert old in text
            text = text.replace(old, new)
        path.write_text(text)
    run(folder, "thermodynamics", "--configfile", MINIATURE,
        "--profile", f"workflow/profiles/{profile}", *arguments, module="snakemake")  # fmt: skip
    return folder / "results/miniature"


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """Results of both ways, and what the controller of Slurm noted."""
    if reason := why_not():
        pytest.skip(reason)
    if importlib.util.find_spec(PLUGIN) is None:
        pytest.skip(f"{PLUGIN} is not installed (pip install '.[slurm]')")
    folder = tmp_path_factory.mktemp("slurm")
    local = campaign(folder / "local", "workstation", {})
    with cluster(folder / "cluster") as log:
        slurm = campaign(
            folder / "slurm", "slurm",
            {'slurm_partition: "compute"': 'slurm_partition: "loopback"'},
            # this cluster keeps no accounts; and nobody waits for it
            "--slurm-status-command", "squeue", "--slurm-no-account",
            "--slurm-init-seconds-before-status-checks", "2",
            "--seconds-between-status-checks", "2", "--latency-wait", "10",
        )  # fmt: skip
        noted = log.read_text()
    return local, slurm, noted


def test_jobs_went_through_the_controller_and_ended_well(both):
    noted = both[2]
    submitted = set(re.findall(r"_slurm_rpc_submit_batch_job: JobId=(\d+)", noted))
    ended = set(re.findall(r"_job_complete: JobId=(\d+) done", noted))
    # crystal and orderings together, fits together, two ranges sampled, thermodynamics
    assert len(submitted) == 5
    assert submitted <= ended
    assert set(re.findall(r"WEXITSTATUS (\d+)", noted)) == {"0"}


@pytest.mark.parametrize("name", ["phase_diagram", "voltage"])
def test_results_are_those_of_one_machine(both, name):
    local, slurm = (datasets(r / f"thermodynamics/{name}.h5") for r in both[:2])
    assert local
    assert set(local) == set(slurm)
    assert any(key.endswith("x_low") for key in local) or name == "voltage"  # something is compared
    for key in local:
        np.testing.assert_array_equal(local[key], slurm[key], err_msg=key)


def test_expansions_are_those_of_one_machine(both):
    for path in (both[0] / "expansion").glob("*.csv"):
        assert path.read_text() == (both[1] / "expansion" / path.name).read_text()

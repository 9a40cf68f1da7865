"""A finished campaign whose settings change: what is kept, what is refused, what is said."""

import hashlib
import json
import os
import re
import shutil
import signal
import time
from pathlib import Path

import h5py
import numpy as np
import pytest

from navac.campaign.changes import made_jobs
from tests.checkout import (
    MINIATURE,
    WORKSTATION,
    configuration,
    datasets,
    duplicate,
    kill,
    run,
    start,
    with_longer_blocks,
)

RECORDS = ("x1to3-0", "x3to4-0")


def assert_same(one: Path, other: Path) -> None:
    """Every result is the same, to the last bit."""
    for name in (*(f"sampling/{r}.h5" for r in RECORDS), "thermodynamics/phase_diagram.h5",
                 "thermodynamics/voltage.h5"):  # fmt: skip
        a, b = datasets(one / name), datasets(other / name)
        assert set(a) == set(b)
        for key in a:
            np.testing.assert_array_equal(a[key], b[key], err_msg=f"{name}: {key}")


def block_sweeps(folder: Path) -> set[float]:
    found = set()
    for record in RECORDS:
        with h5py.File(folder / f"results/miniature/sampling/{record}.h5") as file:
            found |= set(file["block_sweeps"][:].ravel())
    return found - {0}


@pytest.fixture(scope="module")
def doubled(miniature, tmp_path_factory):
    """The finished miniature campaign, run again with blocks twice as long."""
    folder = duplicate(miniature, tmp_path_factory.mktemp("doubled") / "copy")
    file = with_longer_blocks(folder)
    return folder, run(folder, "--configfile", file)


def test_longer_sampling_continues_what_there_is(doubled, longer):
    folder, done = doubled
    said = done.stdout + done.stderr
    assert "sampling of x1to3, x3to4: sampling.block_sweeps 2 → 4" in said
    assert "  orderings:" not in said
    assert block_sweeps(folder) == {4}
    assert_same(folder / "results/miniature", longer)


def test_a_continuation_that_is_killed_is_continued(miniature, longer, tmp_path):
    """SIGKILL of everything while sampling goes on; then again to the end."""
    folder = duplicate(miniature, tmp_path / "copy")
    file = with_longer_blocks(folder)
    process = start(folder, tmp_path / "output.txt", "--configfile", file)
    record = folder / "results/miniature/sampling/records/x1to3-0.h5"
    give_up = time.monotonic() + 120
    while not Path(f"{record}.older").exists() and time.monotonic() < give_up:
        time.sleep(0.01)
    kill(process)
    assert process.returncode == -signal.SIGKILL
    assert Path(f"{record}.older").exists()
    run(folder, "--configfile", file)
    assert not Path(f"{record}.older").exists()
    assert_same(folder / "results/miniature", longer)


def test_every_output_carries_what_it_was_made_from(doubled):
    folder, _ = doubled
    jobs = made_jobs(folder / "results/miniature")
    outputs = {Path(path) for job in jobs for path in job.outputs}
    results = folder / "results/miniature"
    for pattern in ("**/*.csv", "**/*.h5", "figures/*", "expansion/*", "prim/*"):
        for path in results.glob(pattern):
            if path.is_file() and "records" not in path.parts and "dft/inputs" not in str(path):
                assert path in outputs, path
    for job in jobs:
        made = job.provenance
        assert made.code
        assert made.digest
        assert made.seed == 1 or made.rule in ("prim", "dft_batch", "vasp_energies")
        assert {"python", "numpy", "jax", "navac"} <= set(made.versions)
    with h5py.File(results / "thermodynamics/phase_diagram.h5") as file:
        made = json.loads(file.attrs["provenance"])
        assert file.attrs["seed"] == 1
        # What analysed is not what sampled.
        assert file.attrs["device"] == "2 CPU cores"
    assert made["settings"]["thermodynamics.smallest_jump_x"] == 0.05
    assert made["lineage"]["sampling.block_sweeps"] == 4
    assert made["lineage"]["orderings.max_cells"] == 2


def test_the_description_of_the_results_names_and_checks_every_file(doubled):
    import hashlib

    results = doubled[0] / "results/miniature"
    graph = json.loads((results / "ro-crate-metadata.json").read_text())["@graph"]
    files = {e["@id"]: e for e in graph if e["@type"] == "File" and "sha256" in e}
    assert {"thermodynamics/phase_diagram.h5", "report.zip", "configuration.json"} <= set(files)
    for name in ("thermodynamics/voltage.h5", "figures/voltage.pdf", "configuration.json"):
        digest = hashlib.sha256((results / name).read_bytes()).hexdigest()
        assert files[name]["sha256"] == digest
    actions = {e["@id"]: e for e in graph if e["@type"] == "CreateAction"}
    assert "#sampling-x1to3-0" in actions
    used = {e["@id"] for e in actions["#thermodynamics"]["object"]}
    assert "sampling/x1to3-0.h5" in used
    assert any(e["@type"] == "SoftwareApplication" and e["name"] == "jax" for e in graph)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("seed", 2, r"sampling/x1to3-0\.h5: was made with seed 2, this campaign has 1"),
        ("sampling__supercell", [4, 4, 8],
         r"x1to3-0\.h5: was made with ranges\.x1to3\.supercell \[4, 4, 8\], this campaign has"),
        ("ranges__x1to3__mu_step_eV", 0.02,
         r"x1to3-0\.h5: was made from another .*x1to3-paths\.h5 .*"
         r"ranges\.x1to3\.mu_step_eV 0\.02 instead of"),
        ("expansion__alpha_eV", 1e-3,
         r"x1to3-0\.h5: was made from another .*x1to3_expansion\.json .*"
         r"expansion\.alpha_eV 0\.001 instead of 1e-05"),
    ],
)  # fmt: skip
def test_thermodynamics_refuses_samples_of_other_settings(
    miniature, tmp_path, key, value, said
):  # fmt: skip
    """A record of other settings in the place of its own."""
    folder, other = (duplicate(miniature, tmp_path / name) for name in ("copy", "other"))
    target = "results/miniature/sampling/x1to3-0.h5"
    run(other, target, "--configfile", configuration(other, "other", **{key: value}),
        "--profile", WORKSTATION, module="snakemake")  # fmt: skip
    shutil.copy(other / target, folder / target)
    # The other record was made from files of the same names: as if they were these.
    done = run(
        folder, "--configfile", MINIATURE, "--cores", "2", "--force", "thermodynamics",
        module="snakemake", check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert re.search(said, done.stdout + done.stderr), done.stdout + done.stderr
    assert "Traceback" not in done.stderr.split("thermodynamics:")[-1].split("RuleException")[0]


def test_a_second_run_leaves_the_first_alone(miniature, tmp_path):
    folder = duplicate(miniature, tmp_path / "copy")
    file, output = with_longer_blocks(folder), tmp_path / "output.txt"
    first = start(folder, output, "--configfile", file)
    try:
        running = folder / ".snakemake/navac"
        give_up = time.monotonic() + 120
        while not list(running.glob("*.json")) and time.monotonic() < give_up:
            time.sleep(0.05)
        second = run(folder, "--configfile", file, check=False)
        said = second.stdout + second.stderr
        assert second.returncode == 3
        assert f"The campaign miniature (process {first.pid}) is at work in this folder" in said
        assert re.search(r"folder(, now at \w+.* \(process \d+\))?; wait until", said)
        assert "unlock" not in said.lower()
        first.wait(timeout=300)
    finally:
        first.kill()
    assert first.returncode == 0, output.read_text()
    assert "unlock" not in output.read_text().lower()


def test_a_dry_run_says_what_would_be_done_and_does_nothing(miniature, tmp_path):
    folder = duplicate(miniature, tmp_path / "copy")
    before = {p: p.stat().st_mtime_ns for p in (folder / "results").rglob("*")}
    done = run(folder, "--configfile", MINIATURE, "--dry-run")
    assert done.stderr.strip() == "Nothing to be done: every result belongs to its settings."
    wider = configuration(folder, "wider", figures__width_mm=170)
    done = run(folder, "--configfile", wider, "--dry-run")
    assert "figures.width_mm 85.0 → 170.0" in done.stderr
    assert "sampling" not in done.stderr
    assert before == {p: p.stat().st_mtime_ns for p in (folder / "results").rglob("*")}


def test_the_crate_follows_every_result(miniature, tmp_path):
    """Other published numbers change the table alone; report and crate are of the new one."""
    folder = duplicate(miniature, tmp_path / "copy")
    numbers = (folder / "config/published/nxvp/numbers.csv").read_text().splitlines()
    (folder / "numbers.csv").write_text("\n".join(numbers[:5]) + "\n")
    file = configuration(folder, "fewer", reproduction__published_numbers="numbers.csv")
    run(folder, "--configfile", file)
    results = folder / "results/miniature"
    crate = json.loads((results / "ro-crate-metadata.json").read_text())["@graph"]
    entered = {entity["@id"]: entity.get("sha256") for entity in crate}
    for name in ("reproduction.csv", "reproduction.html", "report.zip"):
        assert entered[name] == hashlib.sha256((results / name).read_bytes()).hexdigest()
    assert len((results / "reproduction.csv").read_text().splitlines()) == 4


def test_vouching_keeps_the_results(miniature, tmp_path):
    """A comment in the engine: sampling counts as unchanged, and its provenance says so."""
    folder = duplicate(miniature, tmp_path / "copy")
    module = folder / "workflow/navac/montecarlo/sweep.py"
    module.write_text(module.read_text() + "\n# a comment\n")
    said = run(folder, "--configfile", MINIATURE, "--dry-run").stderr
    assert "sampling of x1to3, x3to4: code of navac.montecarlo.sweep changed" in said
    run(folder, "sampling", "--because", "a comment", "--configfile", MINIATURE,
        module="navac.campaign.vouch")  # fmt: skip
    for rule in ("paths",):
        assert rule not in run(folder, "--configfile", MINIATURE, "--dry-run").stderr
    done = run(folder, "-n", "--quiet", "all", "--cores", "1", "--configfile", MINIATURE,
               "--rerun-triggers", "mtime", "params", "input", module="snakemake")  # fmt: skip
    assert "sampling" not in done.stdout
    file = with_longer_blocks(folder)
    run(folder, "results/miniature/sampling/x3to4-0.h5", "--cores", "2", "--configfile", file,
        "--rerun-triggers", "mtime", "params", "input", module="snakemake")  # fmt: skip
    kept = folder / "results/miniature/sampling/.provenance/x3to4-0.h5.json"
    [voucher] = json.loads(kept.read_text())["vouched"]
    assert voucher["because"] == "a comment"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_said_in_one_sentence(miniature, tmp_path):
    folder = duplicate(miniature, tmp_path / "copy")
    folder.chmod(0o500)
    shutil.rmtree(folder / ".snakemake", ignore_errors=True)
    done = run(folder, "--configfile", MINIATURE, check=False)
    assert done.returncode == 2
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr

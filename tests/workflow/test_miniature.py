"""The workflow itself: the miniature campaign through every rule, killed once on the way."""

import json
import time
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
import yaml

from navac.results import schema
from navac.results.read import read_record, read_records
from tests.checkout import MINIATURE, checkout, kill, run, start


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """A copy of the files of this checkout, as a fresh clone would have them."""
    return checkout(tmp_path_factory.mktemp("checkout") / "copy")


def finished_conditions(record: Path) -> int:
    try:
        with h5py.File(record, "r", locking=False) as file:
            return int(file["finished"][0])
    except (OSError, KeyError):
        return 0


def kill_during_sampling(folder: Path) -> str:
    """SIGKILL the run after a condition is finished; returns the job that was sampling.

    The sampling job itself lives on, as it does when only Snakemake is killed.
    """
    records = folder / "results/miniature/sampling/records"
    output = folder / "output.txt"
    process = start(folder, output, "--configfile", MINIATURE)
    try:
        for _ in range(6000):
            for record in records.glob("*.h5"):
                if finished_conditions(record):
                    return record.stem.replace("-", " ")
            assert process.poll() is None, output.read_text()
            time.sleep(0.1)
        raise AssertionError("sampling did not begin")
    finally:
        kill(process, recursive=False)


@pytest.fixture(scope="module")
def finished(fresh):
    """The campaign, killed in sampling and completed by running it again."""
    job = kill_during_sampling(fresh)
    done = run(fresh, "--configfile", MINIATURE)
    return fresh, job, done.stdout + done.stderr


def test_a_killed_campaign_completes_and_repeats_no_condition(finished):
    _, job, output = finished
    lines = [line for line in output.splitlines() if line.startswith(f"  sampling {job}:")]
    shown = [float(line.split("%")[0].split()[-1]) for line in lines if "%" in line]
    assert shown[0] > 0
    assert shown[-1] == 100


def test_every_result_is_there_and_whole(finished):
    results = finished[0] / "results/miniature"
    assert not list(results.rglob("*.part"))
    for name in ("phase_diagram", "voltage"):
        with h5py.File(results / f"thermodynamics/{name}.h5") as file:
            assert set(file.attrs) == set(schema.ROOT)
            assert json.loads(file.attrs["provenance"])["rule"] == "thermodynamics"
    for name in ("x1to3", "x3to4"):
        assert (results / f"expansion/{name}.csv").stat().st_size > 500
        covariance = read_record(results / f"expansion/{name}_covariance.h5", schema.Covariance)
        assert covariance.covariance_eV2.shape == (68, 68)
        found = json.loads((results / f"expansion/{name}.json").read_text())
        assert found["ground_states_lost"] == found["ground_states_spurious"] == []
    figures = {f.stem for f in (results / "figures").glob("*.pdf")}
    assert figures == {f.stem for f in (results / "figures").glob("*.png")}
    assert figures >= {
        "mixing_energies", "expansion_errors", "interactions", "phase_diagram", "voltage", "order",
    }  # fmt: skip
    numbers = pd.read_csv(results / "reproduction.csv")
    verdicts = set(numbers.verdict)
    assert {"agrees", "differs", "reported"} <= verdicts
    assert verdicts <= {"agrees", "differs", "uncertain", "unknown", "reported"}
    assert (numbers.verdict != "unknown").mean() > 0.4
    judged = pd.read_csv(results / "trust.csv")
    assert {"good", "bad"} <= set(judged.verdict)  # of so few sweeps
    assert "How far to trust" in (results / "trust.html").read_text()
    assert (results / "report.zip").stat().st_size > 100_000
    inputs = list((results / "dft/inputs").iterdir())
    orderings = (results / "orderings/orderings.csv").read_text().splitlines()
    assert len(inputs) == len(orderings) - 1
    assert {f.name for f in inputs[0].iterdir()} == {"INCAR", "KPOINTS", "POSCAR", "POTCAR.spec"}


@pytest.fixture(scope="module")
def scanned(finished):
    """The same campaign by the paper's protocol, up to the phase diagram."""
    folder = finished[0]
    config = yaml.safe_load((folder / MINIATURE).read_text())
    config["campaign"], config["sampling"]["protocol"] = "scans", "paper"
    config["sampling"]["shards"] = 2
    (folder / "scans.yaml").write_text(yaml.safe_dump(config))
    diagram = "results/scans/thermodynamics/phase_diagram.h5"
    run(folder, diagram, "--configfile", "scans.yaml", "--cores", "2", module="snakemake")
    return folder / diagram


@pytest.mark.parametrize("protocol", ["grid", "paper"])
def test_boundaries_at_room_temperature(finished, scanned, protocol):
    """Even the smallest supercell knows the line compounds, and both protocols do."""
    own = finished[0] / "results/miniature/thermodynamics/phase_diagram.h5"
    for name, (low, high), mu in (
        ("zeta+psi", (1, 2), -0.47396),
        ("psi+omega", (2, 3), -0.43785),
    ):
        path = own if protocol == "grid" else scanned
        region = read_record(path, schema.Boundary, name)
        step = region.temperature_K.tolist().index(300)
        assert region.x_low[step] == pytest.approx(low, abs=0.01)
        assert region.x_high[step] == pytest.approx(high, abs=0.01)
        assert region.mu_eV[step] == pytest.approx(mu, abs=1e-3)
        assert region.species == "Na"


def test_zero_kelvin_voltages(finished):
    """Three plateaus; their differences are those of the published hulls."""
    path = finished[0] / "results/miniature/thermodynamics/voltage.h5"
    curves = read_records(path, schema.VoltageCurve)
    x, volts = curves[0].x, curves[0].voltage_V
    assert len(curves[300].x) > 20
    assert (np.diff(curves[300].x) >= 0).all()

    def mean(a, b):
        """Mean voltage between two ground states, without the plateaus beyond them."""
        index = np.arange(len(x))
        first, last = index[np.isclose(x, a)].max(), index[np.isclose(x, b)].min()
        return np.trapezoid(volts[first : last + 1], x[first : last + 1]) / (b - a)

    assert mean(1, 2) - mean(2, 3) == pytest.approx(0.0361, abs=0.002)
    assert mean(1, 3) - mean(3, 4) == pytest.approx(1.38, abs=0.02)


def test_nothing_to_do_is_said(finished):
    done = run(finished[0], "--configfile", MINIATURE)
    assert "Nothing to be done" in done.stdout + done.stderr


def test_another_campaign_is_not_merged_with_the_default(finished):
    with h5py.File(finished[0] / "results/miniature/thermodynamics/voltage.h5") as file:
        lineage = json.loads(file.attrs["provenance"])["lineage"]
    assert lineage["thermodynamics.voltage_temperatures_K"] == [10.0, 300.0]
    assert lineage["orderings.max_cells"] == 2


def test_a_wrong_configuration_stops_before_any_job(fresh):
    path = fresh / "config/wrong.yaml"
    text = (fresh / MINIATURE).read_text()
    path.write_text(text.replace("campaign: miniature", "campaign: wrong\nseeds: 3")
                    .replace("supercell: [4, 4, 4]", "supercell: [1, 7, 7]"))  # fmt: skip
    for module, arguments in (("navac.campaign.run", ()), ("snakemake", ("-n", "--cores", "1"))):
        done = run(fresh, "--configfile", str(path), *arguments, module=module, check=False)
        assert done.returncode != 0
        assert "seeds: unknown key" in done.stdout + done.stderr
        assert "sampling.supercell" in done.stdout + done.stderr
    assert not (fresh / "results/wrong").exists()


def test_a_file_alone_may_be_asked_for(tmp_path):
    """Without the rest, which the report is about."""
    folder, wanted = checkout(tmp_path / "copy"), "results/miniature/prim/prim.json"
    done = run(folder, "--configfile", MINIATURE, wanted)
    assert "the report waits for the whole campaign" in done.stdout
    assert (folder / wanted).exists()
    assert not (folder / "results/miniature/report.zip").exists()

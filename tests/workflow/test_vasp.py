"""A campaign with VASP's energies, by the stand-in: faults, a kill, and on to the phase diagram."""

import json
import shutil
import sys
import time
from contextlib import suppress
from dataclasses import replace

import h5py
import numpy as np
import pandas as pd
import psutil
import pytest
import yaml

from navac.campaign.resolve import resolved
from navac.config import load_config
from navac.orderings.ordering import read_orderings
from tests.checkout import ROOT, checkout
from tests.checkout import start as begin
from tests.workflow.dry_run import reruns_by_key
from tests.workflow.test_settings import following

CONFIG = "config/test.yaml"
LIBRARY = "tests/vasp_standin/potentials"
FAULTS = {
    # what happens at each start, and what becomes of the ordering
    "failed": ["crash"] * 9,
    "moved": ["moved"],
    "corrected": ["message:ZBRENT: fatal error in bracketing"],
    "again": ["kill"],
    "first": ["hang"],  # the job is killed meanwhile
}

VASP = {"vasp_batch", "ground_states"}
# The rules that read a key, and another value of it.
KEYS = {
    "dft.potcar_library": ({"potentials", *VASP}, "variants/potentials"),
    "energies.vasp.command": ({"potentials", *VASP}, "nice vasp_std"),
    "energies.vasp.batches": ({"vasp_batch"}, 3),
    "energies.vasp.restarts": (VASP, 4),
    "energies.vasp.settled_volume_change": (VASP, 0.1),
    "energies.vasp.max_corrections": (VASP, 9),
    "energies.vasp.attempts": (VASP, 3),
    "energies.vasp.max_failed": (VASP, 19),
    "energies.vasp.symmetry_tolerance_A": (VASP, 0.05),
    # how a job is run; no number depends on it
    "energies.vasp.cores": (set(), 2),
    "energies.vasp.memory_mb": (set(), 2000),
    "energies.vasp.hours": (set(), 12.0),
    "energies.vasp.spare_minutes": (set(), 10.0),
    "energies.vasp.frozen_hours": (set(), 5.0),
    "energies.vasp.poll_seconds": (set(), 0.3),
    "energies.vasp.check_seconds": (set(), 3.0),
}
RULES = {
    "prim", "orderings", "dft_batch", "potentials", "vasp_batch", "vasp_energies",
    "ground_states", "expansion", "paths", "sampling", "thermodynamics",
    *(f"figure_{name}" for name in (
        "mixing_energies", "expansion_errors", "interactions", "short_range_order", "phase_diagram",
        "uncertainty", "order", "heat_capacity", "entropy", "voltage", "occupancies",
        "interactive",
    )),
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A copy of this checkout with the stand-in, and a smaller campaign of it."""
    copy = checkout(tmp_path_factory.mktemp("vasp") / "copy")
    standin = "tests/vasp_standin"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / standin, copy / standin, ignore=ignored)
    text = (copy / "config/standin.yaml").read_text()
    text = text.replace(".venv/bin/python", sys.executable)
    text = text.replace("max_per_composition: 3", "max_per_composition: 2")
    text = text.replace("stop: 4, step: 0.25", "stop: 4, step: 0.5")
    text = text.replace("regression: ridge", "folds: 3\n  regression: ridge")
    (copy / CONFIG).write_text(text)
    return copy


def start(folder, module="snakemake"):
    """Start Snakemake or the campaign's own runner; its output goes to a file."""
    path = folder / f"output-{time.monotonic_ns()}.txt"
    common = ["--cores", "2", "--scheduler", "greedy", "--rerun-incomplete"]
    process = begin(
        folder, path, "--configfile", CONFIG, *(common if module == "snakemake" else []),
        module=module, VASP_STANDIN=str(folder),
    )  # fmt: skip
    return process, path


def run(folder, module="snakemake"):
    process, output = start(folder, module=module)
    return process.wait(), output.read_text()


@pytest.fixture(scope="module")
def without_library(folder):
    """What a campaign says that has no potentials."""
    config = folder / CONFIG
    text = config.read_text()
    config.write_text(text.replace(f"potcar_library: {LIBRARY}", "potcar_library: null"))
    result = run(folder)
    config.write_text(text)
    return result


@pytest.fixture(scope="module")
def faulty(folder, without_library):
    """The orderings that something happens to, by what it is."""
    found = read_orderings(folder / "results/standin/orderings/orderings.csv")
    number = {o.id: i for i, o in enumerate(found)}
    inner = [o.id for o in found if o.x not in (1, 3, 4)]
    first = inner[0]
    others = [o for o in inner[1:] if number[o] > number[first]]
    # The first hangs until the campaign is killed, so nothing of its batch after it has begun
    # then. Of others the kill may be in the middle of the fault, which is then used up.
    batches = yaml.safe_load((folder / CONFIG).read_text())["energies"]["vasp"]["batches"]
    later = [o for o in others if (number[o] - number[first]) % batches == 0][:2]
    rest = [o for o in others if o not in later][:2]
    chosen = dict(zip(("moved", "corrected", "failed", "again"), [*later, *rest], strict=True))
    chosen["first"] = first
    plan = {chosen[name]: fault for name, fault in FAULTS.items()}
    (folder / "faults.json").write_text(json.dumps(plan))
    return chosen


def kill_while_hanging(folder, ordering):
    """SIGKILL Snakemake and its jobs while VASP hangs; VASP itself is left running."""
    directory = folder / "results/standin/dft/runs" / ordering
    process, output = start(folder)
    for _ in range(3000):
        if (directory / "CONTCAR").exists():
            break
        assert process.poll() is None, output.read_text()
        time.sleep(0.1)
    snakemake = psutil.Process(process.pid)
    for victim in (snakemake, *snakemake.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):  # jobs end while this goes on
            command = " ".join(victim.cmdline())
            if "python" in command and "vasp_standin" not in command:
                victim.kill()
    process.wait()
    states = {path.stem: json.loads(path.read_text()) for path in directory.parent.glob("*.json")}
    return {name for name, state in states.items() if state["status"] == "running"}


@pytest.fixture(scope="module")
def interrupted(folder, faulty):
    """The orderings that were running when the campaign was killed in the middle."""
    return kill_while_hanging(folder, faulty["first"])


@pytest.fixture(scope="module")
def finished(folder, interrupted):
    """The campaign that was killed, completed by running it again."""
    status, output = run(folder, module="navac.campaign.run")
    assert status == 0, output
    return output


@pytest.fixture(scope="module")
def table(folder, finished):
    return pd.read_csv(folder / "results/standin/energies/energies.csv").set_index("id")


def test_without_potentials_all_else_is_written_and_what_is_missing_is_said(
    folder, without_library
):
    status, output = without_library
    assert status != 0
    assert "dft.potcar_library names no folder" in output
    assert "V: label V_pv, TITEL PAW_PBE V_pv 07Sep2000" in output
    assert "Put each in a folder as <label>/POTCAR" in output
    orderings = read_orderings(folder / "results/standin/orderings/orderings.csv")
    for ordering in orderings:
        directory = folder / "results/standin/dft/inputs" / ordering.id
        assert {f.name for f in directory.iterdir()} == {
            "INCAR",
            "KPOINTS",
            "POSCAR",
            "POTCAR.spec",
        }


def test_what_cannot_be_used_is_named_with_its_reason(table, faulty, finished):
    unusable = table[~np.isfinite(table.energy_eV_per_cell)]
    assert set(unusable.index) == {faulty["failed"], faulty["moved"]}
    assert table.status[faulty["failed"]] == "failed"
    assert "libmkl_rt.so" in table.reason[faulty["failed"]]
    assert table.status[faulty["moved"]] == "moved"
    assert "ions moved to other sites" in table.reason[faulty["moved"]]
    assert np.isfinite(table.total_energy_eV_per_cell[faulty["moved"]])
    for name in unusable.index:
        assert f"{name} has no usable energy, " in finished


def test_nothing_finished_is_run_twice(folder, table, faulty, interrupted):
    """One start each, but for those that had an accident; the hanging one is continued.

    And so is what the other core was running when the job was killed.
    """
    assert faulty["first"] in interrupted
    assert len(interrupted) <= 2
    starts = pd.Series((folder / "starts.log").read_text().split()).value_counts()
    expected = pd.Series(1, index=table.index)
    expected[[faulty[f] for f in ("failed", "corrected", "again", "first")]] = 2
    ground = pd.read_csv(folder / "results/standin/energies/ground_states.csv").id
    expected[ground] += 2  # static, density of states
    again = (starts - expected)[lambda difference: difference != 0]
    assert set(again.index) <= interrupted - {faulty["first"]}
    assert list(again) in ([], [1])
    assert table.corrections[faulty["corrected"]] == "zbrent (VaspErrorHandler)"


def test_the_energies_are_those_that_vasp_wrote(folder, table, sodium_poor, sodium_rich):
    rich = replace(sodium_rich, constant=-2.012586)
    orderings = read_orderings(folder / "results/standin/orderings/orderings.csv")
    mixing = pd.Series({
        o.id: (rich if o.x > 3 + 1e-6 else sodium_poor).energies(
            o.supercell, (2 * o.occupation - 1)[None]
        )[0]
        for o in orderings
    })  # fmt: skip
    x = table.x
    low, high = (mixing[x[x == end].index].min() for end in (1, 4))
    expected = mixing - (low + (x - 1) / 3 * (high - low))
    usable = np.isfinite(table.energy_eV_per_cell)
    assert usable.sum() > 15
    # forces of 0.01 eV/Å are left on each atom, 1e-5 eV
    names = table.index[usable]
    np.testing.assert_allclose(table.energy_eV_per_cell[names], expected[names], atol=1e-3)


def test_the_table_holds_what_was_read(folder, table):
    good = table[np.isfinite(table.energy_eV_per_cell)]
    assert set(good.status) == {"done"}
    at = good.groupby("x").first()
    # Table S2 and Figure S1, which the stand-in interpolates
    np.testing.assert_allclose(
        at.volume_A3_per_fu[[1, 2, 4]], [219.499, 227.159, 241.012], rtol=5e-3
    )
    np.testing.assert_allclose(at.band_gap_eV[[1, 2, 3, 4]], [0.7, 0.3, 1.4, 0], atol=0.01)
    # Table S4: V(IV) alone at x = 1, V(III) alone at 3, both at 2; neutrality agrees
    assert set(at.oxidation_states[1].split()) == {"4"}
    assert sorted(set(at.oxidation_states[2].split())) == ["3", "4"]
    assert set(at.oxidation_states[3].split()) == {"3"}
    whole = good[good.x.isin([1, 2, 3, 4])]
    np.testing.assert_allclose(whole.oxidation_mean, whole.oxidation_needed, atol=1e-9)
    assert (good.functional == "SCAN+U").all()
    assert (good.max_force_eV_per_A < 0.01).all()
    assert (good.max_stress_GPa < 0.29).all()
    assert (good.max_displacement_A < 0.2).all()
    assert good.bond_mean_A.between(1.9, 2.2).all()
    for path in good.structure:
        assert (folder / path).is_file()


def test_ground_states_are_reported(folder, finished):
    folder = folder / "results/standin"
    cells = pd.read_csv(folder / "energies/ground_states.csv").set_index("x")
    assert {1, 2, 3, 4} <= set(cells.index)
    np.testing.assert_allclose(cells.band_gap_eV[[1, 2, 3, 4]], [0.7, 0.3, 1.4, 0], atol=0.01)
    ions = pd.read_csv(folder / "energies/ground_state_ions.csv")
    mixed = ions[ions.x == 2].set_index("oxidation_state")
    np.testing.assert_allclose(mixed.moment_mean_muB[[3, 4]], [1.9, 1.0])
    assert (mixed.ions == mixed.ions.iloc[0]).all()
    with h5py.File(folder / "energies/ground_states_dos.h5") as file:
        group = file[cells.id[2]]
        energy, total = group["energy_eV"][:], group["total_per_eV"][:]
        assert len(energy) == 3001  # NEDOS of the follow-up, not the relaxation's
        # no states inside the gap of 0.3 eV, states on both sides
        assert total[np.abs(energy) < 0.14].max() == 0
        assert total[(energy > -0.3) & (energy < -0.16)].min() > 0
        assert total[(energy > 0.16) & (energy < 0.3)].min() > 0
    for kind in ("pdf", "png"):
        assert (folder / f"figures/density_of_states.{kind}").stat().st_size > 5000


def test_no_potential_is_left_in_the_results(folder, finished):
    assert not list((folder / "results").rglob("POTCAR"))
    for path in (folder / "results").rglob("*"):
        if path.is_file() and path.suffix in ("", ".json", ".csv", ".tar"):
            assert b"END of PSCTR" not in path.read_bytes()


def test_the_campaign_goes_on_to_the_phase_diagram(folder, finished):
    path = folder / "results/standin/thermodynamics/phase_diagram.h5"
    with h5py.File(path) as file:
        group = file["boundaries/zeta+psi"]
        assert group["x_low"][0] == pytest.approx(1, abs=0.05)
        assert group["x_high"][0] == pytest.approx(2, abs=0.05)
    status, output = run(folder, module="navac.campaign.run")
    assert status == 0
    assert "Nothing to be done" in output


@pytest.fixture(scope="module")
def reruns(folder, finished):
    """By key, what Snakemake would run and what navac says, with its value changed."""
    shutil.copytree(folder / LIBRARY, folder / "variants/potentials")
    return reruns_by_key(folder, CONFIG, {key: value for key, (_, value) in KEYS.items()})


def test_every_key_of_vasp_is_in_the_table(folder):
    keys = set(resolved(load_config(folder / CONFIG)))
    assert set(KEYS) == {k for k in keys if k.startswith("energies.vasp.")} | {"dft.potcar_library"}


def test_nothing_changed_reruns_nothing(reruns):
    assert reruns["nothing"] == (set(), set())


@pytest.mark.parametrize("key", KEYS)
def test_a_changed_key_of_vasp_reruns_what_depends_on_it_and_nothing_else(reruns, key):
    """Snakemake decides so, and navac says so beforehand."""
    readers, _ = KEYS[key]
    expected = following(readers, RULES)
    assert reruns[key] == (expected, expected)

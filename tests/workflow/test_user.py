"""Structures and energies from elsewhere, through a whole campaign."""

import json
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
import yaml

from navac.campaign.stages import STAGES
from navac.energies.table import read_energies
from navac.expansion.clusters import enumerate_orbits
from navac.expansion.eci_table import read_eci_table
from navac.files import write_json
from navac.orderings.ordering import read_orderings
from tests.checkout import checkout, run
from tests.energies.made_up import (
    forty,
    hidden_energies,
    lithium_cobaltate,
    write_entries,
    write_vasp,
    write_xyz,
)  # fmt: skip
from tests.scripts.test_user import campaign
from tests.workflow.dry_run import dry_runs, write_variants

PRIM, GROUP = lithium_cobaltate()
BASE = "config/mine.yaml"
# Changed values of the section, and the rules that read it.
OTHER = {
    "energies.user.files": ["given", "more.json"],
    "energies.user.energy_per": "atom",
    "energies.user.max_strain": 0.12,
    "energies.user.max_displacement_A": 0.9,
    "energies.user.max_ambiguity": 0.4,
    "energies.user.conflict_meV_per_fu": 1.0,
    "energies.user.icet_property": "mixing_energy",
    "energies.user.icet_energy_per": "cell",
}


def prepared(folder: Path, files) -> Path:
    """A fresh checkout with a configuration and the crystal it names."""
    copy = checkout(folder)
    write_json(copy / "lco.json", PRIM.to_dict())
    (copy / BASE).write_text(yaml.safe_dump(campaign(files)))
    return copy


@pytest.fixture(scope="module")
def made():
    return forty(PRIM, GROUP, max_cells=4)


@pytest.fixture(scope="module")
def finished(tmp_path_factory, made):
    """A campaign on a folder of vasprun.xml and extended XYZ, run to its report."""
    folder = prepared(tmp_path_factory.mktemp("user") / "copy", "given")
    (folder / "given").mkdir()
    write_vasp(folder / "given", made[:20])
    write_xyz(folder / "given", made[20:])
    write_entries(folder, made[:2])
    (folder / "entries.json").rename(folder / "more.json")
    done = run(folder, "--configfile", BASE)
    return folder, done.stdout + done.stderr


def test_it_runs_to_the_diagram(finished, made):
    folder, output = finished
    results = folder / "results/mine"
    assert f"{len(made)} structures: {len(made)} used" in output
    orbits = enumerate_orbits(PRIM, GROUP, {2: 5.1})
    fitted = read_eci_table(results / "expansion/all.csv", orbits)
    orderings = read_orderings(results / "energies/orderings.csv")
    table = read_energies(results / "energies/energies.csv")
    assert [o.id for o in orderings] == table.id.tolist()
    found = fitted.energies_of(orderings)
    np.testing.assert_allclose(found, table.energy_eV_per_cell, atol=1e-6)
    hidden = hidden_energies(PRIM, GROUP, orderings)
    np.testing.assert_allclose(table.total_energy_eV_per_cell, hidden, atol=1e-8)
    for name in ("phase_diagram", "voltage"):
        with h5py.File(results / f"thermodynamics/{name}.h5") as file:
            lineage = json.loads(file.attrs["provenance"])["lineage"]
        assert lineage["energies.user.files"] == ["given"]
    assert {f.stem for f in (results / "figures").glob("*.png")} >= {
        "phase_diagram", "mixing_energies", "voltage",
    }  # fmt: skip
    assert not (results / "orderings").exists()
    assert not (results / "dft").exists()


def test_a_second_run_finds_nothing_to_do(finished):
    done = run(finished[0], "--configfile", BASE)
    assert "Nothing to be done" in done.stderr


AFTER = {
    "user_energies", "expansion", "paths", "sampling", "thermodynamics",
    *(f"figure_{name}" for name in (
        "mixing_energies", "expansion_errors", "interactions", "short_range_order", "phase_diagram",
        "uncertainty", "order", "heat_capacity", "entropy", "voltage", "occupancies",
        "interactive")),
}  # fmt: skip


def test_every_key_of_the_section_reruns_the_energies_and_what_follows(finished):
    folder, _ = finished
    paths = write_variants(folder, BASE, OTHER)
    found = dry_runs(folder, [(path, "", "") for path in paths.values()])
    for key, (rules, said) in zip(paths, found, strict=True):
        assert rules == said == AFTER, key
    assert set(STAGES["user_energies"].keys) == {"species", "energies.user", "ranges.*.x"}
    walked = {key.removeprefix("energies.user.") for key in OTHER}
    section = set(campaign("x")["energies"]["user"])
    assert section <= walked


def test_a_changed_an_added_and_a_removed_file_rerun_it(finished, made):
    folder, _ = finished
    [(rules, said)] = dry_runs(folder, [(BASE, "given/relaxed.xyz", "\n")])
    assert rules == said == AFTER
    added = write_entries(folder / "given", made[:1])
    [(rules, said)] = dry_runs(folder, [(BASE, "", "")])
    assert rules == said == AFTER
    Path(added).unlink()
    [(rules, said)] = dry_runs(folder, [(BASE, "", "")])
    assert rules == said == set()
    moved = (folder / "given/relaxed.xyz").rename(folder / "relaxed.xyz")
    [(rules, said)] = dry_runs(folder, [(BASE, "", "")])
    moved.rename(folder / "given/relaxed.xyz")
    assert rules == said == AFTER


@pytest.fixture
def tabulated(tmp_path):
    """A campaign on a table of the energies of enumerated orderings."""
    folder = prepared(tmp_path / "copy", "own.csv")
    data = campaign("own.csv") | {"orderings": {
        "max_cells": 4, "compositions": {"start": 0, "stop": 1, "step": 0.25},
        "charges": {"Li": 1, "Co": 3, "O": -2},
    }}  # fmt: skip
    (folder / BASE).write_text(yaml.safe_dump(data))
    (folder / "own.csv").write_text("id,energy_eV_per_cell\nc1-h00-x0.00-0000,0.0\n")
    run(folder, "results/mine/orderings/orderings.csv", "--configfile", BASE, "--cores", "1",
        module="snakemake")  # fmt: skip
    orderings = read_orderings(folder / "results/mine/orderings/orderings.csv")
    energies = hidden_energies(PRIM, GROUP, orderings)
    table = pd.DataFrame({
        "id": [o.id for o in orderings], "range": "", "x": [o.x for o in orderings],
        "energy_eV_per_cell": energies, "provenance": "mine",
    })  # fmt: skip
    return folder, table


def energies(folder, check=True):
    return run(folder, "results/mine/energies/energies.csv", "--configfile", BASE, "--cores", "1",
               module="snakemake", check=check)  # fmt: skip


def test_a_table_of_enumerated_orderings(tabulated):
    """Own energies of navac's orderings, in the columns of its own table."""
    folder, table = tabulated
    table.iloc[:-5].pipe(lambda t: pd.concat([t, table[table.x == 1]])).drop_duplicates().to_csv(
        folder / "own.csv", index=False
    )
    energies(folder)
    found = read_energies(folder / "results/mine/energies/energies.csv")
    known = table.set_index("id").energy_eV_per_cell
    np.testing.assert_allclose(found.total_energy_eV_per_cell, known[found.id], atol=1e-12)
    # Orderings without an energy are predicted, not forgotten.
    orderings = read_orderings(folder / "results/mine/energies/orderings.csv")
    assert len(orderings) == len(table) > len(found)
    # Three energies are lost.
    broken = table.astype({"energy_eV_per_cell": str})
    broken.loc[[4, 18], "energy_eV_per_cell"] = "nan"
    broken.to_csv(folder / "own.csv", index=False)
    failed = energies(folder, check=False)
    assert failed.returncode
    said = "own.csv, row 6, energy_eV_per_cell: 'nan' is not a finite number; correct it, or leave"
    assert said in failed.stderr
    assert "Traceback" not in failed.stderr


@pytest.mark.parametrize(
    ("section", "message"),
    [({}, "energies.user.files: names no file"),
     ({"files": "no/such"}, "energies.user.files: no/such matches no file"),
     ({"files": "lco.json"}, "lco.json is no file of energies that is known")],
)  # fmt: skip
def test_files_that_are_not_there_are_refused_before_the_run(tmp_path, section, message):
    folder = prepared(tmp_path / "copy", [])
    data = campaign([])
    data["energies"]["user"] = section
    (folder / BASE).write_text(yaml.safe_dump(data))
    done = run(folder, "--configfile", BASE, "--dry-run", check=False)
    assert done.returncode == 2
    assert message in done.stderr

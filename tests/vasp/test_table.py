"""Rows of the energies table: what a run must be so that its energy is used."""

import gzip
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from navac.crystal.prim import Prim
from navac.energies.store import State, Store
from navac.energies.table import EnergyError
from navac.energies.totals import energies_table, read_rows, unusable, write_rows
from navac.orderings.ordering import Ordering
from navac.vasp.settings import load_settings
from navac.vasp.table import COLUMNS, Reader
from tests.vasp.test_run import THREE, Case

CHARGES = {"Na": 1, "V": 2.5, "P": 5, "O": -2}


@pytest.fixture(scope="module")
def finished(tmp_path_factory, prim):
    """The three orderings, run once by the stand-in."""
    case = Case(tmp_path_factory.mktemp("table"))
    case.write_inputs(prim)
    case.batch().run(case.orderings)
    return case


@pytest.fixture
def store(finished, tmp_path):
    shutil.copytree(finished.store.root, tmp_path / "runs")
    return Store(tmp_path / "runs")


def reader(prim, tmp_path, settings="scan_u"):
    return Reader(prim, load_settings(settings), CHARGES, 0.1, tmp_path / "relaxed")


def test_a_good_run_has_an_energy_gzipped_or_not(prim, store, tmp_path):
    row = reader(prim, tmp_path).row(THREE[1], store)
    assert (row["status"], row["reason"]) == ("done", "")
    assert row["oxidation_states"] == "4 4 3 3"
    assert row["oxidation_mean"] == row["oxidation_needed"] == 3.5
    directory = store.directory(THREE[1].id)
    for name in ("vasprun.xml", "OUTCAR"):
        packed = gzip.compress((directory / name).read_bytes())
        (directory / f"{name}.gz").write_bytes(packed)
        (directory / name).unlink()
    assert reader(prim, tmp_path).row(THREE[1], store) == row


def test_a_run_of_another_composition_is_foreign(prim, store, tmp_path):
    theirs, ours = store.directory(THREE[2].id), store.directory(THREE[1].id)
    shutil.rmtree(ours)
    shutil.copytree(theirs, ours)
    row = reader(prim, tmp_path).row(THREE[1], store)
    assert row["status"] == "foreign"
    assert row["reason"] == ("its composition is Na8 V4 P6 O24, the ordering's Na4 V4 P6 O24")


def test_a_run_of_another_ordering_of_the_composition_has_moved(prim, store, tmp_path):
    occupation = np.array(list("01010011"), np.int8)
    other = replace(THREE[1], occupation=np.roll(occupation, 1))
    assert not np.array_equal(other.occupation, THREE[1].occupation)
    row = reader(prim, tmp_path).row(other, store)
    assert row["status"] == "moved"
    assert "hold another species" in row["reason"]
    assert row["structure"] == ""


def test_a_run_with_other_settings_is_named_with_them(prim, store, tmp_path):
    row = reader(prim, tmp_path, "pbe_u").row(THREE[1], store)
    assert row["status"] == "other settings"
    for part in ("METAGGA is SCAN, wanted ", "ENCUT is 520.0, wanted 500.0",
                 "U of V is 1.0, wanted 3.25", "wanted PAW_PBE Na_pv 19Sep2006"):  # fmt: skip
        assert part in row["reason"]


def test_the_table_is_zero_at_its_ends_and_names_the_rest(prim, store, tmp_path):
    middle = THREE[1].id
    store.write(middle, State("failed", "", "VaspErrorHandler: brmix"))
    rows = [reader(prim, tmp_path).row(o, store) for o in THREE]
    write_rows(tmp_path / "rows.csv", rows, COLUMNS)
    table = energies_table(read_rows([tmp_path / "rows.csv"]), (1.0, 4.0))
    energies = table.energy_eV_per_cell.to_numpy()
    np.testing.assert_allclose(energies[[0, 2]], 0, atol=1e-12)
    assert np.isnan(energies[1])
    assert unusable(table) == [f"{middle} has no usable energy, failed: VaspErrorHandler: brmix"]
    total = pd.to_numeric(table.total_energy_eV_per_cell)
    assert total[2] - total[0] == pytest.approx(-3.4 * 6, abs=0.1)


def test_without_an_end_member_there_is_no_zero(prim, store, tmp_path):
    store.write(THREE[2].id, State("failed", "", "VaspErrorHandler: brmix"))
    rows = [reader(prim, tmp_path).row(o, store) for o in THREE]
    with pytest.raises(EnergyError, match=f"{THREE[2].id}: failed, VaspErrorHandler: brmix"):
        energies_table(rows, (1.0, 4.0))


def test_an_ordering_without_atoms_has_the_energy_zero_and_no_run(store, tmp_path):
    """It is an end member of a crystal that has no fixed atoms."""
    prim = Prim(3 * np.eye(3), np.zeros((1, 3)), (("Na", "Va"),), ("Na",), 1)
    empty = Ordering("empty", (1, 0, 0, 0, 1, 0, 0, 0, 1), 0.0, np.array([1], np.int8), 1, 0.0)
    row = reader(prim, tmp_path).row(empty, store)
    assert (row["status"], row["total_energy_eV_per_cell"]) == ("done", 0.0)
    full = row | {"id": "full", "x": 1.0, "total_energy_eV_per_cell": -1.5}
    half = row | {"id": "half", "x": 0.5, "total_energy_eV_per_cell": -1.0}
    table = energies_table([row, half, full], (0, 1))
    np.testing.assert_allclose(table.energy_eV_per_cell, [0, -0.25, 0])

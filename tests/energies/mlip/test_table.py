"""Rows of relaxed orderings, mixing energies, and the voltage against the metal."""

import numpy as np
import pandas as pd
import pytest
from ase.calculators.emt import EMT

from navac.energies.batch import Batch
from navac.energies.mlip.backend import ModelBackend
from navac.energies.mlip.files import RESULT, read_relaxed, write_relaxed
from navac.energies.mlip.metal import MetalError, metal_cell, metal_reference
from navac.energies.mlip.table import COLUMNS, Reader
from navac.energies.store import State, Store
from navac.energies.table import EnergyError
from navac.energies.totals import average_voltage, energies_table, read_rows, write_rows
from tests.energies.mlip.alloy import PRIM, THREE, emt, settings


@pytest.fixture
def store(tmp_path):
    found = Store(tmp_path / "runs")
    Batch(found, ModelBackend(PRIM, emt(), settings())).run(THREE)
    return found


def reader(folder, max_strain=0.1):
    return Reader(PRIM, emt(), max_strain, 0.1, folder / "relaxed")


def changed(store, one, **fields):
    """Replace something in the result of an ordering."""
    path = store.directory(one.id) / RESULT
    kept = read_relaxed(path)
    write_relaxed(path, type(kept)(**vars(kept) | fields))


def test_a_relaxed_ordering_has_a_row(store, tmp_path):
    row = reader(tmp_path).row(THREE[1], store)
    assert set(row) == set(COLUMNS)
    assert (row["status"], row["reason"]) == ("done", "")
    assert row["provenance"].startswith("ase.calculators.emt:EMT 3.")
    assert row["level_of_theory"] == "effective medium theory"
    assert row["space_group"] == "R-3m"  # L1_1: layers of one kind along [111]
    assert row["max_displacement_A"] < 1e-6
    # between the volumes of copper and gold, by this model
    assert 11.6 < row["volume_A3_per_fu"] < 16.8
    assert (tmp_path / "relaxed/stack-01.vasp").is_file()
    kept = read_relaxed(store.directory(THREE[1].id) / RESULT).atoms
    kept.calc = EMT()
    assert row["total_energy_eV_per_cell"] == kept.get_potential_energy() / 2


def test_moments_are_kept_where_the_model_gives_them(store, tmp_path):
    changed(store, THREE[1], moments_muB=np.array([1.94, 0.1]))
    row = reader(tmp_path).row(THREE[1], store)
    assert row["moments_muB"] == "Cu=1.94"
    assert row["total_moment_muB_per_fu"] == pytest.approx(1.02)


def test_a_cell_that_left_the_crystal_has_moved(store, tmp_path):
    """The strain is that of the vectors it began with, however far it went."""
    atoms = read_relaxed(store.directory(THREE[1].id) / RESULT).atoms
    atoms.set_cell(atoms.cell * 1.5, scale_atoms=True)
    changed(store, THREE[1], atoms=atoms)
    row = reader(tmp_path).row(THREE[1], store)
    assert row["status"] == "moved"
    assert "more than max_strain 10%" in row["reason"]
    assert reader(tmp_path, 0.01).row(THREE[0], store)["status"] == "moved"
    assert reader(tmp_path, 0.07).row(THREE[0], store)["status"] == "done"  # 6.6 % shorter


def test_exchanged_atoms_have_moved(store, tmp_path):
    """Another ordering of the same atoms."""
    from tests.energies.mlip.alloy import ordering

    one, other = ordering("0011"), ordering("0101")
    Batch(store, ModelBackend(PRIM, emt(), settings())).run([one, other])
    wrong = read_relaxed(store.directory(other.id) / RESULT).atoms
    right = read_relaxed(store.directory(one.id) / RESULT).atoms
    right.symbols = wrong.symbols
    right.symbols[1], right.symbols[2] = right.symbols[2], right.symbols[1]
    changed(store, one, atoms=right)
    row = reader(tmp_path).row(one, store)
    assert (row["status"], row["structure"]) == ("moved", "")


def test_what_has_no_result_says_why(store, tmp_path):
    store.write(THREE[0].id, State("failed", "", "not converged"))
    (store.directory(THREE[1].id) / RESULT).write_text("")
    rows = [reader(tmp_path).row(o, store) for o in THREE[:2]]
    assert [r["status"] for r in rows] == ["failed", "unreadable"]
    assert "remove it with its state" in rows[1]["reason"]


def test_the_voltage_is_that_of_the_total_energies(store, tmp_path):
    """Copper into gold, measured against copper: nothing in, nothing out but the metal."""
    write_rows(tmp_path / "rows.csv", [reader(tmp_path).row(o, store) for o in THREE], COLUMNS)
    table = energies_table(read_rows([tmp_path / "rows.csv"]), (0.0, 1.0))
    np.testing.assert_allclose(table.energy_eV_per_cell[[0, 2]], 0, atol=1e-12)
    assert table.energy_eV_per_cell[1] > 0
    total = table.total_energy_eV_per_cell.astype(float)
    metal = metal_reference("Cu", emt(), settings())
    expected = -(total[0] - total[2]) + metal.energy_eV_per_atom
    assert average_voltage(table, (0.0, 1.0), metal.energy_eV_per_atom, 1) == expected
    assert metal.energy_eV_per_atom == pytest.approx(total[0], abs=1e-4)
    assert average_voltage(table, (0.0, 1.0), 1.5, 1) == pytest.approx(1.5 + total[2] - total[0])
    with pytest.raises(EnergyError, match="has no column total_energy_eV_per_cell"):
        average_voltage(table.drop(columns="total_energy_eV_per_cell"), (0.0, 1.0), 1.5, 1)


def test_two_formula_units_hold_two_atoms_per_x():
    """−ΔE/Δn with E per cell and n = 2x, the paper's Eq. 6 by hand."""
    table = pd.DataFrame({
        "x": [1.0, 3.0], "energy_eV_per_cell": 0.0, "total_energy_eV_per_cell": [-100.0, -120.0],
    })  # fmt: skip
    assert average_voltage(table, (1.0, 3.0), -1.3, 2) == pytest.approx(20 / 4 - 1.3)


@pytest.mark.parametrize(("element", "structure"), [("Li", "bcc"), ("Na", "bcc"), ("Mg", "hcp")])
def test_the_metal_has_its_structure(element, structure):
    assert metal_cell(element)[1] == structure


def test_a_species_without_a_metal_is_refused():
    with pytest.raises(MetalError, match="no structure of elemental O is known"):
        metal_cell("O")

"""The parameter set: written and read alike, its capacity, its free energy."""

import json
from dataclasses import replace

import numpy as np
import pytest

from navac.cell.coexistence import Coexistence
from navac.cell.file import read_parameters, write_parameters
from navac.cell.free_energy import regular_barrier
from navac.cell.quantity import CellError


def test_what_is_written_is_read(plateau, tmp_path):
    path = tmp_path / "parameters.json"
    known = replace(
        plateau, entropic_change=np.array([1e-4, 2e-4, 2e-4, 0.0]),
        open_circuit=replace(plateau.open_circuit, stderr=1e-4),
        further={500.0: replace(plateau.open_circuit, temperature=500.0)},
    )  # fmt: skip
    write_parameters(path, known)
    found = read_parameters(path)
    assert found.numbers == known.numbers
    assert found.coexisting == known.coexisting
    assert found.open_circuit.stderr == 1e-4
    np.testing.assert_array_equal(found.volumes.volume, [219.5, 234.41])
    assert list(found.further) == [500.0]
    for name in ("x", "voltage", "two_phase"):
        np.testing.assert_array_equal(
            getattr(found.open_circuit, name), getattr(known.open_circuit, name)
        )
    np.testing.assert_array_equal(found.entropic_change, known.entropic_change)
    data = json.loads(path.read_text())
    assert all(number["source"] for number in data["numbers"].values())
    assert data["thermodynamic_factor"]["value"][1] == 0
    assert data["two_phase_regions"][0]["highest_temperature_K"] == 700


def test_what_is_not_known_is_null(plateau, tmp_path):
    path = tmp_path / "parameters.json"
    write_parameters(path, replace(plateau, coexisting=(Coexistence(),)))
    text = path.read_text()
    assert "NaN" not in text
    found = read_parameters(path)
    assert found.entropic_change is None
    assert found.coexisting == (Coexistence(),)


def test_the_capacity_of_two_sodium(sloping):
    """117.6 mAh per gram of Na3V2(PO4)3, of which one electron is 58.81."""
    assert sloping.capacity == pytest.approx(2 * 58.81, abs=0.02)
    assert sloping.concentrations == pytest.approx((7084.0, 21252.0))


def test_the_double_well_is_that_of_a_regular_solution(plateau):
    [gap] = plateau.free_energy().gaps
    assert (gap.low, gap.high) == pytest.approx((1.01, 2.99))
    assert gap.barrier == pytest.approx(1.98 * regular_barrier(300.0, 700.0))
    hot = replace(plateau, coexisting=(Coexistence(highest_temperature_K=250.0),))
    assert hot.free_energy().gaps == ()


def test_a_barrier_nobody_knows_is_asked_for(plateau):
    with pytest.raises(CellError, match=r"x = 1.01 and 2.99; give cell.barrier_meV_per_fu"):
        replace(plateau, coexisting=(Coexistence(),)).free_energy()


def test_errors_move_voltages_up_and_phases_apart(plateau):
    known = replace(
        plateau, open_circuit=replace(plateau.open_circuit, stderr=2e-3),
        coexisting=(Coexistence(x_low_stderr=1e-3, x_high_stderr=4e-3),),
    )  # fmt: skip
    assert known.uncertain
    assert not plateau.uncertain
    for errors in (-1.0, 1.0):
        moved = known.moved(errors).open_circuit
        np.testing.assert_allclose(
            moved.x, [1.0, 1.01 - 1e-3 * errors, 2.99 + 4e-3 * errors, 3.0], atol=1e-12
        )
        np.testing.assert_allclose(moved.voltage, known.open_circuit.voltage + 2e-3 * errors)
    far = known.moved(10.0).open_circuit  # a phase keeps some of its width
    np.testing.assert_allclose(far.x, [1.0, 1.0055, 2.9945, 3.0])


def test_a_number_that_is_not_there_is_named(sloping):
    with pytest.raises(CellError, match="no barrier; give it in the section cell"):
        sloping["barrier"]


def test_another_file_is_refused(tmp_path):
    path = tmp_path / "other.json"
    path.write_text("{}")
    with pytest.raises(CellError, match="is not version 3 of navac cell parameters"):
        read_parameters(path)
    path.write_text("{")
    with pytest.raises(CellError, match="cannot be read"):
        read_parameters(path)

"""Diffusivities against composition: tables, the thermodynamic factor, what is refused."""

import numpy as np
import pytest

from navac.cell.diffusivity import Dependence, even, read_dependence
from navac.cell.ocp import make
from navac.cell.quantity import CellError
from navac.units import BOLTZMANN

T = 300.0


def ideal(count=201):
    """An ideal solution from x = 0 to 1, its ends level as where a curve is cut."""
    x = np.linspace(0.02, 0.98, count)
    voltage = 3 - BOLTZMANN * T * np.log(x / (1 - x))
    x, voltage = np.r_[0.0, x, 1.0], np.r_[voltage[0], voltage, voltage[-1]]
    return make(x, voltage, np.zeros(count + 1, bool), T, "a test")


def test_jumps_times_the_factor_of_an_ideal_solution():
    """D/(1 − x): the chemical diffusivity of a lattice gas whose jumps want an empty site."""
    x, ratio = even((0.0, 1.0), "jump").chemical(ideal())
    inside = (x > 0.02) & (x < 0.98)
    np.testing.assert_allclose(ratio[inside], 1 / (1 - x[inside]), rtol=0.02)
    # beyond the known voltages that of the neighbours
    assert ratio[0] == pytest.approx(1, rel=0.1)
    assert ratio[-1] == pytest.approx(50, rel=0.25)


def test_a_chemical_diffusivity_stays():
    found = even((0.0, 1.0))
    x, ratio = found.chemical(ideal())
    np.testing.assert_array_equal(ratio, 1)
    assert (x[0], x[-1]) == (0, 1)


def test_where_two_phases_coexist_the_factor_is_one(plateau):
    """And in a phase that is but a step of the voltage; a wide one has its own factor."""
    _, ratio = even((1.0, 3.0), "jump").chemical(
        plateau.open_circuit.widened(0.005).within(1, 2.99)
    )
    assert ratio.min() == 1
    assert ratio.max() > 100
    x = np.array([1.0, 1.001, 2.5, 3.0])
    narrow = make(x, np.array([3.5, 3.4, 3.4, 3.3]), np.array([False, True, False]), T, "a test")
    x, ratio = even((1.0, 3.0), "jump").chemical(narrow)
    np.testing.assert_array_equal(ratio[x < 2.49], 1)
    assert ratio[-1] == pytest.approx(2.75 * 0.2 / (BOLTZMANN * T))


def test_a_table_is_read_and_multiplied(tmp_path):
    path = tmp_path / "d.csv"
    path.write_text("x,diffusivity_m2_per_s\n0,1e-14\n1,3e-14\n")
    found = read_dependence(path, (0.0, 1.0), 2e-14, "jump")
    np.testing.assert_allclose(found.of_jumps(np.array([0.0, 0.5, 1.0])), [0.5, 1.0, 1.5])
    x, ratio = found.chemical(ideal())
    at = np.interp(0.5, x, ratio)
    assert at == pytest.approx(2, rel=0.01)
    again = Dependence.from_json(found.to_json())
    np.testing.assert_array_equal(again.ratio, found.ratio)


@pytest.mark.parametrize(("rows", "said"), [
    ("0,1e-14\n1,0\n", r"d.csv, row 3: the diffusivity 0 m²/s is not positive"),
    ("0,1e-14\n1,-1e-14\n", "is not positive"),
    ("0,1e-14\n0.5,1e-14\n", "x does not rise from 0 or below to 1; add rows"),
    ("1,1e-14\n0,1e-14\n", "x does not rise"),
    ("0,1e-14\n", "x does not rise"),
    ("0,fast\n1,1e-14\n", r"row 2, diffusivity_m2_per_s: 'fast' is not a number"),
])  # fmt: skip
def test_tables_that_are_none_are_refused(tmp_path, rows, said):
    path = tmp_path / "d.csv"
    path.write_text("x,diffusivity_m2_per_s\n" + rows)
    with pytest.raises(CellError, match=said):
        read_dependence(path, (0.0, 1.0), 1e-14, "chemical")

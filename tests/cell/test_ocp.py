"""Open circuits: plateaus kept, steps drawn apart, noise held, everything else refused."""

import numpy as np
import pytest

from navac.cell.entropic import by_temperatures
from navac.cell.ocp import APART, from_curve, make
from navac.cell.ocp_file import read_further, read_open_circuit
from navac.cell.quantity import CellError
from navac.results.schema import VoltageCurve
from navac.units import BOLTZMANN

STAIRS = VoltageCurve(
    x=np.array([1.0, 1.5, 2.0, 2.0, 2.5, 3.0]),
    voltage_V=np.array([3.28, 3.28, 3.28, 3.25, 3.25, 3.25]),
    stable=np.array([True, False, True, True, False, True]),
    energies="",
)


def test_a_staircase_keeps_its_plateaus():
    found = from_curve(STAIRS, 300.0, "a test")
    assert (np.diff(found.x) >= APART * (1 - 1e-9)).all()
    assert (np.diff(found.voltage) <= 0).all()
    np.testing.assert_allclose(found.x, STAIRS.x, atol=10 * APART)
    assert [tuple(np.round(r, 2)) for r in found.regions()] == [(1.0, 2.0), (2.0, 3.0)]
    np.testing.assert_array_equal(found.at(np.array([1.2, 2.7])), [3.28, 3.25])


def test_points_in_any_order_are_sorted():
    order = [3, 0, 5, 1, 4, 2]
    turned = VoltageCurve(
        x=STAIRS.x[order], voltage_V=STAIRS.voltage_V[order], stable=STAIRS.stable[order],
        energies="",
    )  # fmt: skip
    plain, other = (from_curve(c, 300.0, "a test") for c in (STAIRS, turned))
    np.testing.assert_array_equal(plain.voltage, other.voltage)


def test_a_part_begins_and_ends_where_it_says():
    part = from_curve(STAIRS, 300.0, "a test").within(1.25, 2.5)
    assert (part.x[0], part.x[-1]) == (1.25, 2.5)
    assert list(part.two_phase[[0, -1]]) == [True, True]
    assert len(list(part.regions())) == 2


def test_phases_are_widened_at_the_cost_of_the_regions_beside_them():
    """Of the steps at 1, 2 and 3 the ends stay, and that of 2 grows to both sides."""
    steps = VoltageCurve(
        x=np.array([1.0, 1.0002, 1.5, 1.9998, 2.0, 2.0002, 2.5, 2.9999, 3.0]),
        voltage_V=np.array([3.4, 3.28, 3.28, 3.28, 3.26, 3.25, 3.25, 3.25, 2.4]),
        stable=np.array([True, True, False, True, True, True, False, True, True]), energies="",
    )  # fmt: skip
    found = from_curve(steps, 300.0, "a test").widened(0.01)
    assert found.x[[0, -1]] == pytest.approx([1, 3], abs=1e-5)
    regions = np.array(list(found.regions()))
    np.testing.assert_allclose(regions, [[1.01, 1.995], [2.005, 2.99]], atol=1e-5)
    assert found.at(np.array([2.0])) == pytest.approx(3.265, abs=1e-5)
    wide = from_curve(STAIRS, 300.0, "a test").within(1.25, 1.75)
    np.testing.assert_array_equal(wide.widened(0.01).x, wide.x)


def test_noise_is_held_and_more_is_refused():
    x, none = np.array([1.0, 2.0, 3.0]), np.zeros(2, bool)
    held = make(x, np.array([3.3, 3.2, 3.2005]), none, 300.0, "a test")
    assert held.voltage[2] == 3.2
    with pytest.raises(CellError, match=r"rises with x, by 50 mV at x = 3; .* Correct the point"):
        make(x, np.array([3.3, 3.2, 3.25]), none, 300.0, "a test")


def test_points_that_cannot_be_a_curve_are_refused():
    with pytest.raises(CellError, match="two finite points"):
        make(np.array([1.0]), np.array([3.0]), np.zeros(0, bool), 300.0, "a test")
    with pytest.raises(CellError, match="two finite points"):
        make(np.array([1.0, 2.0]), np.array([3.0, np.nan]), np.zeros(1, bool), 300.0, "a test")
    with pytest.raises(CellError, match="x falls from 2 to 1; sort"):
        make(np.array([2.0, 1.0]), np.array([3.0, 2.0]), np.zeros(1, bool), 300.0, "a test")


def test_the_thermodynamic_factor_of_an_ideal_solution():
    """V = −kT ln(x/(1 − x)): (x/kT) ∂μ/∂x = 1/(1 − x)."""
    x = np.linspace(0.1, 0.9, 401)
    voltage = 3 - BOLTZMANN * 300 * np.log(x / (1 - x))
    found = make(x, voltage, np.zeros(400, bool), 300.0, "a test")
    middle = (x[1:] + x[:-1]) / 2
    np.testing.assert_allclose(found.thermodynamic_factor(), 1 / (1 - middle), rtol=1e-3)
    flat = from_curve(STAIRS, 300.0, "a test")
    assert (flat.thermodynamic_factor()[flat.two_phase] == 0).all()


def test_a_file_says_what_is_wrong_with_it(tmp_path):
    path = tmp_path / "ocp.csv"
    path.write_text("x,voltage_V\n1,3.4\n2,3.4\n3,3.0\n")
    found = read_open_circuit(path, 300.0, "Na")
    assert list(found.two_phase) == [True, False]
    path.write_text("x,voltage_V\n1,3.4\n2,high\n")
    with pytest.raises(CellError, match=r"ocp.csv, row 3, voltage_V: 'high' is not a number"):
        read_open_circuit(path, 300.0, "Na")
    path.write_text("x,voltage_V\n1,3.4\n2,3.6\n")
    with pytest.raises(CellError, match=r"ocp.csv: the voltage rises with x, by 200 mV"):
        read_open_circuit(path, 300.0, "Na")


def test_an_ensemble_is_a_curve(tmp_path):
    """Of the mean amounts at one temperature; where sampling makes x fall it is pooled."""
    path = tmp_path / "filling.csv"
    path.write_text(
        "temperature_K,mu_Na_eV,voltage_V,quantity,of,unit,mean,stderr\n"
        "300,-3.0,3.0,amount,Na,per f.u.,2.9,0.01\n"
        "300,-3.2,3.2,amount,Na,per f.u.,2.0,0.01\n"
        "300,-3.1,3.1,amount,Na,per f.u.,1.98,0.01\n"
        "300,-3.4,3.4,amount,Na,per f.u.,1.1,0.01\n"
        "300,-3.4,3.4,amount,V,per f.u.,2,0\n"
        "300,-3.4,3.4,energy,,eV/f.u.,-1,0\n"
        "500,-3.4,3.4,amount,Na,per f.u.,1.3,0.01\n"
        "400,-3.4,3.45,amount,Na,per f.u.,1.1,0.01\n"
        "400,-3.0,3.01,amount,Na,per f.u.,2.9,0.01\n"
    )
    found = read_open_circuit(path, 300.0, "Na")
    np.testing.assert_allclose(found.x, [1.1, 1.99, 1.99, 2.9], atol=2 * APART)
    np.testing.assert_array_equal(found.voltage, [3.4, 3.2, 3.1, 3.0])
    assert not found.two_phase.any()
    # amounts known to 0.01 where the voltage falls by about a third of 1 V per unit of x
    assert 0.001 < found.stderr < 0.01
    with pytest.raises(
        CellError, match=r"no amounts of Na .* at 500 K \(temperatures: 300, 400, 500\)"
    ):
        read_open_circuit(path, 500.0, "Na")
    path.write_text(path.read_text().replace("500,-3.4,3.4,amount,Na,per f.u.,1.3,0.01\n", ""))
    further = read_further(path, 300.0, "Na")
    assert list(further) == [400.0]
    change, source = by_temperatures(found, further)
    np.testing.assert_allclose(change[[0, -1]], [0.05 / 100, 0.01 / 100])
    assert "300 and 400 K" in source

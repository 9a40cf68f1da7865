"""A set from what a campaign found: voltages, entropies, two-phase regions, given numbers."""

from types import SimpleNamespace

import numpy as np
import pytest

from navac.cell.campaign import (
    UNITS,
    Evidence,
    Formula,
    beside_parameters,
    campaign_parameters,
)
from navac.cell.coexistence import Coexistence, coexistence, voltage_stderr
from navac.cell.entropic import by_entropy
from navac.cell.ocp import from_curve
from navac.cell.quantity import CellError
from navac.results.schema import Boundary, Entropy, VoltageCurve
from navac.units import BOLTZMANN

FORMULA = Formula(
    name="NaxV2P3O12", species="Na", x_full=4.0, mass_full=455.762 + 22.98977,
    mass_species=22.98977, ends=(1.0, 4.0),
)  # fmt: skip


def curve(voltage=(3.28, 3.28, 3.28, 3.25, 3.25, 3.25, 1.9, 1.9, 1.9)):
    return VoltageCurve(
        x=np.array([1.0, 1.5, 2.0, 2.0, 2.5, 3.0, 3.0, 3.5, 4.0]), voltage_V=np.array(voltage),
        stable=np.array([True, False, True] * 3), energies="",
    )  # fmt: skip


def boundary(low, high, temperatures=(100.0, 700.0)):
    steps = len(temperatures)
    same = np.full(steps, 1e-4)
    return Boundary(
        temperature_K=np.array(temperatures), x_low=np.full(steps, low),
        x_high=np.full(steps, high),
        mu_eV=np.zeros(steps), species="Na", x_low_stderr=same, x_high_stderr=same,
        mu_eV_stderr=same, metastability_width_low_eV=same, metastability_width_high_eV=same,
        critical_temperature_K=np.nan, critical_temperature_stderr_K=np.nan, critical_x=np.nan,
        begins_in="sampled", ends_in="sampled",
    )  # fmt: skip


EVIDENCE = Evidence(
    curves={0.0: curve(), 300.0: curve(), 500.0: curve()},
    entropies={},
    boundaries={"zeta+psi": boundary(1.0, 2.0), "psi+omega": boundary(2.0, 3.0, (100.0, 800.0))},
)


def given(**changed):
    one = SimpleNamespace(value=1.0, factor=2.0, source="a test")
    plain = dict.fromkeys(UNITS, one) | {
        "temperature_K": 300.0, "x": (1.0, 3.0), "open_circuit_file": None,
        "barrier_meV_per_fu": None, "coherent": False,
        "diffusivity_kind": "chemical", "diffusivity_file": None, "diffusivity_scale": 1.0,
        "volumes_A3_per_fu": {1: 219.5, 3: 234.41},
        "volumes_source": "Z. Wang et al. (2022)",
    }  # fmt: skip
    return SimpleNamespace(**plain | changed)


def test_the_set_of_a_campaign():
    found = campaign_parameters(given(), FORMULA, EVIDENCE, None)
    assert found.capacity == pytest.approx(117.6, abs=0.05)
    assert found.window == (1.0, 3.0)
    assert list(found.further) == [500.0]
    assert [one.highest_temperature_K for one in found.coexisting] == [700.0, 800.0]
    assert found.coexisting[0].x_high_stderr == pytest.approx(1e-4)
    assert found.open_circuit.stderr == pytest.approx(1e-4)
    assert found["radius"] == 1e-6
    assert found["young"] == 1e9
    assert found.numbers["diffusivity"].factor == 2.0
    assert found.open_circuit.voltage[-1] == pytest.approx(3.25)


def test_the_whole_range_is_the_default_window():
    found = campaign_parameters(given(x=None), FORMULA, EVIDENCE, None)
    assert found.window == (1.0, 4.0)
    assert found.molar_mass == pytest.approx(FORMULA.mass_full)
    assert len(list(found.open_circuit.regions())) == 3


def test_given_voltages_take_the_place_of_computed_ones(tmp_path):
    path = tmp_path / "ocp.csv"
    path.write_text("x,voltage_V\n1,3.6\n3,3.0\n")
    found = campaign_parameters(given(open_circuit_file=str(path)), FORMULA, EVIDENCE, None)
    assert found.open_circuit.at(2.0) == pytest.approx(3.3, abs=1e-3)
    assert found.coexisting == ()
    assert found.open_circuit.stderr is None
    assert "one temperature" in found.entropic_source
    assert found.further == {}


def test_a_table_of_diffusivities_is_scaled(tmp_path):
    path = tmp_path / "d.csv"
    path.write_text("x,diffusivity_m2_per_s\n0,4\n4,8\n")
    settings = given(diffusivity_file=str(path), diffusivity_scale=0.5)
    x, D = campaign_parameters(settings, FORMULA, EVIDENCE, None).chemical_diffusivities()
    np.testing.assert_allclose(np.interp([1, 2, 3], x, D), [2.5, 3.0, 3.5])


def test_what_does_not_fit_is_refused():
    with pytest.raises(CellError, match=r"no voltage curve at 350 K \(0, 300, 500 K\)"):
        campaign_parameters(given(temperature_K=350.0), FORMULA, EVIDENCE, None)
    with pytest.raises(CellError, match=r"cell.x: 0 to 3 reaches beyond the open circuit"):
        campaign_parameters(given(x=(0.0, 3.0)), FORMULA, EVIDENCE, None)
    with pytest.raises(CellError, match=r"no volumes: give cell.volumes_A3_per_fu"):
        campaign_parameters(given(volumes_A3_per_fu={}), FORMULA, EVIDENCE, None)
    rising = Evidence(
        curves={300.0: curve((3.28, 3.28, 3.28, 3.4, 3.4, 3.4, 1.9, 1.9, 1.9))}, entropies={},
        boundaries={},
    )  # fmt: skip
    with pytest.raises(CellError, match=r"voltage.h5 at 300 K: the voltage rises with x"):
        campaign_parameters(given(), FORMULA, rising, None)


def test_the_region_that_overlaps_most_has_the_temperature():
    regions = {"low": boundary(1.0, 1.6), "high": boundary(1.5, 3.0, (100.0, 900.0))}
    assert coexistence(regions, 300.0, (1.0, 1.55)).highest_temperature_K == 700
    assert coexistence(regions, 300.0, (1.5, 2.5)).highest_temperature_K == 900
    assert coexistence(regions, 950.0, (1.0, 2.0)) == Coexistence()
    assert voltage_stderr(regions, 950.0) is None


def test_entropy_of_mixing_gives_its_slope():
    """S = −x ln x − (1 − x) ln(1 − x): ∂S/∂x = ln((1 − x)/x), one kB per electron."""
    x = np.linspace(0.05, 0.95, 91)
    S = -x * np.log(x) - (1 - x) * np.log(1 - x)
    entropy = Entropy(x=x, entropy_kB_per_fu=S, entropy_stderr_kB_per_fu=np.zeros_like(x))
    ideal = VoltageCurve(
        x=x, voltage_V=3 - BOLTZMANN * 300 * np.log(x / (1 - x)), stable=np.ones(91, bool),
        energies="",
    )  # fmt: skip
    open_circuit = from_curve(ideal, 300.0, "a test")
    change, source = by_entropy(open_circuit, entropy)
    assert "configurational" in source
    middle = (x[1:] + x[:-1]) / 2
    expected = BOLTZMANN * np.log((1 - middle) / middle)
    np.testing.assert_allclose(change[:-1], expected, atol=2e-3 * BOLTZMANN)


def test_entropies_between_two_phases_follow_the_lever_rule():
    entropy = Entropy(
        x=np.array([1.0, 1.5, 2.0]), entropy_kB_per_fu=np.array([0.1, np.nan, 0.3]),
        entropy_stderr_kB_per_fu=np.zeros(3),
    )  # fmt: skip
    open_circuit = from_curve(curve(), 300.0, "a test").within(1.0, 2.0)
    change, _ = by_entropy(open_circuit, entropy)
    np.testing.assert_allclose(change, 0.2 * BOLTZMANN)
    change, why = by_entropy(open_circuit, None)
    assert change is None
    assert "thermodynamics.entropy_temperatures_K" in why


def test_the_material_beside_is_made_of_given_numbers(tmp_path):
    path = tmp_path / "ocp.csv"
    path.write_text("x,voltage_V\n1.2,4.1\n3.2,3.3\n")
    beside = given(
        name="other", molar_mass_g_per_mol=456.295, x=(1.2, 3.2), x_full=4.2,
        open_circuit_file=str(path),
    )  # fmt: skip
    found = beside_parameters(beside, "Na", 300.0)
    assert found.capacity == pytest.approx(117.47, abs=0.05)
    assert found.entropic_change is None
    beside.open_circuit_file = None
    with pytest.raises(CellError, match=r"cell.beside.open_circuit_file: null"):
        beside_parameters(beside, "Na", 300.0)

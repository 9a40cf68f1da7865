"""Records of the schema made from phase diagrams and isotherms."""

import numpy as np
import pytest

from navac.results import schema
from navac.sampling.plan import Plan
from navac.thermodynamics.curves import Isotherm
from navac.thermodynamics.diagram import Boundary, Diagram
from navac.thermodynamics.envelope import Envelope
from navac.thermodynamics.report import (
    boundary_records,
    entropy_record,
    heat_capacity_record,
    occupancy_record,
    states_record,
    summary_records,
    top_sentence,
)
from navac.units import BOLTZMANN

GRID = np.array([-0.5, -0.4, -0.3])
TEMPERATURES = np.array([300.0, 400.0])


def stable(T, number):
    """Each atom fills one of four sublattices further; var(E − μN) = (kT)² at every μ."""
    blank = np.zeros(3)
    return Envelope(
        mu=GRID,
        branch=np.array([0, 0, 1]),
        phi=-GRID,
        number=number,
        energy=2 * GRID,
        susceptibility=4 + blank,
        omega_variance=blank + (BOLTZMANN * T) ** 2,
        sublattice=number[:, None] * [0.25, 0.25, 0.0, 0.5],
        wave_amplitude=blank + 0.1,
        stationary=np.array([True, False, True]),
    )


def diagram(bounds=(1.0, 2.0)):
    plan = Plan(
        phases=("zeta",),
        energy=np.zeros(1),
        number=np.ones(1),
        occupation=np.zeros((1, 4), np.int8),
        mu_grid=GRID,
        branch=np.array([0, 1]),
        mu_index=np.zeros(2, int),
        temperatures=TEMPERATURES,
        cooled=2,
        hot=np.zeros((2, 3)),
        nominal=GRID[:1],
    )
    steps = tuple(stable(T, np.array([1.0, 2.0, 4.0])) for T in TEMPERATURES)
    return Diagram(
        plan=plan,
        resampled=(),
        steps=steps,
        number_stderr=np.full((2, 3), 0.02),
        found=(),
        smallest=0.1,
        formula_units=2,
        bounds=bounds,
        cells=1,
    )


def test_states_are_per_formula_unit_and_name_their_branches():
    found = states_record(diagram(), ["a", "a", "b", "b"], "Li")
    assert found.species == "Li"
    assert found.branches == ("zeta", "disordered")
    assert found.x_range == (1.0, 2.0)
    np.testing.assert_array_equal(found.x, [[0.5, 1, 2]] * 2)
    np.testing.assert_array_equal(found.x_stderr, np.full((2, 3), 0.01))
    np.testing.assert_array_equal(found.dx_dmu_per_eV, np.full((2, 3), 2.0))
    np.testing.assert_array_equal(found.energy_eV_per_cell, [2 * GRID] * 2)
    np.testing.assert_array_equal(found.grand_potential_eV_per_cell, [-GRID] * 2)
    np.testing.assert_array_equal(found.stationary, [[True, False, True]] * 2)
    np.testing.assert_array_equal(found.branch, [[0, 0, 1]] * 2)
    # the two b differ by half of N, the two a not at all
    np.testing.assert_allclose(found.order_in_cell, [[0.25, 0.5, 1]] * 2)


def region():
    columns = np.arange(6.0).reshape(2, 3)
    return Boundary(
        temperature=TEMPERATURES,
        values=columns,
        stderr=columns / 100,
        metastability_width=np.array([[0.1, 0.2], [0.3, 0.4]]),
        critical=(450.0, 5.0, 1.5),
    )


def test_boundaries_go_column_by_column():
    found = boundary_records({"zeta+psi": region()}, "Li")["zeta+psi"]
    assert type(found) is schema.Boundary
    expected = {
        "x_low": [0, 3], "x_high": [1, 4], "mu_eV": [2, 5], "mu_eV_stderr": [0.02, 0.05],
        "x_low_stderr": [0, 0.03], "x_high_stderr": [0.01, 0.04],
        "metastability_width_low_eV": [0.1, 0.3], "metastability_width_high_eV": [0.2, 0.4],
    }  # fmt: skip
    for name, values in expected.items():
        np.testing.assert_allclose(getattr(found, name), values, err_msg=name)
    assert (found.critical_temperature_K, found.critical_temperature_stderr_K) == (450, 5)
    assert (found.critical_x, found.species) == (1.5, "Li")
    (electronic,) = boundary_records({"a": region()}, "Li", schema.ElectronicBoundary).values()
    assert type(electronic) is schema.ElectronicBoundary


def test_summaries():
    tops = {"zeta+psi": (890.0, 4.0, 1.6)}
    found = summary_records(tops, schema.ElectronicSummary)["zeta+psi"]
    assert isinstance(found, schema.ElectronicSummary)
    assert found.highest_two_phase_temperature_K == 890
    assert found.highest_two_phase_temperature_stderr_K == 4
    assert found.x_there == 1.6


def isotherm(x):
    return Isotherm(
        x=np.array(x),
        mu=GRID,
        entropy=np.array([0.1, np.nan, 0.3]),
        sublattice=np.array([[1, 0.5, 0.2], [1, 0.5, 0.4], [1, 0.5, 0.8]]),
        stable=np.array([True, False, True]),
    )


def test_curves_join_the_ranges():
    parts = [isotherm([1.0, 1.5, 2.0]), isotherm([2.0, 2.5, 3.0])]
    entropy = entropy_record(parts)
    np.testing.assert_array_equal(entropy.x, [1, 2, 2, 3])
    np.testing.assert_array_equal(entropy.entropy_kB_per_fu, [0.1, 0.3, 0.1, 0.3])
    sites = occupancy_record(parts, ["a", "b", "b"])
    np.testing.assert_array_equal(sites.x, [1, 1.5, 2, 2, 2.5, 3])
    np.testing.assert_array_equal(sites.single_phase, [True, False, True] * 2)
    np.testing.assert_array_equal(sites.occupied["a"], np.ones(6))
    np.testing.assert_allclose(sites.occupied["b"], [0.35, 0.45, 0.65] * 2)


def test_heat_capacity_of_the_ranges_that_sampled_a_temperature():
    found = heat_capacity_record(400.0, [diagram(), diagram(bounds=(0.4, 1.2))], "Li")
    # x of every state is 0.5, 1 and 2; each range gives those inside it
    np.testing.assert_array_equal(found.x, [1, 2, 0.5, 1])
    np.testing.assert_array_equal(found.mu_eV, GRID[[1, 2, 0, 1]])
    np.testing.assert_allclose(found.heat_capacity_kB_per_fu, 0.5)
    assert found.species == "Li"
    assert heat_capacity_record(350.0, [diagram()], "Li") is None


@pytest.mark.parametrize(
    ("top", "said"),
    [
        ((250.0, 48.0, 0.33), "w: two phases up to 250 ± 48 K, at x = 0.33"),
        ((250.0, np.nan, 0.33), "w: two phases up to 250 K (no standard error), at x = 0.33"),
        ((250.0, np.nan, np.nan), "w: two phases up to 250 K (no standard error)"),
    ],
)
def test_the_top_of_a_window_in_words(top, said):
    assert top_sentence("w", *top) == said


def test_no_two_phases_are_said_without_numbers():
    said = top_sentence("w", np.nan, np.nan, np.nan)
    assert said.startswith("w: no two phases at any sampled temperature")
    assert "nan" not in said

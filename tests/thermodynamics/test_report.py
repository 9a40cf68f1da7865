"""Records of the schema made from phase diagrams and isotherms."""

import numpy as np
import pytest

from navac.results import schema
from navac.sampling.plan import Plan
from navac.thermodynamics.curves import Isotherm
from navac.thermodynamics.diagram import Diagram
from navac.thermodynamics.envelope import Envelope
from navac.thermodynamics.invariants import Invariant
from navac.thermodynamics.regions import Boundary, End
from navac.thermodynamics.report import (
    boundary_records,
    entropy_record,
    heat_capacity_record,
    invariant_records,
    occupancy_record,
    phases_record,
    states_record,
    summary_records,
    top_sentence,
)
from navac.thermodynamics.splines import Axis
from navac.thermodynamics.surfaces import Surface
from navac.units import BOLTZMANN
from tests.thermodynamics.known import Phase, assignment_of, fields_of

GRID = np.array([-0.5, -0.4, -0.3])
TEMPERATURES = np.array([300.0, 400.0])
NAMES = "zeta", "psi", "modulated"


def stable(T, number):
    """Each atom fills one of four sublattices further; var(E − μN) = (kT)² at every μ."""
    blank = np.zeros(3)
    return Envelope(
        mu=GRID,
        phase=np.array([0, 0, 2]),
        phi=-GRID,
        number=number,
        number_stderr=blank + 0.02,
        energy=2 * GRID,
        susceptibility=4 + blank,
        omega_variance=blank + (BOLTZMANN * T) ** 2,
        entropy=blank,
        entropy_stderr=blank,
        sublattice=number[:, None] * [0.25, 0.25, 0.0, 0.5],
        wave_amplitude=blank + 0.1,
        sampled=np.array([True, False, True]),
    )


def surface(number, energy, route):
    axis = Axis.through(np.arange(2.0))
    return Surface(
        beta=axis, mu=axis, coefficients=np.zeros((16, 1)), reference=(0.0, 0.0),
        misfit=(number, energy), stiffness=0.1, route_error=route,
    )  # fmt: skip


def diagram(bounds=(1.0, 2.0), invariants=()):
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
        assignment=assignment_of(NAMES, 2, 3),
        surfaces=(surface(0.9, 1.1, 1e-4), None, surface(1.2, 1.3, 2e-4)),
        fields=fields_of([Phase(0.0, 2.0)] * 3, TEMPERATURES, GRID),
        steps=steps,
        found=(),
        invariants=invariants,
        events=(),
        smallest=0.1,
        formula_units=2,
        bounds=bounds,
        cells=1,
    )


def test_states_are_per_formula_unit_and_name_their_branches():
    found = states_record(diagram(), ["a", "a", "b", "b"], "Li")
    assert found.species == "Li"
    assert found.branches == NAMES
    assert found.x_range == (1.0, 2.0)
    np.testing.assert_array_equal(found.x, [[0.5, 1, 2]] * 2)
    np.testing.assert_array_equal(found.x_stderr, np.full((2, 3), 0.01))
    np.testing.assert_array_equal(found.dx_dmu_per_eV, np.full((2, 3), 2.0))
    np.testing.assert_array_equal(found.energy_eV_per_cell, [2 * GRID] * 2)
    np.testing.assert_array_equal(found.grand_potential_eV_per_cell, [-GRID] * 2)
    np.testing.assert_array_equal(found.stationary, [[True, False, True]] * 2)
    np.testing.assert_array_equal(found.branch, [[0, 0, 2]] * 2)
    # the two b differ by half of N, the two a not at all
    np.testing.assert_allclose(found.order_in_cell, [[0.25, 0.5, 1]] * 2)


def region(kind="critical"):
    columns = np.arange(6.0).reshape(2, 3)
    return Boundary(
        temperature=TEMPERATURES,
        values=columns,
        stderr=columns / 100,
        metastability_width=np.array([[0.1, 0.2], [0.3, 0.4]]),
        begins=End(kind="invariant", temperature=300.0, stderr=2.0, values=(0.0, 1.0, 2.0)),
        ends=End(kind=kind, temperature=450.0, stderr=5.0, values=(1.5, 1.5, -0.4)),
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
    assert (found.begins_in, found.ends_in) == ("invariant", "critical")
    (electronic,) = boundary_records({"a": region()}, "Li", schema.ElectronicBoundary).values()
    assert type(electronic) is schema.ElectronicBoundary


@pytest.mark.parametrize("kind", ["invariant", "sampled", "unresolved"])
def test_a_region_that_ends_otherwise_has_no_critical_point(kind):
    found = boundary_records({"a": region(kind)}, "Li")["a"]
    assert found.ends_in == kind
    assert np.isnan(
        [found.critical_temperature_K, found.critical_temperature_stderr_K, found.critical_x]
    ).all()


def test_invariant_points_by_the_names_of_their_phases():
    point = Invariant(
        kind="invariant", phases=(0, 2, 1), temperature=350.0, stderr=3.0,
        number=(2.0, 3.0, 4.0), mu=-0.4, step=0, above=True,
    )  # fmt: skip
    inside = Invariant(
        kind="congruent", phases=(0, 1), temperature=320.0, stderr=1.0, number=(2.5, 2.5),
        mu=-0.3, step=0, above=False,
    )  # fmt: skip
    of = diagram(invariants=(point, inside, point))
    found = invariant_records(of, "Li")
    assert list(found) == ["zeta+modulated+psi", "zeta+psi", "zeta+modulated+psi 2"]
    first = found["zeta+modulated+psi"]
    assert type(first) is schema.Invariant
    assert (first.kind, first.phases) == ("invariant", ("zeta", "modulated", "psi"))
    assert (first.temperature_K, first.temperature_stderr_K, first.mu_eV) == (350, 3, -0.4)
    np.testing.assert_array_equal(first.x, [1, 1.5, 2])
    np.testing.assert_array_equal(found["zeta+psi"].x, [1.25, 1.25])
    kind = schema.ElectronicInvariant
    assert {type(p) for p in invariant_records(of, "Li", kind).values()} == {kind}


def test_phases_that_were_sampled_with_their_order_and_fit():
    """The second has no surface; the third is stationary at 400 K alone."""
    of = diagram()
    of.assignment.phase[2, 0] = -1
    of.assignment.wave[2] = 1, 0, -1
    of.assignment.ordered_in_cell[0] = True
    found = phases_record(of, (12, 12, 12))
    assert found.phases == ("zeta", "modulated")
    assert found.order == ("ordered within the cell", "concentration wave (1, 0, −1)/12")
    np.testing.assert_array_equal(found.lowest_temperature_K, [300, 400])
    np.testing.assert_array_equal(found.highest_temperature_K, [400, 400])
    np.testing.assert_array_equal(found.states, [6, 3])
    np.testing.assert_array_equal(found.number_misfit, [0.9, 1.2])
    np.testing.assert_array_equal(found.energy_misfit, [1.1, 1.3])
    np.testing.assert_array_equal(found.route_error_eV_per_cell, [1e-4, 2e-4])


@pytest.mark.parametrize(
    ("number", "margin", "inside"),
    [(2.01, 0, True), (1.99, 0, False), (1.99, 0.05, True), (4.01, 0, False)],
)
def test_what_lies_within_the_bounds_of_x(number, margin, inside):
    """Two formula units per cell, 1 ≤ x ≤ 2."""
    assert diagram().inside(number, margin) == inside


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
        entropy_stderr=np.array([0.01, np.nan, 0.02]),
        sublattice=np.array([[1, 0.5, 0.2], [1, 0.5, 0.4], [1, 0.5, 0.8]]),
        stable=np.array([True, False, True]),
    )


def test_curves_join_the_ranges():
    parts = [isotherm([1.0, 1.5, 2.0]), isotherm([2.0, 2.5, 3.0])]
    entropy = entropy_record(parts)
    np.testing.assert_array_equal(entropy.x, [1, 2, 2, 3])
    np.testing.assert_array_equal(entropy.entropy_kB_per_fu, [0.1, 0.3, 0.1, 0.3])
    np.testing.assert_array_equal(entropy.entropy_stderr_kB_per_fu, [0.01, 0.02, 0.01, 0.02])
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

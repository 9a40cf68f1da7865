"""PyBaMM's cells: the open circuit returned, capacity, stress as scikit-fem's, where they end."""

import warnings
from dataclasses import replace

import numpy as np
import pytest

from navac.cell.battery import Cell
from navac.cell.elasticity import Elasticity
from navac.cell.electrode import chayambuka, exchange_current_at_half, mass, nominal_capacity
from navac.cell.ocp import from_curve
from navac.cell.quantity import CellError
from navac.cell.shapes import sphere
from navac.cell.solid import elastic
from navac.results.schema import VoltageCurve
from tests.cell.conftest import of

pytestmark = [
    pytest.mark.cell,
    pytest.mark.filterwarnings("ignore::pybamm.SolverWarning"),  # beyond the tables of its set
]

STAIRS = VoltageCurve(
    x=np.array([1.0, 1.0, 1.0005, 1.5, 2.0, 2.001, 2.002, 2.5, 3.0, 3.0]),
    voltage_V=np.array([3.38, 3.35, 3.28, 3.28, 3.28, 3.26, 3.245, 3.245, 3.245, 3.20]),
    stable=np.array([True, True, True, False, True, True, True, False, True, True]),
    energies="",
)


def half(set_, model="SPM", **options):
    return Cell(set_=set_, kind="half", model=model, electrode={}, **options)


@pytest.fixture(scope="module")
def stairs():
    """A material like the default campaign's."""
    return of(from_curve(STAIRS, 300.0, "a test").within(1.0, 3.0), diffusivity=1e-14)


def slow(stairs, model, direction):
    """A half cell at C/1000, its voltage at and between the points of its open circuit.

    Returns:
        ``[time]`` mean composition, and the curve.
    """
    curve = stairs.open_circuit
    inner = np.linspace(curve.x[:-1], curve.x[1:], 7)[1:-1]
    x = np.sort(np.concatenate([curve.x, inner.ravel()]))
    x = x if direction == "discharge" else x[::-1]
    found = half(stairs, model).run(0.001, direction, stairs.capacity / 2 * np.abs(x - x[0]))
    assert found.ended == "the whole capacity has passed"
    assert found.capacity[-1] == pytest.approx(117.6, abs=0.05)
    return x, found


@pytest.mark.parametrize("direction", ["discharge", "charge"])
def test_a_slow_cell_returns_the_voltages(stairs, direction):
    """SPM at C/1000: within 1 mV everywhere, at the composition of the surface.

    This is ahead of the mean, by (dx/dt) R²/15D as soon as a particle has settled.
    """
    x, found = slow(stairs, "SPM", direction)
    own = stairs.open_circuit.at(found.surface)
    np.testing.assert_allclose(found.voltage, own, atol=1e-3, rtol=0)
    settle = stairs["radius"] ** 2 / stairs["diffusivity"]
    ahead = np.abs(found.surface - x)[found.time > settle]
    np.testing.assert_allclose(ahead, 2 / 3.6e6 * settle / 15, rtol=0.03)
    # and what is drawn are the points of the file, where x is not that of a vertical step
    gentle = [k for k, a in enumerate(STAIRS.x) if (STAIRS.x == a).sum() == 1]
    drawn = stairs.open_circuit.at(STAIRS.x[gentle])
    np.testing.assert_allclose(drawn, STAIRS.voltage_V[gentle], atol=1e-9)


@pytest.mark.parametrize("direction", ["discharge", "charge"])
def test_a_slow_cell_by_dfn(stairs, direction):
    """The same within 2e-5 in x: that much is lost at the end, by whatever tolerance.

    Phases below 1e-3 in x are wider in DFN: x < 1.001 is left out.
    """
    x, found = slow(stairs, "DFN", direction)
    near, taken = 2e-5, (x > 1.001) & (x < 2.99999)
    curve = stairs.open_circuit
    below, above = curve.at(x + near) - 1e-3, curve.at(x - near) + 1e-3
    assert ((below < found.voltage) & (found.voltage < above))[taken].all()


def test_capacity_and_mass_belong_together(sloping):
    cell = half(sloping)
    grams = mass(sloping, cell.values)
    assert 1000 * nominal_capacity(sloping, cell.values) / grams == pytest.approx(sloping.capacity)
    # of the volume that the electrode has, by the density of the formula unit
    v = cell.values
    volume = 2.54e-4 * v["Positive electrode thickness [m]"] * v[
        "Positive electrode active material volume fraction"
    ]  # fmt: skip
    assert grams / volume * 1e-6 == pytest.approx(455.762 / 6.02214076e23 / 234.41e-24, rel=1e-3)


@pytest.mark.parametrize("model", ["SPM", "DFN"])
@pytest.mark.parametrize("kind", ["half", "full"])
def test_every_cell_passes_less_at_a_higher_rate(sloping, model, kind):
    cell = Cell(set_=sloping, kind=kind, model=model, electrode={})
    slow, fast = (cell.run(rate, "discharge").capacity[-1] for rate in (0.1, 10.0))
    assert slow > 0.9 * sloping.capacity
    assert fast < slow


def test_stress_is_that_of_the_finite_elements(sloping):
    """The tangential stress at the surface, within 1 %, for PyBaMM's own profile."""
    import pybamm

    cell = half(sloping)
    v = cell.values | {
        "Positive electrode Young's modulus [Pa]": sloping["young"],
        "Positive electrode Poisson's ratio": sloping["poisson"],
        "Positive electrode partial molar volume [m3.mol-1]": sloping["molar_volume"],
        "Positive electrode reference concentration for free of deformation [mol.m-3]": 0.0,
        "Positive electrode volume change": lambda sto: 0.0 * sto,
    }
    simulation = pybamm.Simulation(
        cell.built(mechanics=True), parameter_values=pybamm.ParameterValues(v), C_rate=2,
        var_pts={"r_p": 100, "x_n": 5, "x_s": 5, "x_p": 5},
    )  # fmt: skip
    solution = simulation.solve([0, 600])
    surface = "Positive particle surface tangential stress [Pa]"
    expected = solution[surface](t=600.0).mean()
    c = solution["X-averaged positive particle concentration [mol.m-3]"].entries[:, -1]
    nodes = (np.arange(100) + 0.5) / 100 * sloping["radius"]
    body = sphere(sloping["radius"], 5)
    r = np.linalg.norm(body.mesh.p, axis=0)
    # beyond the last centre of a cell the profile goes on as it is
    profile = np.polynomial.Polynomial.fit(nodes, c, 6)
    found = Elasticity(body, elastic(sloping)).stress(profile(r))
    at = np.abs(r / sloping["radius"] - 1) < 1e-9
    tangential = 1.5 * found.hydrostatic[at].mean()  # the radial stress is zero there
    assert tangential == pytest.approx(expected, rel=0.01)
    assert abs(expected) > 1e6


def test_where_a_curve_ends_is_said(sloping):
    cell = half(sloping, limits=(2.4, 4.6))
    assert cell.run(50.0, "discharge").ended in ("minimum voltage", "a cut-off is passed at once")
    tight = half(sloping, limits=(4.4, 4.6)).run(1.0, "discharge")
    assert tight.ended in ("minimum voltage", "a cut-off is passed at once")
    assert len(tight.capacity) == 0 or tight.capacity[-1] < 0.2 * sloping.capacity
    with pytest.raises(CellError, match=r"rate 0 C is not positive; correct cell.rates_C"):
        cell.run(0.0, "charge")


@pytest.mark.parametrize("model", ["SPM", "DFN"])
@pytest.mark.parametrize("kind", ["half", "full"])
def test_rates_beyond_all_reason_end(sloping, kind, model):
    """1000 C: at a cut-off, or without electrolyte; 1e6 C: perhaps no step at all."""
    cell = Cell(set_=sloping, kind=kind, model=model, electrode={})
    fast, absurd = (cell.run(rate, "discharge") for rate in (1e3, 1e6))
    ends = ("minimum voltage", "a cut-off is passed at once", "the electrolyte is depleted")
    assert fast.ended in ends
    assert absurd.ended in ends or absurd.ended.startswith("the solver ")
    assert not absurd.capacity.size or absurd.capacity[-1] < 0.1 * sloping.capacity


def test_a_solver_that_fails_is_reported(sloping, monkeypatch):
    import pybamm

    def fail(*_, **__):
        raise pybamm.SolverError("no step at all")

    monkeypatch.setattr(pybamm.Simulation, "solve", fail)
    curve = half(sloping).run(1.0, "charge")
    assert curve.ended == "the solver makes no step (no step at all)"
    assert len(curve.time) == 0


def test_parameters_of_the_user_take_the_place_of_others(sloping):
    name = "Positive electrode thickness [m]"
    thin = Cell(set_=sloping, kind="half", model="SPM", electrode={name: 1e-5})
    assert thin.values[name] == 1e-5
    assert nominal_capacity(sloping, thin.values) < nominal_capacity(sloping, half(sloping).values)
    wrong = Cell(set_=sloping, kind="half", model="SPM", electrode={"Separator porosty": 0.5})
    with pytest.raises(CellError, match="no parameter 'Separator porosty'; did you mean 'Separato"):
        wrong.run(1.0, "charge")


def test_the_exchange_current_of_the_library_is_used_where_none_is_given(sloping):
    numbers = {k: v for k, v in sloping.numbers.items() if k != "exchange_current"}
    found = exchange_current_at_half(chayambuka(), "Positive")
    assert 1e-3 < found < 1e-2
    slow, fast = (
        half(one).run(1.0, "discharge").voltage[10]
        for one in (replace(sloping, numbers=numbers), sloping)
    )
    assert slow < fast


def test_nothing_is_sent_home():
    import os

    from navac.cell.packages import pybamm

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = pybamm()
    assert os.environ["PYBAMM_DISABLE_TELEMETRY"] == "true"
    assert module.config.check_opt_out()

"""First-order response against the exact effect of other interactions, on independent sites.

The interactions of these models are the energy of one phase, a shift of all levels of the sites,
and the level of the first site: their effect on φ, on equilibria and on invariant points is known.
"""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import brentq

from navac.crystal.supercell import Supercell
from navac.expansion.clusters import Orbit
from navac.expansion.expansion import Expansion
from navac.thermodynamics.drawn import drawn_diagrams
from navac.thermodynamics.equilibria import stable_phases
from navac.thermodynamics.extension import extended
from navac.thermodynamics.integration import Branches
from navac.thermodynamics.invariants import INVARIANT
from navac.thermodynamics.regions import boundaries
from navac.thermodynamics.responses import PhaseResponse, phase_responses
from navac.thermodynamics.sensitivity import (
    of_equilibrium,
    of_point,
    phase_at,
    phases_at,
)
from navac.thermodynamics.settling import settled
from navac.thermodynamics.topology import changes
from navac.thermodynamics.uncertainty import boundary_uncertainties, point_uncertainties
from navac.units import BOLTZMANN
from tests.thermodynamics.models import (
    EUTECTOID,
    MU,
    PERITECTOID,
    Sites,
    T,
    exact_fields,
    meeting,
    plan_for,
    sampled_diagram,
)

KINDS = {"eutectoid": (EUTECTOID, (450.0, 0.0)), "peritectoid": (PERITECTOID, (470.0, 0.0))}
SHIFTS = ("constant", "first phase", "all levels", "first level")


NUMBER = np.array([0.0, 0.0, 1.0, 0.0])
"""N is the third of their averages."""


def changed(phases, term, by):
    """The phases with one interaction changed."""
    if term == "constant":
        return [replace(p, energy=p.energy + by) for p in phases]
    if term == "first phase":
        return [replace(p, energy=p.energy + by * (k == 0)) for k, p in enumerate(phases)]
    moved = (lambda s: True) if term == "all levels" else (lambda s: s == 0)
    return [
        replace(p, levels=tuple(e + by * moved(s) for s, e in enumerate(p.levels))) for p in phases
    ]


def averages(phase, first, at_T, at_mu):
    """``[state, term]`` of what the interactions multiply."""
    f = phase.fillings(at_T, at_mu)
    one = np.ones(len(f))
    return np.column_stack([one, one * first, f.sum(axis=-1), f[..., 0]])


def responses_of(phases, noise=0.0, seed=0):
    """Of exact averages at every condition, with noise common to all and of their own."""
    rng = np.random.default_rng(seed)
    where = np.stack([w.ravel() for w in np.indices((len(T), len(MU)))])
    found = {}
    for k, phase in enumerate(phases):
        values = averages(phase, k == 0, T[where[0]], MU[where[1]])
        off = noise * rng.standard_normal((len(values), 2))
        values[:, 2:] += off
        found[k] = PhaseResponse(
            temperatures=T, mu_grid=MU, where=where, correlations=values,
            excess=np.zeros((len(values), 1)), cells=64,
        )  # fmt: skip
    return found


def invariant_of(phases, near):
    """The invariant point of exact fields, put where it is exactly."""
    fields = exact_fields(phases)
    touching = np.zeros((len(T), len(phases), len(phases)), bool)
    (point,), _ = changes(fields, settled(fields, stable_phases(fields)), touching)
    exact_T, exact_mu = meeting(phases, near)
    assert point.kind == INVARIANT
    return fields, replace(point, temperature=exact_T, mu=exact_mu)


def exact_derivative(phases, near, term, step=1e-6):
    up, down = (meeting(changed(phases, term, s * step), near) for s in (1, -1))
    return (np.array(up) - np.array(down)) / (2 * step)


@pytest.mark.parametrize("term", SHIFTS)
@pytest.mark.parametrize("kind", KINDS)
def test_an_invariant_point_moves_as_it_does_exactly(kind, term):
    phases, near = KINDS[kind]
    fields, point = invariant_of(phases, near)
    in_T, in_mu, *numbers = of_point(phases_at(fields, responses_of(phases), point))
    exact = exact_derivative(phases, near, term)
    k = SHIFTS.index(term)
    assert in_T.value[k] == pytest.approx(exact[0], rel=0.02, abs=1.0)
    assert in_mu.value[k] == pytest.approx(exact[1], rel=0.02, abs=2e-3)
    for phase, number in zip(phases, numbers, strict=True):
        at = [
            float(changed([phase], term, by)[0].exact(near_T, mu)["number"])
            if term != "first phase" else float(phase.exact(near_T, mu)["number"])
            for by, (near_T, mu) in (
                (by, meeting(changed(phases, term, by), near)) for by in (-1e-5, 1e-5)
            )
        ]  # fmt: skip
        assert number.value[k] == pytest.approx((at[1] - at[0]) / 2e-5, rel=0.05, abs=0.05)


def test_a_constant_moves_nothing_and_a_shift_of_levels_only_mu():
    phases, near = KINDS["eutectoid"]
    fields, point = invariant_of(phases, near)
    in_T, in_mu, *numbers = of_point(phases_at(fields, responses_of(phases), point))
    # All levels and μ up by the same: nothing else is different.
    assert in_mu.value == pytest.approx([0, in_mu.value[1], 1, in_mu.value[3]], abs=1e-3)
    assert in_T.value[[0, 2]] == pytest.approx([0, 0], abs=0.5)
    for number in numbers:
        assert number.value[[0, 2]] == pytest.approx([0, 0], abs=0.05)


def test_the_response_of_another_phase_gives_another_point():
    """Negative control: with two phases exchanged the derivative has the wrong sign."""
    phases, near = KINDS["eutectoid"]
    fields, point = invariant_of(phases, near)
    own = responses_of(phases)
    in_T, *_ = of_point(phases_at(fields, {0: own[1], 1: own[0], 2: own[2]}, point))
    exact = exact_derivative(phases, near, "first phase")[0]
    assert in_T.value[1] * exact < 0


@pytest.mark.parametrize("term", SHIFTS[1:])
def test_an_equilibrium_moves_as_it_does_exactly(term):
    phases, step = EUTECTOID, 9

    def crossing(by):
        low, _, high = changed(phases, term, by)
        mu = brentq(lambda m: low.phi(T[step], m) - high.phi(T[step], m), -0.05, 0.05, xtol=1e-14)
        return np.array([mu, *(float(p.exact(T[step], mu)["number"]) for p in (low, high))])

    own, fields = responses_of(phases), exact_fields(phases)
    mu = crossing(0)[0]
    found = of_equilibrium(*(phase_at(fields, own[k], k, T[step], mu) for k in (0, 2)))
    exact = (crossing(1e-6) - crossing(-1e-6)) / 2e-6
    k = SHIFTS.index(term)
    assert found[0].value[k] == pytest.approx(exact[0], rel=1e-3, abs=1e-4)
    # a quadratic through exponentials: off by a tenth of χ at most
    assert [s.value[k] for s in found[1:]] == pytest.approx(exact[1:], rel=0.02, abs=0.07)


def test_beyond_what_was_sampled_the_response_goes_on_linearly():
    (response, *_) = responses_of(EUTECTOID).values()
    edge, beyond = response.at(400.0, MU[-1]), response.at(400.0, MU[-1] + 0.004)
    np.testing.assert_allclose(beyond.rows[0], edge.rows[0] + 0.004 * edge.rows[2])
    np.testing.assert_array_equal(beyond.rows[1:], edge.rows[1:])
    hot = response.at(T[-1] + 30, 0.0)
    np.testing.assert_allclose(
        hot.rows[0], response.at(T[-1], 0.0).rows[0] + 30 * hot.rows[1], rtol=1e-12
    )


def test_entropy_is_the_slope_of_phi_also_where_a_surface_goes_on():
    """N goes on as a constant along μ, from where it depends on T."""
    fields = exact_fields(EUTECTOID)
    sampled = fields.sampled & (MU < 0.011)
    fields = extended(replace(fields, sampled=sampled))
    response, at, mu = responses_of(EUTECTOID)[1], 19, 0.021
    found = phase_at(fields, response, 1, float(T[at]) + 10, mu)
    phi = [fields.rows(s).at(mu)[0][0, 1] for s in (at, at + 1)]
    assert found.entropy == pytest.approx(-(phi[1] - phi[0]) / 20, rel=2e-3)
    constant = float(EUTECTOID[1].entropy(T[at] + 10, 0.01))
    assert abs(found.entropy - constant) > 2 * abs(found.entropy + (phi[1] - phi[0]) / 20)


def test_the_stated_noise_is_that_of_the_correlations():
    """Estimates from noisy correlations scatter as much as is said."""
    phases, near = KINDS["eutectoid"]
    fields, point = invariant_of(phases, near)
    found = [
        of_point(phases_at(fields, responses_of(phases, 0.01, seed), point))[0]
        for seed in range(60)
    ]
    values = np.array([s.value for s in found])
    said = np.sqrt(np.mean([np.diag(s.noise) for s in found], axis=0))
    assert said[2:] == pytest.approx(values[:, 2:].std(axis=0), rel=0.3)
    assert said[:2] == pytest.approx([0, 0], abs=1e-6)


def test_shares_add_up_and_standard_errors_are_those_of_draws():
    phases, near = KINDS["eutectoid"]
    fields, point = invariant_of(phases, near)
    in_T, *_ = of_point(phases_at(fields, responses_of(phases), point))
    rng = np.random.default_rng(3)
    root = 1e-3 * rng.standard_normal((4, 4))
    covariance = root @ root.T
    drawn = rng.multivariate_normal(np.zeros(4), covariance, 20000) @ in_T.value
    assert in_T.stderr(covariance) == pytest.approx(drawn.std(), rel=0.03)
    assert in_T.shares(covariance).sum() == pytest.approx(1)
    alone = np.diag([0, 1e-6, 0, 0])
    assert in_T.shares(alone) == pytest.approx([0, 1, 0, 0])


@pytest.fixture(scope="module")
def sampled():
    """The eutectoid as a diagram of samples, and the response of its phases by their names."""
    low, disordered, high = EUTECTOID
    diagram = sampled_diagram([low, high], disordered, seed=4)
    phases = {p.name: p for p in EUTECTOID}
    known = [phases[n] for n in diagram.assignment.names]
    of_all = responses_of(known)
    # The first phase of the interactions is the low one.
    assert known[0] is low
    return diagram, of_all


COVARIANCE = np.diag([0, 1e-3, 1e-3, 5e-4]) ** 2


def test_the_errors_of_a_sampled_diagram_are_the_exact_ones(sampled):
    diagram, responses = sampled
    (point,) = point_uncertainties(diagram, responses, COVARIANCE)
    near = KINDS["eutectoid"][1]
    exact = np.array([exact_derivative(EUTECTOID, near, term) for term in SHIFTS])
    spread = np.sqrt(np.diag(COVARIANCE) @ exact**2)
    assert point.temperature_stderr == pytest.approx(spread[0], rel=0.05)
    assert point.mu_stderr == pytest.approx(spread[1], rel=0.05)
    assert point.share.sum() == pytest.approx(1)
    # the correlations of this model do not fluctuate
    assert abs(point.second_order) < 0.01 * point.temperature_stderr
    found = boundary_uncertainties(diagram, responses, COVARIANCE)
    region = boundaries(diagram)["low+high"]
    stderr = found["low+high"].stderr
    assert len(stderr) == len(region.temperature)
    # at low temperatures, of two ground states: 1 meV over two atoms, and the shifts of levels
    (n_low, n_high) = (p.ground[1] for p in (EUTECTOID[0], EUTECTOID[2]))
    cold = np.sqrt(1e-3**2 / (n_high - n_low) ** 2 + 1e-3**2)
    assert stderr[0] == pytest.approx([0, 0, cold], abs=2e-5)


def test_without_uncertainty_there_are_no_errors(sampled):
    diagram, responses = sampled
    (point,) = point_uncertainties(diagram, responses, np.zeros((4, 4)))
    assert (point.temperature_stderr, point.mu_stderr) == (0, 0)
    assert np.isnan(point.share).all()


def test_a_phase_without_response_has_no_errors(sampled):
    diagram, responses = sampled
    known = {k: r for k, r in responses.items() if k != 0}
    assert point_uncertainties(diagram, known, COVARIANCE) == [None]
    assert set(boundary_uncertainties(diagram, known, COVARIANCE)) == {
        name for name in boundaries(diagram) if "low" not in name
    }


@pytest.mark.parametrize("by", [-0.004, 0.004])
def test_a_drawn_diagram_has_the_invariant_point_of_its_interactions(sampled, by):
    """Farther than first order holds: surfaces are shifted, and crossings found anew."""
    diagram, responses = sampled
    change = np.array([0, by, 0, 0])
    (drawn,) = drawn_diagrams(diagram, responses, change[None], NUMBER)
    (point,) = drawn.invariants
    exact_T, exact_mu = meeting(changed(EUTECTOID, "first phase", by), KINDS["eutectoid"][1])
    (before,) = diagram.invariants
    assert abs(exact_T - before.temperature) > 8
    assert point.temperature == pytest.approx(exact_T, abs=1.5)
    assert point.mu == pytest.approx(exact_mu, abs=3e-4)


def test_a_shift_of_all_levels_is_one_of_mu_however_large(sampled):
    diagram, responses = sampled
    (drawn,) = drawn_diagrams(diagram, responses, np.array([[0, 0, 0.1, 0]]), NUMBER)
    (before,), (after,) = diagram.invariants, drawn.invariants
    assert after.temperature == pytest.approx(before.temperature, abs=0.5)
    assert after.mu == pytest.approx(before.mu + 0.1, abs=1e-4)
    assert after.number == pytest.approx(before.number, abs=0.02)


def test_a_draw_of_nothing_is_the_diagram(sampled):
    """But for the slope of φ, of which resamples say how sure it is; a draw has none."""
    diagram, responses = sampled
    (drawn,) = drawn_diagrams(diagram, responses, np.zeros((1, 4)), NUMBER)
    assert [p.phases for p in drawn.invariants] == [p.phases for p in diagram.invariants]
    assert drawn.invariants[0].temperature == pytest.approx(
        diagram.invariants[0].temperature, abs=1e-3
    )


# An expansion of independent sites: two sublattices, points and pairs.
POINTS = [Orbit(2 + s, (((s, 0, 0, 0),),), 0.0, 0.0) for s in range(2)]
PAIRS = [
    Orbit(4, (((0, 0, 0, 0), (0, 1, 0, 0)),), 3.0, 3.0),
    Orbit(5, (((0, 0, 0, 0), (1, 0, 0, 0)), ((0, 0, 0, 0), (1, 0, 1, 0))), 2.0, 4.0),
]
GAS = Expansion((*POINTS, *PAIRS), np.array([0.01, -0.02, 0.0, 0.0]), 0.3)
BOX = Supercell.diagonal(6, 6, 4)


def gas_filling(at_T, at_mu):
    """``[state, sublattice]`` filled fractions: filling changes E − μN by −2 J − μ."""
    cost = -2 * GAS.eci[:2] - np.asarray(at_mu)[..., None]
    return 1 / (1 + np.exp(cost / (BOLTZMANN * np.asarray(at_T)[..., None])))


def gas_responses(seed=0, left=None):
    """Of one phase, from random configurations on a grid; every so many ``left`` it, empty."""
    phase = Sites(name="gas", energy=0.0, levels=(0.0, 0.0))
    plan = plan_for([phase], None)
    grid = np.stack(np.meshgrid(plan.temperatures, plan.mu_grid, indexing="ij"))
    f = gas_filling(*grid)
    at = plan.grid_step()
    rng = np.random.default_rng(seed)

    def states(step, path):
        filled = f[at[step, path], plan.mu_index[path]]
        drawn = rng.random((len(step), 2, BOX.size)) < filled[..., None]
        if left:
            drawn[::left] = False
        return (~drawn).reshape(len(step), -1).astype(np.int8)

    number = f.sum(axis=-1)
    sigma = 1 - 2 * f
    nothing = np.zeros((1, *number.shape))
    data = Branches(
        phi=nothing, number=number[None], cross=nothing, omega_variance=nothing,
        energy=(GAS.constant + sigma @ GAS.eci[:2])[None],
        susceptibility=((f * (1 - f)).sum(axis=-1) / (BOLTZMANN * grid[0]))[None],
        sublattice=f[None], wave_amplitude=nothing,
        wave_vector=np.zeros((*nothing.shape, 3), int), stationary=nothing == 0,
    )  # fmt: skip
    phase_of = np.zeros(data.number.shape, int)
    return phase_responses(plan, data, phase_of, GAS, BOX, states)


def test_the_response_of_independent_sites_is_the_product_of_their_averages():
    (response,) = gas_responses().values()
    for at_T, at_mu in ((300.0, 0.01), (500.0, -0.02), (640.0, 0.03)):
        found = response.at(at_T, at_mu)
        a, b = 1 - 2 * gas_filling(at_T, at_mu)
        exact = np.array([1, a, b, a * a, a * b])
        error = np.sqrt(np.diag(found.scatter) * found.weights[0, 0])
        assert (np.abs(found.rows[0] - exact) < 4 * error + 3e-4).all()
        # what was averaged while sampling is exact, but for the quadratic
        assert error[1:3] == pytest.approx([0, 0], abs=2e-4)
        assert (error[3:] > 0).all()
        # N = Σ(1 − σ)/2, and −∂φ/∂μ = N responds by −∂⟨σ⟩/∂μ
        step = 1e-5
        slope = (gas_filling(at_T, at_mu + step) - gas_filling(at_T, at_mu - step)) / (2 * step)
        assert found.rows[2, 1:3] == pytest.approx(-2 * slope, rel=0.05)


def test_second_order_is_the_curvature_of_phi():
    """φ of a site is −kT ln(2 cosh(J′/kT)), so that its second derivative is −β (1 − ⟨σ⟩²)."""
    (response,) = gas_responses().values()
    found, exact = [], []
    for at_T in (400.0, 460.0, 520.0, 580.0, 640.0):
        only_first = np.diag([0, 1e-4, 0, 0, 0])
        found.append(response.at(at_T, 0.0).second(only_first))
        mean = 1 - 2 * gas_filling(at_T, 0.0)[0]
        exact.append(-1e-4 / 2 / (BOLTZMANN * at_T) * (1 - mean**2))
    assert np.mean(found) == pytest.approx(np.mean(exact), rel=0.2)


def test_configurations_that_have_left_the_phase_do_not_enter():
    """Some paths were emptied at the end of their condition: N tells."""
    count = len(T) * len(MU)
    (response,) = gas_responses().values()
    assert len(response.correlations) == count
    (of_others,) = gas_responses(left=7).values()
    # but for those of states that are empty, or nearly so, anyway
    assert count * 6 / 7 < len(of_others.correlations) < 0.88 * count
    assert np.abs(of_others.excess[:, 1:]).max() < 0.5

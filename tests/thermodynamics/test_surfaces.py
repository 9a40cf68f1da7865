"""Fitted grand potentials of phases that are known in closed form."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array, kron

from navac.thermodynamics import surfaces
from navac.thermodynamics.fields import SCALARS
from navac.thermodynamics.phase_states import doubts, states_of
from navac.thermodynamics.scatter import Excess
from navac.thermodynamics.splines import Axis, products
from navac.thermodynamics.surfaces import fit_surface, strangers
from navac.units import BOLTZMANN
from tests.thermodynamics.models import (
    CRYSTAL,
    DISORDERED,
    HIGH,
    LOW,
    MU,
    PERITECTOID,
    T,
    branches_in,
    plan_for,
    sampled_diagram,
)

POINTS = np.array([0.0, 1.0, 1.5, 3.0, 4.0])


def fitted(axis, points, values):
    """Coefficients of the spline through values, by least squares."""
    return np.linalg.lstsq(axis.rows(points).toarray(), values, rcond=None)[0]


def test_splines_hold_cubics_and_their_derivatives():
    axis, fine = Axis.through(POINTS), np.linspace(0, 4, 50)
    found = fitted(axis, fine, fine**3 - 2 * fine)
    at = np.array([0.3, 1.5, 3.9])
    np.testing.assert_allclose(axis.rows(at) @ found, at**3 - 2 * at, atol=1e-10)
    np.testing.assert_allclose(axis.rows(at, 1) @ found, 3 * at**2 - 2, atol=1e-9)
    np.testing.assert_allclose(axis.rows(at, 2) @ found, 6 * at, atol=1e-9)
    # Beyond the ends the last cubics go on.
    np.testing.assert_allclose(axis.rows(np.array([5.0])) @ found, 115, atol=1e-8)


def test_cubes_are_third_derivatives_in_units_of_the_intervals():
    axis, fine = Axis.through(POINTS), np.linspace(0, 4, 50)
    found = fitted(axis, fine, fine**3)
    np.testing.assert_allclose(axis.cubes() @ found, np.diff(POINTS) ** 3, atol=1e-8)
    np.testing.assert_allclose(axis.cubes() @ fitted(axis, fine, fine**2), 0, atol=1e-8)


def test_products_are_rows_of_a_tensor_product():
    first, second = Axis.through(POINTS), Axis.through(np.linspace(-1, 1, 4))
    a, b = first.rows(np.array([0.2, 3.3, 1.5])), second.rows(np.array([-0.9, 0.1, 1.0]))
    rows = [kron(a[[n]], b[[n]]).toarray()[0] for n in range(3)]
    np.testing.assert_allclose(products(a, b).toarray(), rows)


@pytest.fixture(scope="module")
def diagram():
    return sampled_diagram((LOW, HIGH), DISORDERED, seed=3, snapshots=8, resamples=20)


ALL = (LOW, HIGH, DISORDERED)


def deviations(diagram, name):
    """``[state]`` of every phase where it was sampled: off by how much, and the standard error."""
    for k, phase in enumerate(ALL):
        there = diagram.fields.sampled[k]
        exact = phase.exact(T[:, None], MU)[name][there]
        values = getattr(diagram.fields, name)[:, k][:, there]
        yield values[0] - exact, values[1:].std(axis=0), there


def test_grand_potentials_are_right_within_their_errors(diagram):
    for k, (off, error, _) in enumerate(deviations(diagram, "phi")):
        z = off / np.hypot(error, diagram.fields.phi_error[k])
        assert np.sqrt(np.mean(z**2)) < 1.5
        assert np.abs(off).max() < 2e-4


def test_atoms_are_right_within_their_errors(diagram):
    """Where there are enough excitations to tell of an error."""
    for off, error, there in deviations(diagram, "number"):
        warm = np.broadcast_to(T[:, None] > 200, there.shape)[there]
        z = off[warm] / error[warm]
        assert 0.6 < np.sqrt(np.mean(z**2)) < 1.8
        assert np.abs(off).max() < 0.03


def test_energies_are_right_within_their_errors(diagram):
    for off, error, there in deviations(diagram, "energy"):
        warm = np.broadcast_to(T[:, None] > 200, there.shape)[there]
        assert 0.6 < np.sqrt(np.mean((off[warm] / error[warm]) ** 2)) < 1.8


def test_a_surface_is_surer_than_its_states(diagram):
    """It takes part in all of them."""
    for k, (off, _, there) in enumerate(deviations(diagram, "number")):
        own = diagram.data.number[k][there]
        exact = ALL[k].exact(T[:, None], MU)["number"][there]
        inside = diagram.assignment.phase[k][there] == k
        assert np.std(off[inside]) < 0.6 * np.std((own - exact)[inside])


def entropies(values, T):
    return (values["energy"] - MU[:, None] * values["number"] - values["phi"]) / T


def test_entropy_is_right_and_smooth(diagram):
    """Off by thousandths of kB, and its second differences by less still."""
    for k, phase in enumerate(ALL):
        for at in (300.0, 450.0, 500.0, 600.0):
            step = int(np.abs(at - T).argmin())
            there = np.flatnonzero(diagram.fields.sampled[k, step])
            if len(there) < 5:
                continue
            found = entropies(diagram.surfaces[k].at(np.full(len(MU), T[step]), MU), T[step])
            off = (found[:, 0] - phase.entropy(np.full(len(MU), T[step]), MU))[there] / BOLTZMANN
            assert np.abs(off).max() < 0.03
            assert np.abs(np.diff(off, 2)).max() < 0.003


def test_surfaces_obey_gibbs_and_duhem(diagram):
    """dφ = −S dT − N dμ, S being (E − μN − φ)/T, at any point: by differences of φ."""
    surface = replace(diagram.surfaces[2], excess=Excess())
    at_T, at_mu = np.array([333.0, 478.0, 551.0]), np.array([-0.011, 0.0033, 0.012])
    here = surface.at(at_T, at_mu)

    def phi(T, mu):
        return surface.at(T, mu)["phi"]

    slope_mu = (phi(at_T, at_mu + 1e-5) - phi(at_T, at_mu - 1e-5)) / 2e-5
    slope_T = (phi(at_T + 0.01, at_mu) - phi(at_T - 0.01, at_mu)) / 0.02
    omega = here["energy"] - at_mu[:, None] * here["number"]
    np.testing.assert_allclose(-slope_mu, here["number"], rtol=1e-5)
    np.testing.assert_allclose(-slope_T, (omega - here["phi"]) / at_T[:, None], rtol=1e-4)


def test_fluctuations_are_second_derivatives(diagram):
    surface = replace(diagram.surfaces[0], excess=Excess())
    at_T, at_mu = np.array([478.0, 551.0]), np.array([0.001, -0.0133])

    def at(T, mu):
        values = surface.at(T, mu)
        return values["number"], values["energy"] - mu[:, None] * values["number"]

    here, exact = surface.at(at_T, at_mu), LOW.exact(at_T, at_mu)
    slope = (at(at_T, at_mu + 1e-5)[0] - at(at_T, at_mu - 1e-5)[0]) / 2e-5
    np.testing.assert_allclose(here["susceptibility"], slope, rtol=1e-4)
    beta = 1 / (BOLTZMANN * at_T)
    up, down = (1 / (BOLTZMANN * (beta + d)) for d in (0.01, -0.01))
    fall = (at(down, at_mu)[1] - at(up, at_mu)[1]) / 0.02
    np.testing.assert_allclose(here["omega_variance"], fall, rtol=1e-3)
    for name in ("susceptibility", "omega_variance"):
        np.testing.assert_allclose(here[name][:, 0], exact[name], rtol=0.1)


PLAN = plan_for([LOW], None)
STATE = np.zeros((1, len(T), len(MU)), int)


def states(*, phases=(LOW,), state=STATE, seed=0):
    data = branches_in(PLAN, phases, state, seed=seed)
    return states_of(PLAN, data, np.zeros(STATE.shape), STATE, 0, CRYSTAL.cells, 1000)


def off(found):
    """By how much φ is off, eV per cell."""
    at = np.broadcast_arrays(T[5:, None], MU)
    at = [a.ravel() for a in at]
    return found.at(*at)["phi"][:, 0] - LOW.phi(*at)


def test_a_surface_of_exact_integrals_is_exact():
    found = fit_surface(PLAN, states())
    assert np.abs(off(found)).max() < 2e-5
    assert found.route_error < 1e-5
    assert max(found.misfit) < 1


def test_a_path_with_hysteresis_does_not_lift_the_surface():
    """A third of the integrals are 5 meV too high."""
    here = states()
    late = here.where[1] % 3 == 0
    found = fit_surface(PLAN, replace(here, phi=here.phi + 0.005 * late[:, None]))
    assert np.abs(off(found)).max() < 5e-5


def test_integrals_whose_errors_are_unknown_would_lift_it(monkeypatch):
    monkeypatch.setattr(surfaces, "HYSTERESIS", np.inf)
    monkeypatch.setattr(surfaces, "OUTLYING", np.inf)
    here = states()
    late = here.where[1] % 3 == 0
    found = fit_surface(PLAN, replace(here, phi=here.phi + 0.005 * late[:, None]))
    assert np.abs(off(found)).max() > 5e-4


@pytest.mark.parametrize(("by_integrals", "right"), [(False, True), (True, False)])
def test_integrals_of_paths_that_jumped_may_say_a_constant_alone(by_integrals, right):
    """Those of cold states are 2 meV too high, those of hot ones 4 meV: the shape is not theirs."""
    here = states()
    wrong = np.where(here.where[0] < len(T) // 2, 0.002, 0.004)[:, None]
    found = fit_surface(PLAN, replace(here, phi=here.phi + wrong), by_integrals=by_integrals)
    at = [a.ravel() for a in np.broadcast_arrays(T[5:, None], MU)]
    too_high = off(found) / (BOLTZMANN * at[0])  # a constant of βφ
    assert too_high.min() > 0.02
    assert (np.ptp(too_high) < 5e-3) == right
    if right:
        changes = found.at(*at)["phi"]
        # Resamples deviate by noise, and not by as much as integrals are off.
        assert np.std(changes[:, 1:] - changes[:, :1]) < 1e-4


def test_paths_that_scatter_make_the_constant_uncertain():
    """By 1 meV, which no resample has: the error of the constant is that of the mean of paths."""
    here = states()
    noise = 0.001 * np.random.default_rng(1).standard_normal(len(MU))[here.where[1]]
    moved = replace(here, phi=here.phi + noise[:, None], phi_stderr=0 * here.phi_stderr + 0.001)
    found = fit_surface(PLAN, moved)
    assert found.route_error == pytest.approx(0.001 / np.sqrt(len(MU)), rel=0.4)
    assert np.abs(off(found).mean()) < 2 * found.route_error


def test_states_of_another_phase_do_not_fit():
    """Two phases taken for one: χ² per state says so."""
    state = STATE.copy()
    state[0, 10:14, 10:14] = 1
    found = fit_surface(PLAN, states(phases=(LOW, HIGH), state=state))
    assert max(found.misfit) > 20 * max(fit_surface(PLAN, states()).misfit)


def test_few_states_on_the_way_elsewhere_count_little():
    here = states()
    number = here.number.copy()
    number[::40] += 0.3
    found = fit_surface(PLAN, replace(here, number=number))
    at = np.full(len(MU), 400.0)
    N = found.at(at, MU)["number"][:, 0]
    np.testing.assert_allclose(N, LOW.exact(at, MU)["number"], atol=0.02)


def test_the_noise_of_fluctuations_is_in_the_resamples():
    """A fit to a resample takes the fluctuations of it."""
    data = list(branches_in(PLAN, (LOW,), STATE))
    data[3] = replace(data[3], omega_variance=1.3 * data[3].omega_variance)
    here = states_of(PLAN, data, np.zeros(STATE.shape), STATE, 0, CRYSTAL.cells, 1000)
    np.testing.assert_allclose(here.variance[:, 3], 1.3 * here.variance[:, 0])
    one, other = fit_surface(PLAN, here).coefficients, fit_surface(PLAN, states()).coefficients
    changed = (np.abs(one - other) > 1e-9).any(axis=0)
    assert changed.tolist() == [n == 3 for n in range(one.shape[1])]


@pytest.mark.parametrize("few", [np.s_[:, 8, :], np.s_[:, :, 11], np.s_[:, 8, 5:8]])
def test_a_phase_at_one_temperature_or_one_chemical_potential_has_a_surface(few):
    elsewhere = STATE + 1
    elsewhere[few] = 0
    data = branches_in(PLAN, (LOW,), STATE)
    here = states_of(PLAN, data, np.zeros(STATE.shape), elsewhere, 0, CRYSTAL.cells, 1000)
    at = T[here.where[0]], MU[here.where[1]]
    phi = fit_surface(PLAN, here).at(*at)["phi"][:, 0]
    np.testing.assert_allclose(phi, LOW.phi(*at), atol=1e-4)


def test_equations_that_rounding_makes_singular_have_a_solution():
    """10 states of a miniature campaign, of which one kind of data is 1e7 times surer."""
    stored = np.load(Path(__file__).parents[1] / "data" / "singular_surface.npz")
    kinds = range(5)
    rows = surfaces._Rows(
        matrices=tuple(csr_array(stored[f"matrix{k}"]) for k in kinds),
        values=tuple(stored[f"values{k}"] for k in kinds),
    )
    used = np.ones(len(rows.values[0]), bool)
    found = np.asarray(
        surfaces._solve(rows, csr_array(stored["smooth"]), 0.1, used, slice(1))[0], float
    )
    assert np.isfinite(found).all()
    for matrix, values in zip(rows.matrices, rows.values, strict=True):
        assert np.abs(matrix @ found.reshape(48, -1)[:, :1] - values).max() < 10


def test_a_jump_on_the_way_is_a_doubt_of_all_that_comes_after():
    """A heated path is in doubt above the jump, a cooled one below it."""
    plan = plan_for([LOW], DISORDERED)
    state = np.zeros((2, len(T), len(MU)), int)
    state[:, 15:] = 1
    data = branches_in(plan, (LOW, DISORDERED), state, resamples=0)[0]
    found = doubts(plan, data)
    at = np.s_[10:30]
    assert (found[0, :15, at] < 1e-5).all()
    omega = (data.energy - MU * data.number)[0]
    wide = np.abs(np.diff(1 / (BOLTZMANN * T[14:16])))[0]
    expected = np.abs(omega[15] - omega[14]) * wide * BOLTZMANN * T[15]
    assert (found[0, 15, at] > 0.2 * expected[at]).all()
    assert (found[0, 15, at] <= expected[at]).all()
    assert (found[1, :15, at] > 1e-4).all()
    assert (found[1, 16:, at] < 1e-5).all()
    assert not doubts(plan, data, scanned=True).any()


def test_a_path_that_left_its_ground_state_at_once_is_in_doubt():
    plan = plan_for([LOW], None)
    data = branches_in(plan, (LOW, DISORDERED), STATE + 1, resamples=0)[0]
    assert (doubts(plan, data)[0, 0] > 0.05).any()
    assert (doubts(plan, branches_in(plan, (LOW,), STATE, resamples=0)[0])[0, 0] < 1e-6).all()


def test_scalars_of_the_model_are_those_of_the_fields():
    assert set(PERITECTOID[0].exact(400.0, 0.0)) == set(SCALARS)


@pytest.mark.parametrize("of", ["number", "energy"])
def test_paths_far_from_the_surface_are_not_of_the_phase(diagram, of):
    """A surface through most states tells those that are off, and not others at the same places."""
    doubt, data = doubts(diagram.plan, diagram.data), diagram.data
    phase = diagram.assignment.phase
    states = states_of(diagram.plan, diagram.resampled, doubt, phase, 0, diagram.cells, 1000)
    surface = fit_surface(diagram.plan, states)
    own = phase == 0
    assert not strangers(diagram.plan, data, own, states, surface).any()
    values, moved = getattr(data, of).copy(), np.zeros(own.shape, bool)
    moved[tuple(np.argwhere(own)[[30, 60, 90]].T)] = True
    values[moved] += 0.5
    found = strangers(diagram.plan, replace(data, **{of: values}), own, states, surface)
    np.testing.assert_array_equal(found, moved)

"""Integrated grand potentials against the partition function of a cell that can be listed."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from navac.crystal.sites import spins
from navac.crystal.supercell import Supercell
from navac.sampling.plan import Plan
from navac.sampling.record import Samples
from navac.thermodynamics.integration import block_weights, branches, integrate, stationary
from navac.units import BOLTZMANN

BLOCKS = 4
FULL, ZETA, OMEGA = 0.0, -0.8, -0.35
"""μ, eV, at which all sites are filled, Na(1) alone is, and one of three equivalent orderings."""

HEATING = np.concatenate([np.arange(4, 30, 0.25), np.arange(30, 150, 1), np.arange(150, 1501, 10)])
"""The lowest excitation, of the third, is 6 meV: it has to be frozen at the start."""


@pytest.fixture(scope="module")
def cell(one_cell):
    """E of all 2⁸ states, and the states as species indices."""
    states = np.array(list(product((0, 1), repeat=8)), np.int8)
    return one_cell.energies(Supercell.diagonal(1, 1, 1), spins(states)), states


def filled(states):
    """Atoms of the first species in each state."""
    return (states == 0).sum(axis=1)


def log_xi(cell, T, mu):
    """ln Ξ + Ω₀/kT, Ω₀, and how many states have Ω₀."""
    omega = cell[0] - mu * filled(cell[1])
    low = omega.min()
    return (
        np.log(np.exp(-(omega - low) / (BOLTZMANN * T)).sum()),
        low,
        int((omega < low + 1e-7).sum()),
    )


def plan_of(cell, mus, temperatures, cooled=0):
    """A path per μ, each from its own ground state; or one that cools through ``cooled`` T."""
    energy, states = cell
    number = filled(states)
    ground = [int((energy - mu * number).argmin()) for mu in mus]
    phases, phase = np.unique(ground, return_inverse=True)
    index, mu_N = np.arange(len(mus)), np.outer(mus, number)
    if cooled:
        phase = np.concatenate([phase, np.full(len(mus), len(phases))])
        index = np.tile(index, 2)
    return Plan(
        phases=tuple(f"p{k}" for k in phases),
        energy=energy[phases],
        number=number[phases] * 1.0,
        occupation=states[phases],
        mu_grid=np.array(mus, float),
        branch=phase,
        mu_index=index,
        temperatures=np.array(temperatures, float),
        cooled=cooled,
        hot=np.stack([np.mean(energy - mu_N, axis=1), np.var(energy - mu_N, axis=1)]),
        nominal=np.zeros(len(phases)),
    )


def exact_samples(cell, plan, cells=1):
    """What endless sampling of ``cells`` independent copies would record."""
    energy, states = cell
    number = filled(states)
    beta = np.nan_to_num(1 / (BOLTZMANN * plan.walks().temperature))[..., None]
    omega = energy - plan.mu[:, None] * number
    weight = np.exp(-beta * (omega - omega.min(axis=1, keepdims=True)))
    weight /= weight.sum(axis=-1, keepdims=True)  # [step, path, state]

    def average(values):
        return np.repeat((weight @ values)[:, None], BLOCKS, axis=1)

    def second(a, b):
        return average(a * b) / cells + (1 - 1 / cells) * average(a) * average(b)

    E, N = average(energy), average(number)
    sublattice = np.stack([average(s == 0) for s in states.T], axis=2)
    return Samples(E, N, second(energy, energy), second(energy, number), second(number, number),
                   np.ones_like(E), sublattice, *np.zeros((2, *E[:, 0].shape)),
                   np.zeros((*E[:, 0].shape, 3), int), cells, 10**9)  # fmt: skip


def integrated(cell, mus, temperatures, cells=1, cooled=0):
    plan = plan_of(cell, mus, temperatures, cooled)
    return plan, branches(plan, exact_samples(cell, plan, cells), np.full(BLOCKS, 1 / BLOCKS))


def of_path(plan, values):
    """``[phase, step, μ]`` to ``[step, path]``."""
    return values[plan.branch, :, plan.mu_index].T


@pytest.mark.parametrize(("mu", "degeneracy"), [(FULL, 1), (ZETA, 1), (OMEGA, 3)])
def test_heating_gives_the_partition_function(cell, mu, degeneracy):
    plan, data = integrated(cell, [mu], HEATING)
    exact = []
    for t in HEATING:
        log, low, g = log_xi(cell, t, mu)
        assert g == degeneracy
        # The path starts from one of the g ground states, so their entropy is not in it.
        exact.append(low - BOLTZMANN * t * (log - np.log(g)))
    phi = of_path(plan, data.phi)[:, 0]
    np.testing.assert_allclose(phi, exact, rtol=0, atol=1e-6)
    # The entropy is there to be found, well beyond the tolerance.
    assert exact[0] - exact[-1] > 0.02


def test_the_end_point_derivatives_are_needed(cell):
    """Negative control: the plain trapezium, without variances, is not accurate enough."""
    plan = plan_of(cell, [FULL], HEATING)
    samples = exact_samples(cell, plan)
    omega = (samples.energy - plan.mu * samples.number)[:, 0]
    log, low, _ = log_xi(cell, HEATING[-1], FULL)
    exact = low - BOLTZMANN * HEATING[-1] * log
    beta = 1 / (BOLTZMANN * HEATING)[:, None]
    plain = integrate(beta, omega, np.zeros_like(omega), beta[0] * omega[0])[-1, 0] / beta[-1, 0]
    assert abs(plain - exact) > 1e-5


@pytest.mark.parametrize("cold", [0, 1])
def test_excitations_fall_off_exponentially_over_a_long_step(cold):
    """From 40 to 100 K, excitations of 60 meV: E = g ε exp(−βε), var = ε E, heated or cooled."""
    gap, beta = 0.06, 1 / (BOLTZMANN * np.array([[40.0], [100.0]]))
    beta = beta[::-1] if cold else beta
    energy = 8 * gap * np.exp(-beta * gap)
    exact = 8 * np.exp(-beta * gap).ravel()
    exact = exact[0] - exact[1]
    plain, thermal = (
        integrate(beta, energy, gap * energy, np.zeros(1), thermal=t)[1, 0] for t in (False, True)
    )
    assert thermal == pytest.approx(exact, rel=1e-3)
    assert abs(plain / exact - 1) > 1


@pytest.mark.parametrize("mu", [FULL, ZETA, OMEGA])
def test_cooling_gives_the_partition_function(cell, mu):
    """From infinite temperature all equivalent ground states are counted."""
    T = np.arange(200, 1001, 10)
    _, data = integrated(cell, [mu], T, cooled=60)
    exact = []
    for t in T:
        log, low, _ = log_xi(cell, t, mu)
        exact.append(low - BOLTZMANN * t * log)
    phi = data.phi[-1, :, 0]
    assert np.isnan(phi[:21]).all()
    np.testing.assert_allclose(phi[21:], exact[21:], rtol=0, atol=2e-5)


def test_hysteresis_raises_the_grand_potential(cell):
    """Heated too far or cooled too far, a path that keeps its state has too high a φ."""
    T = np.arange(200.0, 1001, 10)
    plan = plan_of(cell, [OMEGA], T, cooled=81)
    samples = exact_samples(cell, plan)
    late = {}
    for name in ("energy", "number", "energy2", "cross", "number2"):
        values = getattr(samples, name).copy()
        values[41:, :, 0] = values[40, :, 0]  # heating: frozen beyond 600 K
        values[-40:, :, 1] = values[-41, :, 1]  # cooling: frozen below 600 K
        late[name] = values
    phi, exact = (
        branches(plan, s, np.full(BLOCKS, 1 / BLOCKS)).phi[..., 0]
        for s in (replace(samples, **late), samples)
    )
    assert (phi[0] - exact[0])[42:].min() > 0
    assert (phi[1] - exact[1])[:39].min() > 0


def test_composition_is_the_slope_of_the_grand_potential(cell):
    step = 1e-3
    mus = FULL + step * np.arange(-2, 3)
    plan, data = integrated(cell, mus, np.arange(50, 1501, 10))
    phi, number = of_path(plan, data.phi), of_path(plan, data.number)
    slope = (phi[:, 2:] - phi[:, :-2]) / (2 * step)
    np.testing.assert_allclose(-slope, number[:, 1:-1], rtol=0, atol=1e-4)
    assert number[-1, 2] < 7.7  # it has changed by a thousand tolerances


def test_gibbs_duhem(cell):
    """dφ = −S dT − N dμ over the whole grid, with S = (E − μN − φ) / T."""
    T, mus = np.arange(50.0, 1501, 5), FULL + 2e-3 * np.arange(-3, 4)
    plan, data = integrated(cell, mus, T)
    phi, number, energy = (of_path(plan, v) for v in (data.phi, data.number, data.energy))
    entropy = (energy - mus * number - phi) / T[:, None]
    S, N = (
        (v[1:, 1:] + v[1:, :-1] + v[:-1, 1:] + v[:-1, :-1]) / 4 for v in (entropy, number)
    )  # at the centres of the meshes, whose diagonals the differences are
    change = -S * np.diff(T)[:, None] - N * np.diff(mus)
    np.testing.assert_allclose(phi[1:, 1:] - phi[:-1, :-1], change, rtol=0, atol=2e-6)
    assert (S[-1] * 5 > 1e-3).all()
    assert (N * 2e-3 > 1e-2).all()


@pytest.mark.parametrize("cells", [1, 3])
def test_fluctuations_are_responses(cell, cells):
    """∂N/∂μ and −∂(E − μN)/∂β, whatever the size of the box."""
    step = 1e-4
    mus = OMEGA + step * np.arange(-1, 2)
    T = np.array([999.9, 1000, 1000.1])
    plan, data = integrated(cell, mus, T, cells)
    number, energy = of_path(plan, data.number), of_path(plan, data.energy)
    chi, variance = of_path(plan, data.susceptibility), of_path(plan, data.omega_variance)
    assert chi[1, 1] == pytest.approx((number[1, 2] - number[1, 0]) / (2 * step), rel=1e-4)
    omega = energy - plan.mu * number
    beta = 1 / (BOLTZMANN * T)
    assert variance[1, 1] == pytest.approx(
        -(omega[2, 1] - omega[0, 1]) / (beta[2] - beta[0]), rel=1e-4
    )
    # the same covariance is −∂N/∂β and the rest of ∂E/∂μ
    cross = of_path(plan, data.cross)
    assert cross[1, 1] == pytest.approx(
        -(number[2, 1] - number[0, 1]) / (beta[2] - beta[0]), rel=1e-4
    )
    kT = BOLTZMANN * T[1]
    assert cross[1, 1] / kT + mus[1] * chi[1, 1] == pytest.approx(
        (energy[1, 2] - energy[1, 0]) / (2 * step), rel=1e-4
    )
    occupied = data.sublattice[plan.branch, :, plan.mu_index].sum(axis=-1).T
    np.testing.assert_allclose(occupied, number, rtol=0, atol=1e-12)


@pytest.mark.parametrize(("mu", "degeneracy"), [(FULL, 1), (OMEGA, 3)])
def test_entropy_of_the_disordered_limit(cell, mu, degeneracy):
    """All 2⁸ states, counted from the entropy left out at the start."""
    T = np.concatenate([HEATING, np.geomspace(1510, 1e8, 1000)])
    plan, data = integrated(cell, [mu], T)
    phi, E, N = (of_path(plan, v)[-1, 0] for v in (data.phi, data.energy, data.number))
    entropy = (E - mu * N - phi) / (BOLTZMANN * T[-1])
    assert entropy == pytest.approx(np.log(256 / degeneracy), abs=2e-3)
    assert pytest.approx(4, abs=1e-3) == N


def test_what_was_not_sampled_is_nan(cell):
    plan, data = integrated(cell, [ZETA, OMEGA, FULL], [50, 60])
    assert len(plan.phases) == 3
    there = np.zeros((3, 3), bool)
    there[plan.branch, plan.mu_index] = True
    np.testing.assert_array_equal(np.isfinite(data.phi).all(axis=1), there)
    np.testing.assert_array_equal(data.stationary.all(axis=1), there)


def jumping(cell):
    """A plan, its μ, and samples whose block means scatter as chance has it."""
    plan = plan_of(cell, [ZETA, OMEGA], [600, 700, 800])
    samples = exact_samples(cell, plan, cells=512)
    noise = np.sqrt((samples.number2 - samples.number**2).mean())
    rng = np.random.default_rng(2)
    number = samples.number + noise / 5 * rng.standard_normal(samples.number.shape)
    number2 = samples.number2 + number**2 - samples.number**2
    return plan, plan.walks().mu, replace(samples, number=number, number2=number2)


def test_a_path_that_jumps_is_not_stationary(cell):
    """The blocks of one condition change over to another phase half-way."""
    plan, mu, calm = jumping(cell)
    assert stationary(calm, mu).all()
    number = calm.number
    jumped = number.copy()
    jumped[1, 2:, 0] += 0.5
    left = replace(calm, number=jumped, number2=calm.number2 + jumped**2 - number**2)
    np.testing.assert_array_equal(~stationary(left, mu), [[False] * 2, [True, False], [False] * 2])
    on_grid = branches(plan, left, np.full(BLOCKS, 1 / BLOCKS)).stationary
    assert not on_grid[plan.branch[0], 1, 0]
    assert on_grid[plan.branch[0], [0, 2], 0].all()
    # A few atoms of a frozen path are no transition.
    small, E = number.copy(), calm.energy.copy()
    small[1, 2:, 0] += 0.01
    E[1, 2:, 0] += 0.01 * (mu[1, 0] + 0.2)
    frozen = replace(calm, number=small, number2=small**2, energy=E, energy2=E**2, cross=E * small)
    assert stationary(frozen, mu).all()


@pytest.mark.parametrize(("jump", "left"), [(0.1, True), (0.001, False)])
def test_a_path_that_jumps_in_energy_alone_is_not_stationary(cell, jump, left):
    """Phases of the same composition: E jumps, or changes by next to nothing, in eV per cell."""
    _, mu, calm = jumping(cell)
    E = calm.energy.copy()
    E[1, 2:, 0] += jump
    N, shift = calm.number, E - calm.energy
    jumped = replace(
        calm, energy=E, energy2=calm.energy2 + E**2 - calm.energy**2, cross=calm.cross + shift * N
    )
    np.testing.assert_array_equal(
        ~stationary(jumped, mu), [[False] * 2, [left, False], [False] * 2]
    )


def test_block_weights_resample_the_mean():
    weights = block_weights(10, 4000, 3)
    np.testing.assert_array_equal(weights[0], np.full(10, 0.1))
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    values = np.random.default_rng(0).standard_normal(10)
    spread = (weights[1:] @ values).std()
    assert spread == pytest.approx(values.std(ddof=1) / np.sqrt(10), rel=0.03)
    np.testing.assert_array_equal(weights, block_weights(10, 4000, 3))

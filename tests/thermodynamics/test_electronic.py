"""The entropy of mixed valence, and what it does to branches known in closed form."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import fsolve

from navac.thermodynamics.electronic import MixedValence, _pieces, shifted_plan, with_mixed_valence
from navac.thermodynamics.envelope import envelope
from navac.thermodynamics.integration import Branches
from navac.thermodynamics.phases import coexistences
from navac.units import BOLTZMANN
from tests.thermodynamics.plans import plan_of

VALENCE = MixedValence(sites=4, n_oxidised=2, n_reduced=6)
T = 600.0
kT = BOLTZMANN * T


def test_the_entropy_is_that_of_ideal_mixing():
    assert VALENCE.entropy(np.array(4.0)) == pytest.approx(4 * BOLTZMANN * np.log(2), rel=1e-12)
    np.testing.assert_allclose(VALENCE.entropy(np.array([2.0, 6.0])), 0, atol=1e-13)
    quarter = VALENCE.entropy(np.array([3.0, 5.0]))
    np.testing.assert_allclose(quarter, 4 * BOLTZMANN * 0.5623351446188083, rtol=1e-12)
    wide = replace(VALENCE, sites=8)
    assert wide.entropy(np.array(3.3)) == pytest.approx(2 * VALENCE.entropy(np.array(3.3)))


def test_slope_and_curvature_are_its_derivatives():
    n, h = np.linspace(2.2, 5.8, 19), 1e-4
    up, here, down = (VALENCE.entropy(n + d) for d in (h, 0, -h))
    np.testing.assert_allclose(VALENCE.slope(n), (up - down) / (2 * h), rtol=1e-5, atol=1e-11)
    np.testing.assert_allclose(VALENCE.curvature(n), (up - 2 * here + down) / h**2, rtol=1e-5)


@pytest.mark.parametrize("n", [1.5, 2.0, 6.0, 6.5])
def test_ends_and_beyond_stay_finite(n):
    for value in (VALENCE.entropy, VALENCE.slope, VALENCE.curvature):
        assert np.isfinite(value(np.array(n)))


def branches_of(phi, number, chi):
    """From ``[phase, μ]``."""
    phi, number, chi = (np.array(a)[:, None] for a in (phi, number, chi))
    return Branches(
        phi=phi,
        number=number,
        energy=3 * number,
        susceptibility=chi,
        omega_variance=0 * phi,
        sublattice=number[..., None] / [8.0, 4.0],
        wave_amplitude=0 * phi,
        stationary=np.ones(phi.shape, bool),
    )


def test_a_lattice_gas_in_closed_form():
    """f = 4 m μ₀ − 4 kT s(m), to which −4 kT s(m) is added: a lattice gas at twice the T."""
    mu0 = -0.45
    grid = mu0 + 0.0005 * np.arange(-600, 601)
    m = 1 / (1 + np.exp(-(grid - mu0) / kT))
    phi = -2 * grid - 4 * kT * np.log1p(np.exp((grid - mu0) / kT))
    plan = plan_of(grid, [mu0], [T])
    shifted = shifted_plan(plan, VALENCE)
    assert shifted.mu_grid[0] < grid[0] - 0.1
    assert shifted.mu_grid[-1] > grid[-1] + 0.1
    got = with_mixed_valence(
        plan, shifted, branches_of([phi], [2 + 4 * m], [4 * m * (1 - m) / kT]), VALENCE, 0.1
    )
    inside = np.abs(shifted.mu_grid - mu0) < 0.3
    mu = shifted.mu_grid[inside]
    m2 = 1 / (1 + np.exp(-(mu - mu0) / (2 * kT)))
    exact = -2 * mu - 8 * kT * np.log1p(np.exp((mu - mu0) / (2 * kT)))
    np.testing.assert_allclose(got.phi[0, 0, inside], exact, rtol=0, atol=2e-6)
    np.testing.assert_allclose(got.number[0, 0, inside], 2 + 4 * m2, rtol=0, atol=1e-4)
    np.testing.assert_allclose(
        got.susceptibility[0, 0, inside], 4 * m2 * (1 - m2) / (2 * kT), rtol=1e-4
    )
    # What belongs to a state moves with it.
    for k, share in enumerate((8, 4)):
        np.testing.assert_allclose(got.sublattice[0, 0, :, k], got.number[0, 0] / share, rtol=1e-12)
    np.testing.assert_allclose(got.energy, 3 * got.number, rtol=1e-12)
    # The change is far beyond the tolerances.
    assert np.abs(np.interp(mu, grid, phi) - exact).max() > 0.05
    assert np.isfinite(got.phi).all()


def test_states_with_a_strong_concentration_wave_are_left_out():
    """Slabs of two phases in one supercell, and a stretch of two states between jumps."""
    grid = -0.45 + 0.0005 * np.arange(-100, 101)
    plan = plan_of(grid, [-0.45], [T])
    m = (1 + np.tanh((grid + 0.45) / 0.05)) / 2
    data = branches_of(
        [0 * grid], [2 + 4 * m], [4 * (1 - np.tanh((grid + 0.45) / 0.05) ** 2) / 0.1]
    )
    data.wave_amplitude[0, 0, 50:80] = 0.5
    data.number[0, 0, 120:122] += 1.0
    ((*pieces,),) = _pieces(plan, data, 0, 0.1)
    assert [k for p in pieces for k in p] == [*range(50), *range(80, 120), *range(122, 201)]
    data.wave_amplitude[:] = 0.5
    ((*pieces,),) = _pieces(plan, data, 0, 0.1)
    assert [k for p in pieces for k in p] == [*range(201)]


class Parabola:
    """f(n) = f₀ + g (n − n₀) + (n − n₀)²/2χ."""

    def __init__(self, f0, g, n0, chi):
        self.f0, self.g, self.n0, self.chi = f0, g, n0, chi

    def f(self, n):
        return self.f0 + self.g * (n - self.n0) + (n - self.n0) ** 2 / (2 * self.chi)

    def slope(self, n):
        return self.g + (n - self.n0) / self.chi

    def number(self, mu):
        return self.n0 + self.chi * (mu - self.g)

    def phi(self, mu):
        n = self.number(mu)
        return self.f(n) - mu * n


PHASES = Parabola(0.0, -0.45, 2.6, 1.5), Parabola(-0.86, -0.43, 4.6, 2.5)


def both_phases(grid):
    return branches_of(
        [p.phi(grid) for p in PHASES], [p.number(grid) for p in PHASES],
        [np.full(len(grid), p.chi) for p in PHASES],
    )  # fmt: skip


def common_tangent(entropic):
    """n on both sides and μ, of f − T S or of f alone, by Newton's method."""

    def f(phase, n):
        return phase.f(n) - entropic * T * VALENCE.entropy(n)

    def slope(phase, n):
        return phase.slope(n) - entropic * T * VALENCE.slope(n)

    def equations(ab):
        a, b = ab
        (p, q) = PHASES
        return [slope(p, a) - slope(q, b), f(q, b) - f(p, a) - slope(p, a) * (b - a)]

    (a, b), _, ok, _ = fsolve(equations, [2.6, 4.6], full_output=True, xtol=1e-12)
    assert ok == 1
    return a, b, slope(PHASES[0], a)


@pytest.mark.parametrize("entropic", [False, True])
def test_boundaries_are_the_common_tangents(entropic):
    grid = -0.45 + 0.0005 * np.arange(-300, 301)
    plan = plan_of(grid, [grid[0], grid[-1]], [T])
    data = both_phases(grid)
    if entropic:
        shifted = shifted_plan(plan, VALENCE)
        data, plan = with_mixed_valence(plan, shifted, data, VALENCE, 0.1), shifted
    steps = [envelope(plan, data, 0)]
    (c,) = coexistences(plan, steps, np.zeros((1, len(plan.mu_grid))), 0.1, 2, (1, 3))
    a, b, mu = common_tangent(entropic)
    assert (c.n_low, c.n_high) == pytest.approx((a, b), abs=1e-4)
    assert c.mu == pytest.approx(mu, abs=1e-5)


def test_phases_that_decay_early_are_continued_along_their_tangents():
    """Without the entropy both phases decay short of the compositions that it makes stable."""
    a, b, mu = common_tangent(True)
    ends = 2.63, 4.55
    assert a > ends[0] + 0.05
    assert b < ends[1] - 0.05
    grid = -0.45 + 0.0005 * np.arange(-300, 301)
    plan = plan_of(grid, [grid[0], grid[-1]], [T])
    data = both_phases(grid)
    data.phi[0, 0, PHASES[0].number(grid) > ends[0]] = np.nan
    data.phi[1, 0, PHASES[1].number(grid) < ends[1]] = np.nan
    shifted = shifted_plan(plan, VALENCE)
    data = with_mixed_valence(plan, shifted, data, VALENCE, 0.1)
    steps = [envelope(shifted, data, 0)]
    (c,) = coexistences(shifted, steps, np.zeros((1, len(shifted.mu_grid))), 0.1, 2, (1, 3))
    assert (c.n_low, c.n_high) == pytest.approx((a, b), abs=0.01)
    assert c.mu == pytest.approx(mu, abs=1e-3)


def test_the_entropy_moves_the_tangent():
    """The test above could not tell otherwise."""
    without, with_it = np.array(common_tangent(False)), np.array(common_tangent(True))
    assert (np.abs(with_it - without) > [0.02, 0.02, 1e-3]).all()


def test_a_branch_is_cut_at_its_jumps():
    """States on both sides are kept, but none between them are made up."""
    grid = -0.45 + 0.001 * np.arange(-100, 101)
    low, after = PHASES[0], grid > -0.40
    end = grid[~after][-1]
    # The path went over to n = 5.5 too late: its grand potential is too high from there on.
    number = np.where(after, 5.5, low.number(grid))
    phi = np.where(after, low.phi(end) - 5.5 * (grid - end) + 0.005, low.phi(grid))
    data = branches_of([phi], [number], [np.where(after, 0, low.chi)])
    plan = plan_of(grid, [grid[0]], [T])
    shifted = shifted_plan(plan, VALENCE)
    got = with_mixed_valence(plan, shifted, data, VALENCE, 0.1)
    last = low.number(end)
    n = got.number[0, 0]
    assert ((n <= last + 1e-12) | (n == 5.5)).all()
    assert (n == 5.5).any()
    # Where the first piece has ended and the second is not yet lower, composition is constant.
    held = (np.abs(n - last) < 1e-12) & (got.susceptibility[0, 0] == 0)
    assert held.sum() > 3
    slope = np.diff(got.phi[0, 0, held]) / np.diff(shifted.mu_grid[held])
    np.testing.assert_allclose(slope, -last, rtol=1e-9)

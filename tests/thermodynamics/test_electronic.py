"""The entropy of mixed valence, and what it does to branches known in closed form."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import fsolve

from navac.thermodynamics.electronic import (
    FARTHER,
    MixedValence,
    shifted_plan,
    with_mixed_valence,
)
from navac.thermodynamics.equilibria import equilibria, stable_phases
from navac.thermodynamics.extension import extended
from navac.thermodynamics.farther import stretches
from navac.thermodynamics.fields import ERRORS, SCALARS, Fields
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


def fields_of(grid, phi, number, chi, sampled=None):
    """From ``[phase, μ]``, at one temperature and without resamples."""
    phi, number, chi = (np.array(a)[None, :, None] for a in (phi, number, chi))
    return Fields(
        temperature=np.array([T]), mu=grid, phi=phi, number=number, energy=3 * number,
        susceptibility=chi, omega_variance=0.1 * number,
        sampled=np.ones(phi.shape[1:], bool) if sampled is None else np.array(sampled)[:, None],
        phi_error=np.zeros(phi.shape[1]), **{name: np.zeros(phi.shape[1:]) for name in ERRORS},
    )  # fmt: skip


def shifted(fields):
    """With the entropy of :data:`VALENCE`."""
    plan = plan_of(fields.mu, fields.mu[[0, -1]], [T])
    return with_mixed_valence(fields, shifted_plan(plan, VALENCE).mu_grid, VALENCE)


def test_a_lattice_gas_in_closed_form():
    """f = 4 m μ₀ − 4 kT s(m), to which −4 kT s(m) is added: a lattice gas at twice the T."""
    mu0 = -0.45
    grid = mu0 + 0.0005 * np.arange(-600, 601)
    m = 1 / (1 + np.exp(-(grid - mu0) / kT))
    phi = -2 * grid - 4 * kT * np.log1p(np.exp((grid - mu0) / kT))
    fields = fields_of(grid, [phi], [2 + 4 * m], [4 * m * (1 - m) / kT])
    got = shifted(fields)
    assert got.mu[0] < grid[0] - 0.1
    assert got.mu[-1] > grid[-1] + 0.1
    inside = np.abs(got.mu - mu0) < 0.3
    assert got.sampled[0, 0, inside].all()
    mu = got.mu[inside]
    m2 = 1 / (1 + np.exp(-(mu - mu0) / (2 * kT)))
    exact = -2 * mu - 8 * kT * np.log1p(np.exp((mu - mu0) / (2 * kT)))
    phi_got, n_got, chi_got = (
        getattr(got, name)[0, 0, 0, inside] for name in ("phi", "number", "susceptibility")
    )
    np.testing.assert_allclose(phi_got, exact, rtol=0, atol=2e-6)
    np.testing.assert_allclose(n_got, 2 + 4 * m2, rtol=0, atol=1e-4)
    np.testing.assert_allclose(chi_got, 4 * m2 * (1 - m2) / (2 * kT), rtol=1e-4)
    # What belongs to a state moves with it.
    np.testing.assert_allclose(got.energy, 3 * got.number, rtol=1e-12)
    np.testing.assert_allclose(got.omega_variance, 0.1 * got.number, rtol=1e-12)
    # The change is far beyond the tolerances.
    assert np.abs(np.interp(mu, grid, phi) - exact).max() > 0.05
    assert np.isfinite(got.phi).all()


def test_every_resample_is_shifted_by_its_own_composition():
    grid = -0.45 + 0.0005 * np.arange(-100, 101)
    resamples = PHASES[0], Parabola(0.001, -0.45, 2.62, 1.4)
    both = [fields_of(grid, [p.phi(grid)], [p.number(grid)], [0 * grid + p.chi]) for p in resamples]
    together = replace(both[0], **{
        name: np.concatenate([getattr(f, name) for f in both]) for name in SCALARS
    })  # fmt: skip
    got, alone = shifted(together), [shifted(f) for f in both]
    known = got.sampled[0, 0]
    assert known.sum() > 20
    for r, own in enumerate(alone):
        assert own.sampled[0, 0, known].all()
        for name in SCALARS:
            np.testing.assert_array_equal(
                getattr(got, name)[r, 0, 0, known], getattr(own, name)[0, 0, 0, known]
            )


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


def both_phases(grid, ends=(np.inf, -np.inf)):
    """Sampled up to an N of the first and from an N of the second."""
    first, second = PHASES
    sampled = [first.number(grid) <= ends[0], second.number(grid) >= ends[1]]
    fields = fields_of(
        grid, [p.phi(grid) for p in PHASES], [p.number(grid) for p in PHASES],
        [np.full(len(grid), p.chi) for p in PHASES], sampled,
    )  # fmt: skip
    for name in SCALARS:
        getattr(fields, name)[:, ~fields.sampled] = np.nan
    return extended(fields)


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


def the_equilibrium(fields):
    """n on both sides and μ."""
    ((found),) = equilibria(fields, 0, stable_phases(fields)[0])
    assert (found.low, found.high) == (0, 1)
    return *found.number, found.mu


@pytest.mark.parametrize("entropic", [False, True])
def test_boundaries_are_the_common_tangents(entropic):
    fields = both_phases(-0.45 + 0.0005 * np.arange(-300, 301))
    a, b, mu = the_equilibrium(shifted(fields) if entropic else fields)
    expected = common_tangent(entropic)
    assert (a, b) == pytest.approx(expected[:2], abs=1e-4)
    assert mu == pytest.approx(expected[2], abs=1e-5)


def test_phases_that_decay_early_go_on_as_their_fluctuations_say():
    """Without the entropy both phases decay short of the compositions that it makes stable."""
    a, b, mu = common_tangent(True)
    ends = 2.63, 4.55
    assert a > ends[0] + 0.05
    assert b < ends[1] - 0.05
    fields = shifted(both_phases(-0.45 + 0.0005 * np.arange(-300, 301), ends))
    got = the_equilibrium(fields)
    # Susceptibilities are constant here, so that nothing is lost.
    assert got[:2] == pytest.approx((a, b), abs=2e-4)
    assert got[2] == pytest.approx(mu, abs=1e-5)
    # The error does not know, and is half of what N changed by, less for what the entropy stiffens.
    ((found),) = equilibria(fields, 0, stable_phases(fields)[0])
    for n, end, error in zip((a, b), ends, found.stderr[:2], strict=True):
        assert 0.2 * abs(n - end) < error < 0.6 * abs(n - end)
    assert not fields.sampled[0, 0, np.searchsorted(fields.mu, got[2])]


def test_farther_than_fluctuations_are_trusted_composition_is_constant():
    a, b, _ = common_tangent(True)
    far = FARTHER * (VALENCE.n_reduced - VALENCE.n_oxidised)
    ends = a - 1.5 * far, b
    got = the_equilibrium(shifted(both_phases(-0.45 + 0.0005 * np.arange(-300, 301), ends)))
    assert got[0] == pytest.approx(ends[0] + far, abs=0.003)


def test_the_entropy_moves_the_tangent():
    """The test above could not tell otherwise."""
    without, with_it = np.array(common_tangent(False)), np.array(common_tangent(True))
    assert (np.abs(with_it - without) > [0.02, 0.02, 1e-3]).all()


def test_no_states_are_made_up_in_a_hole():
    """A phase that was sampled on both sides of a gap: composition is constant from either end."""
    grid = -0.45 + 0.001 * np.arange(-100, 101)
    low, after = PHASES[0], grid > -0.40
    end = grid[~after][-1]
    # Beyond the gap φ is too high: those states were reached with hysteresis.
    number = np.where(after, 5.5, low.number(grid))
    phi = np.where(after, low.phi(end) - 5.5 * (grid - end) + 0.005, low.phi(grid))
    sampled = np.abs(grid + 0.4) > 0.0015
    got = shifted(fields_of(grid, [phi], [number], [np.where(after, 0, low.chi)], [sampled]))
    last = low.number(grid[sampled & ~after][-1])
    n, chi = got.number[0, 0, 0], got.susceptibility[0, 0, 0]
    assert ((n <= last + 1e-12) | (n == 5.5)).all()
    assert (n == 5.5).any()
    # Where the first part has ended and the second is not yet lower, composition is constant.
    first = stretches(got.sampled[0, 0])[0]
    assert last - low.chi * 0.001 < n[first[-1]] <= last
    held = np.flatnonzero((n == n[first[-1]]) & (chi == 0))
    assert len(held) > 3
    assert held[0] == first[-1] + 1
    slope = np.diff(got.phi[0, 0, 0, held]) / np.diff(got.mu[held])
    np.testing.assert_allclose(slope, -n[first[-1]], rtol=1e-9)

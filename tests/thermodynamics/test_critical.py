"""Critical points and boundaries of states whose equation of state is known."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from navac.sampling.plan import Plan
from navac.thermodynamics import closing, critical_fit
from navac.thermodynamics.closing import closed, critical_points
from navac.thermodynamics.coexistence import Coexistence
from navac.thermodynamics.critical import critical_point, number_errors
from navac.thermodynamics.critical_fit import Points, fit_equation_of_state
from navac.thermodynamics.scaling import THREE, TWO, rounding
from navac.units import BOLTZMANN
from tests.thermodynamics.known import branches_of

T_C, MU_C, CELLS = 526.66, 0.013, 4096
TEMPERATURES = np.arange(440.0, 601, 10)
GRID = MU_C + 0.001 * np.array([-12, -8, -4, -2, -1, 0, 1, 2, 4, 8, 12])


def composition(T, mu, of=TWO):
    """x of the infinite lattice; the coexistence line leans, the diameter too."""
    t = 1 - T_C / T
    h = (mu - MU_C - 1e-6 * (T - T_C)) / (BOLTZMANN * T)
    order, _ = of.state(t, h / 2)
    return 0.5 + 0.05 * t + 0.48 * (1 + 0.3 * t) * order


def points(of=TWO, noise=0.001, seed=0):
    T, mu = (a.ravel() for a in np.meshgrid(TEMPERATURES, GRID, indexing="ij"))
    n, step = composition(T, mu, of), 1e-6
    chi = (composition(T, mu + step, of) - composition(T, mu - step, of)) / (2 * step)
    spread = np.sqrt(np.maximum(chi, 0) * BOLTZMANN * T / CELLS)
    n = n + np.random.default_rng(seed).normal(0, noise, n.shape)
    return Points(T=T, mu=mu, n=n, stderr=np.full(n.shape, noise), spread=spread, side=0 * n)


@pytest.mark.parametrize("of", [TWO, THREE], ids=["plane", "space"])
@pytest.mark.parametrize("guess", [510, 545])
def test_the_critical_point_of_states_around_it(of, guess):
    fit = fit_equation_of_state(points(of), CELLS, guess, of, by_distance=False)
    T, mu = fit.values[:2]
    assert pytest.approx(T_C, abs=3 * fit.temperature_stderr) == T
    assert fit.temperature_stderr < 3
    assert mu == pytest.approx(MU_C, abs=1e-4)
    low, high, at = fit.sides(500.0)
    exact = composition(500.0, MU_C - 1e-6 * (T_C - 500) + np.array([-1e-9, 1e-9]), of)
    error = fit.sides_stderr(500.0)
    np.testing.assert_allclose([low, high], exact, atol=3 * error[:2].max())
    assert at == pytest.approx(MU_C - 1e-6 * (T_C - 500), abs=1e-4)


def test_states_that_the_supercell_rounds_change_nothing():
    """They are left out: at no field, near the critical temperature, n is anything."""
    plain = points()
    near = (np.abs(plain.T - T_C) < 12) & (np.abs(plain.mu - MU_C) < 1e-6)
    assert near.sum() >= 2
    shaken = plain.n.copy()
    shaken[near] = 0.5
    wrong = Points(**vars(plain) | {"n": shaken, "spread": np.where(near, 0.2, plain.spread)})
    one, other = (
        fit_equation_of_state(p, CELLS, 530, TWO, by_distance=False) for p in (plain, wrong)
    )
    assert other.values[0] == pytest.approx(one.values[0], abs=1)


def test_a_straight_region_that_ends_at_once_has_no_critical_point():
    """Two phases of fixed composition, until both melt into a third at 520 K."""
    plain = points()
    side = np.where(plain.mu > MU_C, 0.97, 0.03)
    n = np.where(plain.T < 520, side, 0.5 + 2 * (plain.mu - MU_C))
    of = Points(**vars(plain) | {"n": n, "spread": 0 * n})
    fit = fit_equation_of_state(of, CELLS, 520, TWO, by_distance=False)
    assert fit is None or fit.misfit > 6


def test_too_few_states_are_no_fit():
    few = points()[np.arange(10)]
    assert fit_equation_of_state(few, CELLS, 440, TWO, by_distance=False) is None


def plan():
    return Plan(
        phases=("poor", "rich"), energy=np.zeros(2), number=np.array([0.0, 1.0]),
        occupation=np.zeros((2, 1), np.int8), mu_grid=GRID, branch=np.zeros(0, int),
        mu_index=np.zeros(0, int), temperatures=TEMPERATURES, cooled=0, hot=np.zeros((2, 11)),
        nominal=GRID[[0, -1]],
    )  # fmt: skip


def sampled(noise=0.0, seed=0):
    """Both phases as the equation of state has them, metastable as far as the grid goes."""
    T, mu = np.meshgrid(TEMPERATURES, GRID, indexing="ij")
    stable, at = composition(T, mu), MU_C + 1e-6 * (T - T_C)
    sides = [composition(T, at + sign * 1e-9) for sign in (-1, 1)]
    below = T_C > T
    poor = np.where(below & (mu > at), np.minimum(2 * sides[0] - composition(T, 2 * at - mu), 0.45),
                    stable)  # fmt: skip
    rich = np.where(below & (mu < at), np.maximum(2 * sides[1] - composition(T, 2 * at - mu), 0.55),
                    stable)  # fmt: skip
    number = np.stack([poor, rich])
    number = number + np.random.default_rng(seed).normal(0, noise, number.shape)
    # φ is the integral of −N, equal on both sides at coexistence.
    phi = np.stack([_integral(n, at, side) for n, side in zip(number, sides, strict=True)])
    chi = np.gradient(number, GRID, axis=2)
    return branches_of(phi, number, susceptibility=np.abs(chi) / 50)


def _integral(number, at, side):
    phi = np.empty(number.shape)
    for row in range(len(number)):
        mu = np.sort(np.append(GRID, at[row, 0]))
        n = np.interp(mu, GRID, number[row])
        n[mu == at[row, 0]] = side[row, 0]
        area = np.concatenate([[0], np.cumsum(np.diff(mu) * (n[1:] + n[:-1]) / 2)])
        zero = area[mu == at[row, 0]][0]
        phi[row] = -(area[np.isin(mu, GRID)][: len(GRID)] - zero)
    return phi


def test_a_critical_point_of_branches():
    data = [sampled()] + [sampled(0.001, seed) for seed in range(1, 8)]
    point = critical_point(plan(), data, ("poor", "rich"), 535.0, CELLS, TWO)
    assert point.temperature == pytest.approx(T_C, abs=2 * point.temperature_stderr)
    assert point.temperature_stderr < 8
    assert point.number == pytest.approx(0.5, abs=0.01)
    assert not point.rounded(450.0)
    assert point.rounded(525.0)
    assert not point.rounded(540.0)
    values, stderr = point.coexisting(490.0)
    exact = composition(490.0, MU_C - 1e-6 * (T_C - 490) + np.array([-1e-9, 1e-9]))
    np.testing.assert_allclose(values[:2], exact, atol=3 * stderr[:2].max())
    # another's, too far from where the region ends
    assert critical_point(plan(), data, ("poor", "rich"), 460.0, CELLS, TWO) is None


def test_errors_are_no_smaller_than_slow_relaxation_has_them():
    data = sampled()
    errors = number_errors(plan(), [data, data, data], 100)
    spread = np.sqrt(data.susceptibility * BOLTZMANN * TEMPERATURES[:, None] / 100)
    np.testing.assert_allclose(errors, 0.15 * spread)


NAMES = "poor", "rich"


def sides(T):
    """The exact boundaries and μ."""
    at = MU_C + 1e-6 * (T - T_C)
    return *(float(composition(T, at + sign * 1e-9)) for sign in (-1, 1)), at


def crossings(highest):
    """Crossings of the two phases up to a temperature, off by their errors near its top."""
    found = []
    for step, T in enumerate(TEMPERATURES[highest >= TEMPERATURES]):
        low, high, mu = sides(T)
        off = 0.05 * (T / highest) ** 20
        found.append(Coexistence(
            step=step, left=4, right=6, low="poor", high="rich", mu=mu, n_low=low + off,
            n_high=high - off, stderr=(max(off, 1e-4), max(off, 1e-4), 1e-5),
        ))  # fmt: skip
    return found


@pytest.fixture(scope="module")
def data():
    return [sampled()] + [sampled(0.001, seed) for seed in range(1, 8)]


@pytest.fixture(scope="module")
def critical(data):
    """Of crossings up to 520 K, above which the phases are one."""
    return critical_points(plan(), data, crossings(520.0), {NAMES: 9}, (64, 64, 1))


def test_a_region_of_two_phases_that_become_one_has_a_critical_point(data, critical):
    assert critical[NAMES].temperature == pytest.approx(
        T_C, abs=2 * critical[NAMES].temperature_stderr
    )
    of = plan(), data, crossings(520.0)
    assert critical_points(*of, {}, (64, 64, 1)) == {}
    # a chain has none
    assert critical_points(*of, {NAMES: 9}, (4096, 1, 1)) == {}
    # two temperatures are too few to tell
    assert critical_points(*of, {NAMES: 2}, (64, 64, 1)) == {}


def test_around_a_critical_point_the_equation_of_state_gives_the_boundary(critical):
    """Up to the critical temperature, also where no crossing was found; nothing beyond."""
    steps = [SimpleNamespace(mu=GRID, number=composition(T, GRID)) for T in TEMPERATURES]
    # crossings beyond it, and where the supercell rounds it, whatever their errors say
    wrong = [
        replace(crossings(500.0)[0], step=step, n_low=0.4, n_high=0.6, stderr=(1e-6,) * 3)
        for step in (8, 10)
    ]
    assert critical[NAMES].rounded(TEMPERATURES[8])
    found = closed(plan(), steps, [*crossings(500.0), *wrong], critical)
    below = TEMPERATURES[critical[NAMES].temperature > TEMPERATURES]
    assert [c.step for c in found] == list(range(len(below)))
    assert not found[0].by_equation  # far below, a crossing of small error stays
    assert found[-1].by_equation
    for c in found:
        exact = sides(TEMPERATURES[c.step])
        assert [c.n_low, c.n_high] == pytest.approx(exact[:2], abs=max(3 * max(c.stderr[:2]), 0.01))
        assert c.mu == pytest.approx(exact[2], abs=1e-4)
        assert c.n_low < steps[c.step].number[c.right]
        assert steps[c.step].number[c.left] < c.n_high


def test_a_crossing_below_the_window_of_the_equation_of_state_stays(critical):
    """Even if the supercell is so small that it rounds the boundary there: nothing is better."""
    steps = [SimpleNamespace(mu=GRID, number=composition(T, GRID)) for T in TEMPERATURES]
    point = critical[NAMES]
    small = replace(point, fits=tuple(replace(fit, atoms=1.0) for fit in point.fits))
    outside = 0.9 * point.temperature > TEMPERATURES
    assert all(small.rounded(T) for T in TEMPERATURES[outside])
    found = closed(plan(), steps, crossings(500.0), {NAMES: small})
    assert [c.step for c in found] == list(range(len(found)))
    assert [c.by_equation for c in found] == [not out for out in outside[: len(found)]]


def test_the_covariance_holds_parameters_of_very_different_units():
    """The column of T is 1e7 times smaller than that of μ, squares 1e14; both are known."""
    rng = np.random.default_rng(0)
    one = rng.standard_normal((200, len(critical_fit.SCALE)))
    jacobian = one / np.array([1e3, 1e-4, 1e-6, *np.ones(len(critical_fit.SCALE) - 3)])
    found = np.sqrt(np.diag(critical_fit._covariance(jacobian)))
    known = np.sqrt(np.diag(np.linalg.inv(one.T @ one)))
    np.testing.assert_allclose(found[:3], known[:3] * [1e3, 1e-4, 1e-6], rtol=1e-6)
    assert np.diag(np.linalg.pinv(jacobian.T @ jacobian))[0] < 1e-3 * found[0] ** 2


def test_a_critical_point_is_looked_for_below_the_end_of_a_region():
    """Above it two phases seem to go on; every 3 % down to 20 % a temperature is tried."""
    T = np.arange(400.0, 601, 5)
    found = list(closing._guesses(T, list(range(31))))
    assert found[0] == 552.5
    assert (np.diff(found) < 0).all()
    steps = -np.diff(found) / found[:-1]
    assert (steps > 0.03).all()
    assert (steps < 0.045).all()
    assert found[-1] > 0.8 * found[0]
    assert found[-1] < 0.85 * found[0]


def test_a_supercell_rounds_critical_points_by_a_power_of_its_length():
    assert rounding((32, 32, 1)) == pytest.approx(1 / 32)
    assert rounding((8, 8, 8)) == pytest.approx(8 ** (-1 / 0.63), rel=0.01)
    assert rounding((100, 1, 1)) == 0

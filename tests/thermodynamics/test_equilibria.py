"""Stable phases and their equilibria, on phases that cross where it is known."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial import ConvexHull

from navac.thermodynamics.envelope import envelope
from navac.thermodynamics.equilibria import crossing, equilibria, stable_phases
from navac.thermodynamics.extension import extended
from tests.thermodynamics.known import Phase, branches_of, fields_of
from tests.thermodynamics.plans import plan_of

STEP = 0.002
GRID = STEP * np.arange(-100, 101)
LOW, HIGH = Phase(0.0, 2.0, 3.0), Phase(0.06, 4.0, 1.0)
CROSSING = 1 - np.sqrt(1 - 0.06)
"""φ equal: 0.06 − 2 μ + μ² = 0."""

THREE = Phase(0.0, 4.0), Phase(0.03, 5.0), Phase(0.08, 6.0)
"""They cross at 0.03 and 0.05."""


def stable(fields, phases):
    """The envelope of all phases at the first temperature."""
    plan = plan_of(fields.mu, [0.0] * len(phases), fields.temperature)
    number = np.stack([p.number(fields.mu) for p in phases])[:, None]
    own = np.tile(np.arange(len(phases))[:, None, None], (1, 1, len(fields.mu)))
    data = branches_of(fields.phi[0, :, :1], number, wave_amplitude=0 * number + 0.1 * (1 + own))
    return envelope(plan, data, own, fields, 0, range(len(phases)))


def at_one_temperature(*phases, grid=GRID, errors=(0.0,), **options):
    return fields_of(phases, [300.0], grid, errors=errors, **options)


def the_equilibria(fields):
    return equilibria(fields, 0, stable_phases(fields)[0])


def test_the_stable_phase_is_the_lowest():
    now = stable(at_one_temperature(LOW, HIGH), (LOW, HIGH))
    np.testing.assert_array_equal(now.phase, GRID > CROSSING)
    np.testing.assert_array_equal(
        now.number, np.where(GRID > CROSSING, HIGH.number(GRID), LOW.number(GRID))
    )
    assert (now.phi <= np.minimum(LOW.phi(GRID), HIGH.phi(GRID))).all()
    # the order goes with it
    np.testing.assert_allclose(now.sublattice[:, 0], now.number / 8)
    np.testing.assert_allclose(now.wave_amplitude, np.where(GRID > CROSSING, 0.2, 0.1))


def test_a_phase_that_is_not_known_is_not_stable():
    fields = at_one_temperature(LOW, HIGH)
    fields.phi[0, 1, 0, :150] = np.nan
    assert stable(fields, (LOW, HIGH)).phase.tolist() == [0] * 150 + [1] * 51


def test_a_phase_goes_on_where_it_was_not_sampled_and_the_envelope_says_so():
    fields = at_one_temperature(LOW, HIGH)
    for name in ("phi", "number", "energy", "susceptibility", "omega_variance"):
        getattr(fields, name)[:, 1, :, :150] = np.nan
    fields.sampled[1, :, :150] = False
    now = stable(extended(fields), (LOW, HIGH))
    last = np.flatnonzero(now.phase == 0)[-1]
    assert 110 < last < 150  # in vain beyond the crossing, but not up to where it was sampled
    np.testing.assert_array_equal(now.sampled, (now.phase == 0) | (np.arange(201) >= 150))
    np.testing.assert_allclose(now.number[last + 1 : 150], HIGH.number(GRID[150]))


def test_entropy_is_what_is_left_of_the_grand_potential():
    phases = Phase(0.0, 2.0, 3.0, entropy=1e-4), Phase(0.06, 4.0, 1.0, entropy=3e-4)
    now = stable(at_one_temperature(*phases), phases)
    np.testing.assert_allclose(now.entropy, np.where(now.phase == 1, 3e-4, 1e-4), atol=1e-12)


@pytest.mark.parametrize("coarse", [1, 5, 25])
def test_phases_cross_where_they_do_on_any_grid(coarse):
    """φ between the points of the grid is a cubic with the right slopes."""
    (found,) = the_equilibria(at_one_temperature(LOW, HIGH, grid=GRID[::coarse]))
    assert (found.low, found.high) == (0, 1)
    assert found.mu == pytest.approx(CROSSING, abs=1e-10)
    assert found.number == pytest.approx((LOW.number(CROSSING), HIGH.number(CROSSING)), abs=1e-9)


def test_the_crossing_is_the_common_tangent_of_the_free_energies():
    """F(N) = φ + μN of both phases; the edge of its convex hull that bridges from one to the other
    touches them at the boundaries, and its slope is the chemical potential."""
    points = np.concatenate([
        np.stack([p.number(GRID), p.phi(GRID) + GRID * p.number(GRID)], axis=1)
        for p in (LOW, HIGH)
    ])  # fmt: skip
    hull = ConvexHull(points)
    below = points[hull.simplices[hull.equations[:, 1] < 0]]
    bridge = below[np.ptp(below[..., 0], axis=1).argmax()]
    (n_low, f_low), (n_high, f_high) = bridge[bridge[:, 0].argsort()]
    (found,) = the_equilibria(at_one_temperature(LOW, HIGH))
    assert (f_high - f_low) / (n_high - n_low) == pytest.approx(found.mu, abs=1e-5)
    # The hull touches at points of the grid, χ times a step apart.
    assert n_low == pytest.approx(found.number[0], abs=LOW.chi * STEP)
    assert n_high == pytest.approx(found.number[1], abs=HIGH.chi * STEP)


@pytest.mark.parametrize(("metastable", "tolerance"), [(True, 1e-10), (False, 1e-5)])
def test_phases_whose_composition_bends_cross_where_they_do(metastable, tolerance):
    """N is a parabola in μ, φ a cubic; they cross at 0, between two points of the grid.

    A phase that decays at the transition goes on at constant N, which is off by χ Δμ²/2.
    """
    mu = 0.002 * np.arange(-6, 7) + 0.0007
    fields = at_one_temperature(LOW, HIGH, grid=mu)
    for k, (n, bend) in enumerate(((0.1, 200), (0.9, -200))):
        fields.phi[:, k, 0] = -(n * mu + 2 * mu**2 + bend / 3 * mu**3)
        fields.number[:, k, 0] = n + 4 * mu + bend * mu**2
        fields.susceptibility[:, k, 0] = 4 + 2 * bend * mu
    if not metastable:
        fields.sampled[0, :, mu > 0] = fields.sampled[1, :, mu < 0] = False
        fields = extended(fields)
    (found,) = the_equilibria(fields)
    assert found.mu == pytest.approx(0, abs=tolerance)
    assert found.number == pytest.approx((0.1, 0.9), abs=1e-4 if metastable else 0.007)


@pytest.mark.parametrize("gap", [1, 40])
def test_tangents_of_phases_of_constant_composition_cross_exactly(gap):
    """The same from points far from the crossing: nothing between them is used."""
    phases = Phase(0.0, 2.0), Phase(2 * 0.0313, 4.0)
    fields = at_one_temperature(*phases)
    left = np.searchsorted(GRID, 0.0313) - gap
    fields.sampled[0, :, left:] = False
    fields.sampled[1, :, : left + 2 * gap] = False
    for name in ("phi", "number", "energy", "susceptibility", "omega_variance"):
        values = getattr(fields, name)
        values[:, ~fields.sampled] = np.nan
    (found,) = the_equilibria(extended(fields))
    assert (found.mu, *found.number) == pytest.approx((0.0313, 2, 4), abs=1e-12)


def test_phases_that_do_not_cross_have_no_equilibrium():
    above = replace(HIGH, phi0=2.0)
    fields = at_one_temperature(LOW, above)
    assert stable_phases(fields) == [[0]]
    assert crossing(fields.rows(0), 0, 1) is None
    # nor do those that cross the other way: the second is lower below
    assert crossing(at_one_temperature(HIGH, LOW).rows(0), 0, 1) is None


def test_three_phases_have_two_equilibria_by_rising_composition():
    fields = at_one_temperature(*THREE)
    assert stable_phases(fields) == [[0, 1, 2]]
    found = the_equilibria(fields)
    assert [e.mu for e in found] == pytest.approx([0.03, 0.05], abs=1e-12)
    assert [e.number for e in found] == [pytest.approx((4, 5)), pytest.approx((5, 6))]


def test_a_phase_between_two_points_of_the_grid_is_found():
    """It is stable over 0.0004 eV, the grid has 0.002."""
    middle = replace(THREE[1], phi0=0.04 - 0.0002)
    fields = at_one_temperature(THREE[0], middle, THREE[2], grid=GRID + 0.0009)
    lowest = fields.phi[0, :, 0].argmin(axis=0)
    assert 1 not in lowest
    assert stable_phases(fields) == [[0, 1, 2]]
    assert np.diff([e.mu for e in the_equilibria(fields)])[0] == pytest.approx(0.0004, abs=1e-9)


@pytest.mark.parametrize(("route", "there"), [(1e-5, True), (1e-3, False)])
def test_a_phase_that_is_lower_by_less_than_its_error_is_not_stable(route, there):
    middle = replace(THREE[1], phi0=0.04 - 0.0002)
    fields = fields_of((THREE[0], middle, THREE[2]), [300.0, 310.0], GRID, route=route)
    assert stable_phases(fields) == [[0, 1, 2] if there else [0, 2]] * 2


def test_a_phase_at_a_single_temperature_between_others_is_noise():
    fields = fields_of(THREE, 300.0 + np.arange(5), GRID)
    fields.phi[:, 1, [0, 1, 3, 4]] += 0.05
    assert stable_phases(fields) == [[0, 2]] * 5
    fields.phi[:, 1, 3] -= 0.05
    assert stable_phases(fields) == [[0, 2], [0, 2], [0, 1, 2], [0, 1, 2], [0, 2]]


def test_errors_are_the_spread_of_resamples_and_of_routes():
    """φ off by δ moves the crossing by δ/ΔN, and each side by its own ∂N/∂μ times that."""
    off = 1e-4 * np.random.default_rng(1).standard_normal(2000)
    rise = HIGH.number(CROSSING) - LOW.number(CROSSING)
    (found,) = the_equilibria(at_one_temperature(LOW, HIGH, errors=off))
    of_mu = off.std() / rise
    assert found.stderr == pytest.approx((3 * of_mu, of_mu, of_mu), rel=1e-6)
    # to first order what each resample has itself
    for r in (1, 2):
        moved = at_one_temperature(replace(LOW, phi0=off[r - 1]), HIGH)
        assert found.resampled[r, 2] == pytest.approx(the_equilibria(moved)[0].mu, abs=1e-8)
    (routes,) = the_equilibria(at_one_temperature(LOW, HIGH, route=1e-4))
    assert routes.stderr[2] == pytest.approx(np.sqrt(2) * 1e-4 / rise)


def test_a_phase_that_is_alone_is_stable():
    assert stable_phases(fields_of((LOW,), [300.0, 310.0], GRID)) == [[0]] * 2

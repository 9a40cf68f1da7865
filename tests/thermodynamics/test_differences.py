"""What fluctuations explain of a change from one state to the next, and what tells of a phase."""

import numpy as np
import pytest

from navac.thermodynamics.differences import differences
from navac.thermodynamics.order import Order
from navac.units import BOLTZMANN
from tests.thermodynamics.known import branches_of
from tests.thermodynamics.plans import plan_of

STEP, T = 0.002, 600.0
GRID = STEP * np.arange(-100, 101)
HERE = 100
"""Position of the step from μ = 0 to the next point."""


def in_mu(number, chi=0.0, *, noise=0.0, smallest=0.1, energy=None, cross=0.0):
    """``[μ − 1]`` of one path at one temperature, with N off by ``± noise`` in two resamples."""
    number = np.asarray(number)[None, None]
    energy = 0 * number if energy is None else np.asarray(energy)[None, None]
    # E must not jump by itself: dE/dμ = cov(N, E − μN)/kT + μ ∂N/∂μ
    chi, cross = (np.broadcast_to(v, number.shape) for v in (chi, cross))
    resampled = [
        branches_of(0 * number, number + off, energy=energy, susceptibility=chi, cross=cross)
        for off in (0, noise, -noise)
    ]
    order = Order.of(branches_of(0 * number, 4 + 0 * number), ["a"], 1000)
    plan = plan_of(GRID, [0.0], [T])
    return differences(plan, resampled, order, smallest, 2).in_mu[0, 0]


def leap(by):
    return np.where(GRID > 0, 2.0 + by, 2.0)


@pytest.mark.parametrize("width", [1, 2, 10])
def test_a_steep_curve_is_no_jump_if_its_susceptibility_says_so(width):
    """N rises by two atoms within a few points; only the susceptibility tells it from a jump."""
    w = width * STEP
    number = 4 + np.tanh(GRID / w)
    chi = 1 / w / np.cosh(GRID / w) ** 2
    assert np.diff(number).max() > 0.09
    assert (in_mu(number, chi, smallest=0.08) < 1).all()
    assert (in_mu(number, chi / 10, smallest=0.08) > 1).any()


def test_a_jump_within_its_noise_is_none():
    assert np.flatnonzero(in_mu(leap(0.2)) > 1).tolist() == [HERE]
    # two resamples, off by the noise: a standard deviation of so much at both ends
    assert in_mu(leap(0.2), noise=0.2 / 3 / np.sqrt(2) * 0.99)[HERE] > 1
    assert in_mu(leap(0.2), noise=0.2 / 3 / np.sqrt(2) * 1.01)[HERE] < 1
    assert in_mu(leap(0.2), smallest=0.25)[HERE] < 1


def test_a_jump_is_at_least_twice_what_the_susceptibility_explains():
    """Of which 0.2 atoms are explained: a rise of 0.39 is none, one of 0.41 is."""
    chi = 0.2 / STEP
    assert in_mu(leap(0.39), chi)[HERE] < 1
    assert in_mu(leap(0.41), chi)[HERE] > 1


def test_a_jump_of_the_energy_alone_tells_two_phases_apart():
    """0.06 kB per formula unit, of which a cell has two."""
    heat = 0.06 * 2 * BOLTZMANN * T
    flat = np.full(len(GRID), 2.0)
    assert in_mu(flat, energy=np.where(GRID > 0, 1.01 * heat, 0))[HERE] > 1
    assert in_mu(flat, energy=np.where(GRID > 0, 0.99 * heat, 0))[HERE] < 1
    # which the covariance may explain
    cross = BOLTZMANN * T * heat / STEP
    assert in_mu(flat, energy=np.where(GRID > 0, 1.01 * heat, 0), cross=cross)[HERE] < 1


def in_T(number, omega, cross, variance):
    """``[T − 1]`` at μ = 0 of one path."""
    temperatures = np.array([600.0, 610.0])
    column = [np.reshape(v, (1, 2, 1)) for v in (number, omega, cross, variance)]
    data = branches_of(
        0 * column[0], column[0], energy=column[1], cross=column[2], omega_variance=column[3]
    )
    order = Order.of(branches_of(0 * column[0], 4 + 0 * column[0]), ["a"], 1000)
    plan = plan_of(np.zeros(1), [0.0], temperatures)
    return differences(plan, [data] * 3, order, 0.1, 2).in_T[0, 0, 0]


def test_from_a_temperature_to_the_next_n_and_e_change_as_fluctuations_say():
    """dN/dT = cov(N, E − μN)/kT², dE/dT = var/kT² at μ = 0."""
    T1, T2 = 600.0, 610.0
    per_K = BOLTZMANN * np.array([T1, T2]) ** 2
    still = np.zeros(2)
    rise = np.array([2.0, 2.4])
    assert in_T(rise, still, still, still) > 1
    assert in_T(rise, still, 0.04 * per_K, still) < 1
    heat = np.array([0.0, 0.1])
    assert in_T(2 + still, heat, still, still) > 1
    assert in_T(2 + still, heat, still, 0.01 * per_K) < 1


def test_paths_at_the_same_conditions_are_apart_by_half_the_smallest_jump():
    number = np.array([2.0, 2.04, 2.06])[:, None, None]
    data = branches_of(0 * number, number)
    order = Order.of(branches_of(0 * number, 4 + 0 * number), ["a"], 1000)
    plan = plan_of(np.zeros(1), [0.0] * 3, [T])
    across = differences(plan, [data] * 3, order, 0.1, 2).across[..., 0, 0]
    np.testing.assert_allclose(across, across.T)
    assert across[0, 1] == pytest.approx(0.8)
    assert across[0, 2] == pytest.approx(1.2)
    assert (np.diag(across) == 0).all()

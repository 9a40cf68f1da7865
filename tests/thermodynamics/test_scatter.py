"""Scatter about a surface, and by how much it is more than resamples say."""

import numpy as np
import pytest

from navac.thermodynamics.scatter import LARGEST, POOLED, Excess, by_temperature, of_paths, ratio

PATHS, STATES, TRIALS = 40, 6, 400
PATH = np.column_stack([np.zeros(PATHS * STATES, int), np.repeat(np.arange(PATHS), STATES)])
EQUAL = np.ones(PATHS * STATES)


def noisy(of_path, *, seed=0, of_state=0.0, smooth=1):
    """``[state, trial]`` noise that all states of a path share, and noise of each state.

    Args:
        smooth: neighbouring paths of which the noise is averaged.
    """
    rng = np.random.default_rng(seed)
    shared = rng.standard_normal((PATHS + smooth - 1, TRIALS))
    shared = sum(shared[k : k + PATHS] for k in range(smooth)) / np.sqrt(smooth)
    single = rng.standard_normal((PATHS * STATES, TRIALS))
    return of_path * np.repeat(shared, STATES, axis=0) + of_state * single


@pytest.mark.parametrize(("smooth", "low", "high"), [(1, 0.93, 1.05), (3, 0.8, 1.0)])
def test_paths_are_the_observations(smooth, low, high):
    """The error of the mean, also, but for a sixth, where noise is that of three neighbours."""
    off = noisy(1.0, of_state=0.5, smooth=smooth)
    true = off.mean(axis=0).std()
    found = np.sqrt((of_paths(off, EQUAL, PATH) ** 2).mean())
    assert low < found / true < high


def test_states_of_a_path_are_no_observations_of_their_own():
    """Taken for independent, they would make the error less than half of what it is."""
    off = noisy(1.0, of_state=0.5)
    alone = np.column_stack([0 * PATH[:, 0], 10 * np.arange(len(PATH))])
    wrong = np.sqrt((of_paths(off, EQUAL, alone) ** 2).mean())
    assert wrong < 0.5 * off.mean(axis=0).std()


def test_what_is_weighted_less_counts_less():
    off = noisy(1.0)
    weight = np.where(PATH[:, 1] < 10, 1.0, 1e-9)
    few = of_paths(off, weight, PATH)
    assert np.sqrt((few**2).mean()) == pytest.approx(1 / np.sqrt(10), rel=0.12)


def test_a_common_shift_is_no_scatter():
    np.testing.assert_allclose(of_paths(np.full((len(PATH), 2), 3.0), EQUAL, PATH), 0, atol=1e-12)


def test_one_path_tells_nothing():
    np.testing.assert_array_equal(of_paths(np.ones((STATES, 2)), EQUAL[:STATES], PATH[:STATES]), 0)


def scattered(times, *, resamples=30, seed=1):
    """``[state, 1 + resample]`` at 20 temperatures; what is seen is ``times[T]`` too much."""
    rng = np.random.default_rng(seed)
    changes = rng.standard_normal((20 * 50, resamples))
    seen = np.repeat(times, 50) * rng.standard_normal(20 * 50)
    return np.column_stack([seen, seen[:, None] + changes]), np.repeat(300.0 + np.arange(20), 50)


def test_the_excess_is_the_ratio_to_what_resamples_have():
    found = by_temperature(*scattered(np.full(20, 2.0)))
    np.testing.assert_allclose(found, 2.0, rtol=0.15)


def test_the_excess_is_that_of_temperatures_nearby():
    """In the cold alone states relax slowly."""
    off, T = scattered(np.where(np.arange(20) < 10, 4.0, 1.0))
    found = by_temperature(off, T)
    np.testing.assert_allclose(found[: 10 - POOLED], 4.0, rtol=0.15)
    np.testing.assert_allclose(found[10 + POOLED :], 1.0, atol=0.15)
    excess = Excess(temperature=np.unique(T), number=found, energy=1 + 0 * found)
    number, energy = excess.at(np.array([250.0, 301.5, 400.0]))
    assert number[0] == found[0]
    assert number[1] == pytest.approx((found[1] + found[2]) / 2)
    assert (energy == 1).all()


def test_without_resamples_there_is_no_excess():
    np.testing.assert_array_equal(by_temperature(np.ones((4, 1)), np.arange(4.0)), 1)


@pytest.mark.parametrize(
    ("seen", "expected", "found"),
    [(0.25, 1.0, 1.0), (4.0, 1.0, 2.0), (1e8, 1.0, LARGEST), (1.0, 0.0, 1.0)],
)
def test_errors_are_never_less_and_never_beyond_reason(seen, expected, found):
    assert ratio(np.array(seen), np.array(expected)) == found

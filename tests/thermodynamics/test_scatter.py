"""Scatter about a surface, and by how much it is more than resamples say."""

import numpy as np
import pytest

from navac.thermodynamics.scatter import LARGEST, excess, of_paths, of_states

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


def test_the_excess_is_the_ratio_to_what_resamples_have():
    resampled = np.random.default_rng(1).standard_normal((5000, 30))
    assert excess(2.0, of_states(resampled)) == pytest.approx(2.0, rel=0.02)


@pytest.mark.parametrize(
    ("seen", "resampled", "expected"),
    [(0.5, [1.0, 1.0], 1.0), (1e4, [1.0, 1.0], LARGEST), (1.0, [0.0, 0.0], 1.0), (1.0, [], 1.0)],
)
def test_errors_are_never_less_and_never_beyond_reason(seen, resampled, expected):
    assert excess(seen, np.array(resampled)) == expected

"""Lines through boundary values that have errors."""

import numpy as np
import pytest

from navac.figures.data import Region
from navac.figures.smooth import LEAST, smooth, smoothest

T = np.arange(300.0, 501.0, 10.0)


def roughness(x):
    return np.square(np.diff(x, 2)).sum()


def region(low, high, stderr, **ends):
    return Region(
        phases=("a", "b"), dome=np.column_stack([T, low, high]),
        stderr=np.full((len(T), 2), stderr), critical=(np.nan,) * 3, **ends,
    )  # fmt: skip


def test_teeth_within_errors_are_taken_off_and_no_value_is_left_by_more_than_its_error():
    straight = 1 + 1e-3 * (T - 300)
    noise = 0.01 * np.random.default_rng(1).normal(size=len(T))
    line = smoothest(T, straight + noise, np.full(len(T), 0.02))
    assert np.abs(line - straight - noise).max() <= 0.02 + 1e-9
    assert roughness(line) < 1e-3 * roughness(noise)
    assert np.abs(line - straight).max() < np.abs(noise).max()


def test_where_errors_are_small_the_line_goes_through_the_values():
    x = 1 + 0.1 * np.sin(T / 20)
    stderr = np.full(len(T), 1e-9)
    np.testing.assert_allclose(smoothest(T, x, stderr), x, atol=2 * LEAST)
    stderr[10] = 0.05
    line = smoothest(T, x, stderr)
    np.testing.assert_allclose(np.delete(line - x, 10), 0, atol=2 * LEAST)
    assert 5e-4 < abs(line[10] - x[10]) <= 0.05


def test_errors_that_are_alike_at_all_temperatures_do_not_straighten_a_line():
    """A curve without teeth stays, whatever its error."""
    x = 1 + 0.1 * ((T - 300) / 200) ** 2
    line = smoothest(T, x, np.full(len(T), 0.5))
    assert np.abs(line - x).max() < 0.002
    assert roughness(line) > 0.5 * roughness(x)


@pytest.mark.parametrize(("kind", "stays"), [("invariant", True), ("sampled", False)])
def test_lines_meet_at_the_points_of_a_diagram(kind, stays):
    low = 1 + 0.02 * np.random.default_rng(2).normal(size=len(T))
    given = region(low, low + 1, 0.02, begins_in=kind, ends_in=kind)
    drawn = smooth(given)
    for at in (0, -1):
        off = np.abs(drawn.dome[at, 1:] - given.dome[at, 1:])
        assert (off <= 2 * LEAST).all() if stays else (off > 1e-4).all()


def test_sides_do_not_cross():
    rng = np.random.default_rng(3)
    low, high = (1 + 0.02 * rng.normal(size=len(T)) for _ in range(2))
    low, high = np.minimum(low, high), np.maximum(low, high)
    drawn = smooth(region(low, high, 0.1))
    assert (drawn.dome[:, 1] <= drawn.dome[:, 2]).all()


def test_an_end_at_a_sampled_temperature_stays_as_it_is():
    given = region(T / 100, T / 50, 0.01, ends_in="invariant")
    given.dome[-1, 0] = given.dome[-2, 0]
    drawn = smooth(given)
    np.testing.assert_array_equal(drawn.dome[-1], given.dome[-1])
    assert np.isfinite(drawn.dome).all()


def test_two_values_are_a_line():
    x = np.array([1.0, 2.0])
    np.testing.assert_array_equal(smoothest(T[:2], x, x), x)

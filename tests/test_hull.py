"""Hulls over several composition axes: against the chain of one axis, and by hand."""

import numpy as np
import pytest

from navac.hull import compare_hulls, lower_hull, mixture_hull


def test_one_axis_as_the_chain():
    rng = np.random.default_rng(0)
    x = rng.integers(0, 13, 80) / 12
    energy = rng.normal(size=80) - 4 * x * (1 - x)
    chain, hull = lower_hull(x, energy, 1), mixture_hull(x[:, None], energy)
    assert set(hull.index) == set(chain.index)
    np.testing.assert_allclose(hull.above(x[:, None], energy), chain.above(x, energy), atol=1e-9)


TRIANGLE = np.array([[0, 0], [1, 0], [0, 1], [0.5, 0], [1 / 3, 1 / 3], [0.25, 0.25]])


def test_decomposition_by_hand():
    energy = np.array([0.0, 0.0, 0.0, -0.6, 0.2, 0.1])
    hull = mixture_hull(TRIANGLE, energy)
    assert hull.index.tolist() == [0, 1, 2, 3]
    # A third each: two thirds of the compound and one third of the third species.
    assert hull.products(TRIANGLE[4]) == pytest.approx({2: 1 / 3, 3: 2 / 3})
    above = hull.above(TRIANGLE, energy)
    np.testing.assert_allclose(above[:4], 0, atol=1e-12)
    assert above[4] == pytest.approx(0.2 + 0.4)
    assert above[5] == pytest.approx(0.1 + 0.3)


def test_what_lies_outside_has_no_distance():
    hull = mixture_hull(TRIANGLE[:2], np.zeros(2))
    assert np.isnan(hull.above(TRIANGLE[2:3], np.zeros(1))).all()
    assert hull.products(TRIANGLE[2]) == {}


def test_points_between_others_and_equal_ones_are_no_ground_states():
    points = np.array([[0.0], [1.0], [0.5], [0.5], [0.0]])
    hull = mixture_hull(points, np.array([0.0, 0.0, 0.0, -1.0, 0.0]))
    assert sorted(hull.index) == [0, 1, 3]


def test_a_model_beside_its_data():
    """A compound that the model loses, and one that it makes up."""
    data = np.array([0.0, 0.0, 0.0, -0.6, 0.2, np.nan])
    model = np.array([0.0, 0.0, 0.0, 0.1, 0.2, -0.3])
    check = compare_hulls(TRIANGLE, data, model)
    assert check.kept.tolist() == [0, 1, 2]
    assert check.lost.tolist() == [3]
    assert check.lost_by == pytest.approx([0.1])
    assert check.spurious.tolist() == [5]
    assert check.spurious_by[0] > 0.29

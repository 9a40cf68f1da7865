"""Sums without rounding, against rational numbers."""

from fractions import Fraction

import numpy as np
import pytest

from navac.sampling.exact import add_at, mean_of, plus, sum_of, times


@pytest.fixture(params=[1.0, 1e-6, 3e5], ids=str)
def numbers(request):
    """``[number, series]`` of both signs, whose sums round."""
    values = np.random.default_rng(1).standard_normal((60, 50))
    return request.param * (values + np.linspace(-3, 3, 50))


def rational(values):
    """``[series]`` exact sums."""
    return [sum(map(Fraction, column)) for column in values.T.tolist()]


def test_sums_are_exact_and_nearest_first(numbers):
    total = 0 * numbers[0], 0 * numbers[0]
    for value in numbers:
        total = plus(total, value)
    exact = rational(numbers)
    assert [Fraction(h) + Fraction(r) for h, r in zip(*total, strict=True)] == exact
    assert total[0].tolist() == [float(e) for e in exact]
    # Rounded sums are not those: the comparison could fail.
    assert (sum(numbers) != total[0]).sum() > 10
    assert (numbers[::2].sum(axis=0) + numbers[1::2].sum(axis=0) != numbers.sum(axis=0)).any()


def test_products_are_exact(numbers):
    for count in (1, 3, 40, 2**26 - 1):
        high, low = times(numbers, count)
        for found in zip(numbers.flat, high.flat, low.flat, strict=True):
            value, *parts = map(Fraction, found)
            assert sum(parts) == value * count


@pytest.mark.parametrize("count", [1, 2, 3, 7, 10, 60])
def test_means_are_rounded_once_and_keep_the_sum(numbers, count):
    total = add_at(None, (numbers[:count], 0 * numbers[:count]), np.zeros(count, int))
    mean, remainder = mean_of((total[0][0], total[1][0]), count)
    assert mean.tolist() == [float(s) / count for s in rational(numbers[:count])]
    again = sum_of(mean, remainder, count)
    np.testing.assert_array_equal(again, (total[0][0], total[1][0]))


@pytest.mark.parametrize("chain", [(60,), (2, 60), (3, 6, 30, 60), (5, 10, 20, 60), (4, 12, 60)])
def test_the_way_to_a_mean_does_not_matter(numbers, chain):
    """Blocks of blocks, each written as a mean and a remainder."""
    means, remainders, before = numbers, 0 * numbers, 1
    for length in chain:
        ratio = length // before
        parts = sum_of(means, remainders, before)
        place = np.arange(len(means)) // ratio
        high, low = add_at(None, parts, place)
        means, remainders = mean_of((high[: len(means) // ratio], low[: len(means) // ratio]),
                                    length)  # fmt: skip
        before = length
    straight = add_at(None, (numbers, 0 * numbers), np.zeros(60, int))
    expected = mean_of((straight[0][:1], straight[1][:1]), 60)
    np.testing.assert_array_equal((means, remainders), expected)

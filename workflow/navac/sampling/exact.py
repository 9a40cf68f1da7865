"""Sums of floating-point numbers without rounding: how they are grouped does not matter.

A sum is a pair of arrays, the double nearest to it and the remainder. Additions are those of
Dekker (Numer. Math. 18, 224 (1971)). They are exact as long as the bits of all numbers of a sum
span less than twice the 53 of a double, which block averages of one quantity do.
"""

from __future__ import annotations

import numpy as np

Sum = tuple[np.ndarray, np.ndarray]

_SPLIT = 2.0**27 + 1


def two_sum(a: np.ndarray, b: np.ndarray) -> Sum:
    """a + b."""
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)


def plus(total: Sum, value: np.ndarray) -> Sum:
    """A sum with one number more."""
    high, rest = two_sum(total[0], value)
    return two_sum(high, total[1] + rest)


def times(value: np.ndarray, count: int) -> Sum:
    """``value`` × ``count``, a whole number below 2²⁶."""
    scaled = value * _SPLIT
    high = scaled - (scaled - value)
    return two_sum(high * count, (value - high) * count)


def mean_of(total: Sum, count: int) -> Sum:
    """The mean of ``count`` numbers from their sum, and what the sum is beyond mean × count."""
    mean = total[0] / count
    product = times(mean, count)
    high, low = plus(plus(total, -product[0]), -product[1])
    return mean, high + low


def sum_of(mean: np.ndarray, remainder: np.ndarray, count: int) -> Sum:
    """Inverse of :func:`mean_of`."""
    return plus(times(mean, count), remainder)


def add_at(totals: Sum | None, parts: Sum, place: np.ndarray) -> Sum:
    """Add ``parts[part, …]`` to ``totals[place[part], …]``; None is 0, in as many places."""
    high, low = totals or (np.zeros_like(parts[0]), np.zeros_like(parts[0]))
    for k, at in enumerate(place):
        total = plus((high[at], low[at]), parts[0][k])
        high[at], low[at] = plus(total, parts[1][k])
    return high, low

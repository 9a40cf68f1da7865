"""Arithmetic on bit planes against integers."""

from itertools import pairwise

import numpy as np
import pytest

from navac.montecarlo.model import Environment
from navac.montecarlo.planes import (
    ONE,
    ZERO,
    ArrayGates,
    Plane,
    add,
    compress,
    count,
    field,
    less,
    signed_powers,
)

GATES = ArrayGates()
LANES = 32 * 7
RNG = np.random.default_rng(0)


def planes_of(numbers, digits):
    """Planes of integers ``[lane]`` in two's complement, every second one stored inverted."""
    bits = np.asarray(numbers)[None] >> np.arange(digits)[:, None] & 1
    words = (bits.reshape(digits, -1, 32) << np.arange(32)).sum(-1).astype(np.uint32)
    return [Plane(~w, True) if k % 2 else Plane(w) for k, w in enumerate(words)]


def numbers_of(planes, *, signed=True):
    """Integers ``[lane]`` of planes."""
    words = np.array([np.broadcast_to(GATES.word(p), LANES // 32) for p in planes], np.uint32)
    bits = (words[..., None] >> np.arange(32, dtype=np.uint32) & 1).reshape(len(planes), -1)
    weights = 2 ** np.arange(len(planes), dtype=np.int64)
    if signed:
        weights[-1] *= -1
    return weights @ bits.astype(np.int64)


@pytest.mark.parametrize("carry", [ZERO, ONE])
def test_sums(carry):
    a, b = RNG.integers(-200, 200, LANES), RNG.integers(0, 64, LANES)
    total = add(GATES, planes_of(a, 10), planes_of(b, 6), carry)
    assert (numbers_of(total) == a + b + carry.inverted).all()


@pytest.mark.parametrize("more", [0, 1])
def test_comparisons_at_the_ends_of_the_range_and_between(more):
    ends = np.array([-32, -31, -1, 0, 1, 30, 31])
    a, b = (x.ravel() for x in np.meshgrid(ends, ends))
    a, b = np.resize(a, LANES), np.resize(b, LANES)
    found = less(GATES, planes_of(a, 6), planes_of(b, 6), ONE if more else ZERO)
    assert (numbers_of([found], signed=False) == (a < b + more)).all()


@pytest.mark.parametrize("n", [0, 1, 2, 3, 7, 12])
def test_counting(n):
    bits = RNG.integers(0, 2, (n, LANES))
    found = count(GATES, [planes_of(b, 1)[0] for b in bits])
    assert len(found) == n.bit_length() + (n == 0)
    assert (numbers_of(found, signed=False) == bits.sum(axis=0)).all()


def test_constants_cost_no_gates():
    a = planes_of(RNG.integers(0, 2, LANES), 1)[0]
    assert GATES.xor(a, ONE) == ~a
    assert GATES.both(a, ONE) == a
    assert GATES.both(ZERO, a) == ZERO
    assert GATES.majority(ONE, a, ZERO) == a
    assert compress(GATES, [[ONE, ONE], []]) == [ZERO, ONE]


@pytest.mark.parametrize("number", [0, 1, 3, 7, -7, 1234567, -(2**23), 2**23 - 1])
def test_signed_powers_are_the_number_and_no_two_are_adjacent(number):
    powers = signed_powers(number)
    assert sum(sign * 2**k for k, sign in powers) == number
    assert all(b - a > 1 for (a, _), (b, _) in pairwise(powers))


def test_a_field_of_pairs_triplets_and_quadruplets():
    terms = []
    for order, clusters in ((1, 13), (2, 9), (3, 4)):
        sites = [tuple(map(int, RNG.choice(15, order, replace=False))) for _ in range(clusters)]
        terms.append((int(RNG.integers(-5000, 5000)), tuple(sites)))
    environment = Environment(-777, tuple(terms), 15)
    occupied = RNG.integers(0, 2, (15, LANES))
    sigma = 1 - 2 * occupied
    expected = environment.point + sum(
        eci * sum(np.prod(sigma[list(c)], axis=0) for c in clusters) for eci, clusters in terms
    )
    found = field(GATES, environment, [planes_of(o, 1)[0] for o in occupied], 20)
    assert (numbers_of(found) == expected).all()


def test_a_field_without_interactions_is_its_point_interaction():
    found = field(GATES, Environment(-5, (), 0), [], 8)
    assert (numbers_of(found) == -5).all()

"""Thresholds accept with the probability that the rule demands."""

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import binom

from navac.montecarlo import acceptance
from navac.montecarlo.acceptance import DIGITS, RULES, largest_threshold, threshold

LARGEST = largest_threshold(DIGITS)

WORDS = np.random.default_rng(5).integers(0, 2**32, 10**6, dtype=np.uint32)
QUANTA = 1e5
"""kT/2."""


def limits(rule, *, half_mu=0.0, half_kt=QUANTA, first=True, words=WORDS):
    flags = jnp.full(words.shape, first)
    found = threshold(jnp.asarray(words), np.float32(half_mu), np.float32(half_kt), flags, rule)
    return np.asarray(found, np.int64)


def test_the_logarithm_over_its_whole_range():
    numbers = np.unique(np.concatenate([
        np.arange(1, 2001, 2), 2 ** np.arange(31), 2 ** np.arange(1, 31) - 1,
        np.random.default_rng(0).integers(1, 2**31, 20000), [2**31 - 1],
    ]))  # fmt: skip
    found = np.asarray(acceptance._minus_log(jnp.asarray(numbers, jnp.int32)), float)
    exact = 31 * np.log(2) - np.log(numbers)
    assert (np.abs(found - exact) < 2e-7 + 1e-7 * exact).all()
    assert (found >= 0).all()


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("mu", [-0.7, 0.0, 1.3])
def test_as_many_flips_as_the_rule_says(rule, first, mu):
    """mu in units of kT: taking an atom away costs it, bringing one gains it."""
    found = limits(rule, half_mu=mu * QUANTA, first=first)
    for cost in (-8.0, -1.0, -0.1, 0.0, 0.1, 1.0, 4.0, 8.0):
        change = cost + (mu if first else -mu)
        odds = np.exp(-change)
        p = min(1.0, odds) if rule == "metropolis" else odds / (1 + odds)
        flips = np.count_nonzero(cost * QUANTA <= found)
        low, high = binom.ppf([1e-4, 1 - 1e-4], len(WORDS), p)
        assert low <= flips <= high, (cost, p)


@pytest.mark.parametrize("rule", RULES)
def test_no_temperature(rule):
    """A flip is accepted if it gains energy and μN together, and refused if it costs any."""
    found = limits(rule, half_mu=-1000.0, half_kt=0.0)
    assert (found == 1000).all()
    assert (limits(rule, half_mu=-1000.0, half_kt=0.0, first=False) == -1000).all()


def test_infinite_temperature():
    hot = float(np.finfo(np.float32).max) / 64
    assert np.mean(limits("metropolis", half_kt=hot) == LARGEST) > 1 - 1e-5
    bath = limits("heat_bath", half_kt=hot)
    assert np.mean(bath == LARGEST) == pytest.approx(0.5, abs=0.002)
    assert np.mean(bath == -LARGEST) == pytest.approx(0.5, abs=0.002)


@pytest.mark.parametrize("half_mu", [-1e12, 1e12])
def test_a_chemical_potential_beyond_every_energy(half_mu):
    assert (limits("metropolis", half_mu=half_mu) == -np.sign(half_mu) * LARGEST).all()


def test_flips_of_a_hundred_millionth_are_as_rare_as_that():
    """The least random numbers give the largest thresholds: 2 of 2³¹ words reach 20.8 kT."""
    words = np.arange(2000, dtype=np.uint32)
    found = limits("metropolis", words=words) / QUANTA
    u = (words >> 1 | 1) / 2**31
    assert np.abs(found + np.log(u)).max() < 2e-5

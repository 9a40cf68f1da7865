"""Bit planes make the flips of the byte kernel, one by one."""

import numpy as np
import pytest

from navac.crystal.supercell import Supercell
from navac.montecarlo import sampler as samplers
from navac.montecarlo.model import lattice_model
from navac.montecarlo.random import path_keys
from navac.montecarlo.sampler import Sampler, SamplingError


def both(expansion, lengths, replicas, *, rule="metropolis", sweeps=4, T=None, mu=None, blocks=2):
    """What the two kernels make of the same start."""
    model = lattice_model(expansion, Supercell.diagonal(*lengths))
    rng = np.random.default_rng(1)
    start = rng.integers(0, 2, (model.n_sites, replicas)).astype(np.int8)
    T = np.linspace(30, 2500, replicas) if T is None else T
    mu = rng.permutation(np.linspace(-0.9, 1.2, replicas)) if mu is None else mu
    made = rng.integers(0, 1000, replicas)
    keys = path_keys(3, np.arange(replicas))
    results = {}
    for kernel in samplers.KERNELS:
        sampler = Sampler(model, replicas=replicas, rule=rule, blocks=blocks, kernel=kernel)
        results[kernel] = sampler.run(start, T, mu, keys, made, 1, sweeps)
    return start, results


def assert_same(start, results):
    (state, averages), (other, expected) = results["planes"], results["bytes"]
    assert (state == other).all()
    assert (state != start).any()
    for name, values in vars(expected).items():
        assert (getattr(averages, name) == values).all(), name
    assert (averages.discrepancy == 0).all()


@pytest.mark.parametrize(
    ("published", "rule"), [("sodium_poor", "metropolis"), ("sodium_rich", "heat_bath")]
)
def test_a_million_flips(request, published, rule):
    start, results = both(request.getfixturevalue(published), (8, 8, 8), 64, rule=rule)
    assert start.size * 9 > 10**6
    assert_same(start, results)


@pytest.mark.parametrize(
    ("lengths", "replicas"),
    [((5, 5, 5), 100), ((6, 6, 6), 70), ((4, 4, 16), 7), ((4, 4, 64), 2)],
    ids=["odd lengths", "words that are not full", "4 parts in a word", "32"],
)
def test_rows_of_every_kind(sodium_poor, lengths, replicas):
    """Few replicas share a word with parts of the supercell, whose margins are rotated."""
    assert_same(*both(sodium_poor, lengths, replicas))


@pytest.mark.parametrize(
    ("lengths", "replicas", "bundle"), [((4, 8, 8), 64, 4), ((8, 8, 32), 8, 2)]
)
def test_rows_that_share_vectors(sodium_poor, lengths, replicas, bundle):
    """Rows shorter than a vector are tried several at once."""
    model = lattice_model(sodium_poor, Supercell.diagonal(*lengths))
    assert Sampler(model, replicas=replicas).kernel.shape.bundle == bundle
    assert_same(*both(sodium_poor, lengths, replicas, sweeps=1))


def test_long_vectors_and_their_margins(sodium_poor):
    """512 replicas on a core: rows of several vectors of 16 words."""
    assert_same(*both(sodium_poor, (4, 4, 4), 1024, sweeps=1))


@pytest.mark.parametrize(("rule", "at_infinity"), [("metropolis", 1.0), ("heat_bath", 0.5)])
def test_extreme_conditions(sodium_poor, rule, at_infinity):
    """No temperature, any, and μ beyond all energies, side by side."""
    T = np.array([1e-9, 1e30, 800.0, 800.0])
    mu = np.array([-0.3, -0.3, 50.0, -50.0])
    start, results = both(sodium_poor, (4, 4, 4), 4, rule=rule, T=T, mu=mu)
    assert_same(start, results)
    state, averages = results["planes"]
    assert averages.acceptance[:, 1].mean() == pytest.approx(at_infinity, abs=0.02)
    assert (state[:, 2] == 0).all()
    assert (state[:, 3] == 1).all()


def test_machines_without_avx512_make_the_same_flips(sodium_poor, monkeypatch):
    model = lattice_model(sodium_poor, Supercell.diagonal(4, 4, 4))
    start = np.random.default_rng(2).integers(0, 2, (model.n_sites, 64)).astype(np.int8)
    args = np.full(64, 900.0), np.full(64, -0.45), path_keys(1, np.arange(64)), 0, 2, 3
    expected, _ = Sampler(model, replicas=64, blocks=2).run(start, *args)
    monkeypatch.setattr(samplers, "has_ternary_logic", lambda: False)
    found, averages = Sampler(model, replicas=64, blocks=2).run(start, *args)
    assert (found == expected).all()
    assert (averages.discrepancy == 0).all()


def test_unknown_kernel(one_cell):
    model = lattice_model(one_cell, Supercell.diagonal(2, 1, 1))
    with pytest.raises(SamplingError, match="kernel 'nibbles' is not one of"):
        Sampler(model, replicas=2, kernel="nibbles")

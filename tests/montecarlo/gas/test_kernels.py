"""Bit planes make the moves of the byte kernel, one by one, whatever the layout."""

from dataclasses import replace

import numpy as np
import pytest

from navac.crystal.supercell import Supercell
from navac.montecarlo.gas import sampler as samplers
from navac.montecarlo.gas.model import gas_model
from navac.montecarlo.gas.moves import Coupled, Ensemble, Flips, Swaps
from navac.montecarlo.gas.sampler import GasSampler
from navac.montecarlo.random import path_keys
from tests.expansion.test_species import random_expansion
from tests.montecarlo.gas.models import ring, two_rings

A, B = (0,), (1,)
MOVES = (
    Flips(A, ((0, 1), (2, 0))), Flips(B, ((0, 1),)), Swaps(A), Swaps(B),
    Coupled(B, A, (((1, 0), (0, 2)),)),
)  # fmt: skip


def chain_along_third_axis(expansion):
    """The same interactions along the axis that rows are cut along."""
    orbits = tuple(
        replace(o, clusters=tuple(tuple((s, c, b, a) for s, a, b, c in own) for own in o.clusters))
        for o in expansion.orbits
    )
    return replace(expansion, orbits=orbits)


def run(expansion, lengths, replicas, moves=MOVES, groups=(A, B), *, kernel=None, sweeps=3, **kw):
    ensemble = Ensemble(tuple(moves), groups)
    model = gas_model(expansion, Supercell.diagonal(*lengths), ensemble)
    rng = np.random.default_rng(1)
    start = np.concatenate([rng.integers(0, n, (model.supercell.size, replicas))
                            for n in model.sizes]).astype(np.int8)  # fmt: skip
    sampler = GasSampler(model, ensemble, replicas=replicas, blocks=2, kernel=kernel, **kw)
    T = np.linspace(100, 3000, replicas)
    mu = rng.normal(size=(replicas, len(groups), max(model.sizes))) * 0.1
    made = rng.integers(0, 1000, replicas)
    found = sampler.run(start, T, mu, path_keys(3, np.arange(replicas)), made, 1, sweeps)
    return start, found, sampler


def assert_same(one, other):
    (start, (state, averages), _), (_, (expected, known), _) = one, other
    assert (state == expected).all()
    assert (state != start).any()
    for name, values in vars(known).items():
        assert np.array_equal(getattr(averages, name), values, equal_nan=True), name
    assert (averages.discrepancy == 0).all()


@pytest.mark.parametrize(("rule", "replicas"), [("metropolis", 100), ("heat_bath", 64)])
def test_planes_are_bytes(rule, replicas):
    args = two_rings(), (12, 1, 1), replicas
    assert_same(run(*args, rule=rule), run(*args, kernel="bytes", rule=rule))


@pytest.mark.parametrize(("replicas", "parts"), [(4, 8), (16, 4), (256, 2), (1024, 1)])
def test_rows_of_every_kind(replicas, parts):
    """Parts in rows and in words: swaps join sites of different parts."""
    args = chain_along_third_axis(two_rings()), (1, 1, 64), replicas
    one = run(*args)
    assert one[2].places.parts >= parts
    other = run(*args, kernel="bytes")
    assert other[2].places.parts == 1
    assert_same(one, other)


def test_a_million_moves_of_a_crystal():
    """Two sublattices of a rock salt with four and two species."""
    _, _, expansion = random_expansion("salt")
    moves = (Flips(A, ((0, 1), (0, 2), (0, 3), (2, 3))), Flips(B, ((0, 1),)), Swaps(A))
    args = expansion, (6, 6, 6), 64, moves
    one, other = run(*args, sweeps=12), run(*args, kernel="bytes", sweeps=12)
    assert one[1][1].tried.sum() * 12 > 1e6
    assert_same(one, other)


def test_machines_without_avx512(monkeypatch):
    args = two_rings(), (12, 1, 1), 64
    expected = run(*args)
    monkeypatch.setattr(samplers, "has_ternary_logic", lambda: False)
    assert_same(run(*args), expected)


def test_batches_change_nothing():
    args = two_rings(), (12, 1, 1), 192
    assert_same(run(*args, most=64), run(*args))


def test_extreme_conditions():
    """Any temperature, and μ beyond all energies, side by side."""
    ensemble = Ensemble(MOVES[:2], (A, B))
    model = gas_model(two_rings(), Supercell.diagonal(12, 1, 1), ensemble)
    T = np.array([1e-9, 1e30, 800.0, 800.0])
    mu = np.zeros((4, 2, 3))
    mu[2, :, 1], mu[3, :, 1] = 50, -50
    start = np.random.default_rng(0).integers(0, 2, (24, 4)).astype(np.int8)
    sampler = GasSampler(model, ensemble, replicas=4, blocks=1)
    state, averages = sampler.run(start, T, mu, path_keys(1, np.arange(4)), 0, 20, 20)
    assert averages.acceptance[0, :, 1] == pytest.approx(1)
    assert (state[:, 2] == 1).all()
    assert not (state[:, 3] == 1).any()
    assert averages.sublattice[0, 0, :, 2].tolist() == [0, 1, 0]


def test_long_runs_keep_their_energy():
    """After 10⁵ sweeps the energy that was added up is the energy of the state, to the bit."""
    expansion = ring(["ABC"], [((0, 0), (0, 1))])
    ensemble = Ensemble((Flips(A, ((0, 1), (0, 2))), Swaps(A)), (A,))
    model = gas_model(expansion, Supercell.diagonal(8, 1, 1), ensemble)
    sampler = GasSampler(model, ensemble, replicas=64, blocks=1)
    args = np.full(64, 400.0), np.zeros((64, 1, 3)), path_keys(1, np.arange(64)), 0
    _, averages = sampler.run(np.zeros((8, 64), np.int8), *args, 0, 100_000)
    assert (averages.discrepancy == 0).all()
    assert averages.tried.sum() > 0


def test_continued_runs_are_one_run():
    """A run in two pieces is the run in one: the stream is a function of the sweep."""
    ensemble = Ensemble(MOVES, (A, B))
    model = gas_model(two_rings(), Supercell.diagonal(12, 1, 1), ensemble)
    sampler = GasSampler(model, ensemble, replicas=8, blocks=1)
    start = np.random.default_rng(0).integers(0, 2, (24, 8)).astype(np.int8)
    T, mu, keys = np.full(8, 500.0), np.zeros((8, 2, 3)), path_keys(1, np.arange(8))
    whole, _ = sampler.run(start, T, mu, keys, 0, 0, 30)
    half, _ = sampler.run(start, T, mu, keys, 0, 0, 13)
    assert (sampler.run(half, T, mu, keys, 13, 0, 17)[0] == whole).all()

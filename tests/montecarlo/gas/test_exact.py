"""Every move on its own and mixed against listed Boltzmann weights, and wrong moves that fail."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from scipy.stats import chi2

from navac.crystal.supercell import Supercell
from navac.montecarlo.gas import changes, program
from navac.montecarlo.gas.matchings import Colours
from navac.montecarlo.gas.model import gas_model
from navac.montecarlo.gas.moves import Coupled, Ensemble, Flips, Swaps, all_pairs
from navac.montecarlo.gas.sampler import GasSampler
from navac.montecarlo.random import path_keys
from navac.units import BOLTZMANN
from tests.montecarlo.gas.models import all_states, ring, ternary_ring, two_rings

REPLICAS = 1024
ROUNDS, SWEEPS = 8, 100
LEVEL = 1e-4
"""Of the χ² test: a right sampler fails one run in 10000, and the seeds are fixed."""
A, M = (0,), (1,)
TERNARY = [Flips(A, all_pairs(3)), Swaps(A)]
BOTH = [Flips(A, ((0, 1), (1, 2))), Flips(M, ((0, 1),)), Swaps(A), Swaps(M),
        Coupled(A, M, (((0, 1), (1, 0)), ((2, 0), (1, 0))))]  # fmt: skip


def sampled(expansion, cells, groups, moves, T, mu, start, *, additive=True, **kwargs):
    """``[sample, site]`` states far from each other, each from a state ``start[replica, site]``."""
    ensemble = Ensemble(tuple(moves), groups)
    lengths = (cells, 1, 1) if isinstance(cells, int) else cells
    model = gas_model(expansion, Supercell.diagonal(*lengths), ensemble)
    sampler = GasSampler(model, ensemble, replicas=REPLICAS, blocks=1, **kwargs)
    keys = path_keys(5, np.arange(REPLICAS))
    everywhere = np.broadcast_to(mu, (REPLICAS, *np.shape(mu)))
    state, found = start.T, []
    for k in range(ROUNDS):
        state, averages = sampler.run(state, np.full(REPLICAS, T), everywhere, keys, k * SWEEPS,
                                      SWEEPS - 1, 1)  # fmt: skip
        assert (averages.discrepancy == 0).all() == additive
        found.append(state.T)
    return np.concatenate(found[1:])


def probability(expansion, cells, groups, sizes, T, mu, states):
    """p of every state, at μ ``[group][code]``."""
    energy = expansion.energies_at(Supercell.diagonal(cells, 1, 1), states) * cells
    for g, own in enumerate(groups):
        for s in own:
            energy -= np.asarray(mu[g])[states[:, s * cells : (s + 1) * cells]].sum(axis=1)
    weight = np.exp(-(energy - energy.min()) / (BOLTZMANN * T))
    return weight / weight.sum()


def p_value(states, p, samples, bins=40):
    """Of the samples, by χ² over bins of states of about equal weight."""
    order = np.argsort(p, kind="stable")
    edge = np.minimum((np.cumsum(p[order]) * bins).astype(int), bins - 1)
    bin_of = {states[k].tobytes(): e for k, e in zip(order, edge, strict=True)}
    expected = np.bincount(edge, p[order], bins) * len(samples)
    where = [bin_of[x.tobytes()] for x in np.ascontiguousarray(samples, states.dtype)]
    seen = np.bincount(where, minlength=bins)
    used = expected > 0
    return chi2.sf(((seen - expected)[used] ** 2 / expected[used]).sum(), used.sum() - 1)


def reachable(states, start, kinds):
    """States with the conserved amounts of ``start``; ``kinds`` maps states to these amounts."""
    return states[(kinds(states) == kinds(start[None])).all(axis=1)]


def composition(sizes, cells):
    def of(states):
        return np.stack([
            (states[:, s * cells : (s + 1) * cells] == c).sum(axis=1)
            for s, n in enumerate(sizes) for c in range(n)
        ], axis=-1)  # fmt: skip

    return of


@pytest.mark.parametrize("rule", ["metropolis", "heat_bath"])
@pytest.mark.parametrize(("T", "mu"), [(300, [0, 0.02, -0.01]), (900, [0.05, 0, 0.03])])
def test_semi_grand_ternary(rule, T, mu):
    expansion, states = ternary_ring(), all_states((3,), 9)
    start = states[np.random.default_rng(0).integers(0, len(states), REPLICAS)]
    samples = sampled(expansion, 9, (A,), TERNARY[:1], T, [mu], start, rule=rule)
    assert p_value(states, probability(expansion, 9, (A,), (3,), T, [mu], states), samples) > LEVEL


@pytest.mark.parametrize("T", [450, 900])
def test_canonical_swaps(T):
    expansion = ternary_ring()
    start = np.array([0, 0, 0, 0, 1, 1, 1, 2, 2], np.int8)
    states = reachable(all_states((3,), 9), start, composition((3,), 9))
    assert len(states) == 1260
    samples = sampled(
        expansion, 9, (A,), TERNARY[1:], T, [[0, 0, 0]], np.tile(start, (REPLICAS, 1))
    )
    assert (
        p_value(states, probability(expansion, 9, (A,), (3,), T, [[0, 0, 0]], states), samples)
        > LEVEL
    )


def of_free_sites():
    """The p-value of swaps among sites of equal energy that do not interact."""
    expansion, cells = ring(["AB", "AB", "AB"], []), 4
    expansion = replace(expansion, eci=np.zeros(3))
    everything = ((0, 1, 2),)
    start = np.repeat([0, 1, 0], cells).astype(np.int8)
    starts = np.tile(start, (REPLICAS, 1))
    samples = sampled(expansion, cells, everything, [Swaps((0, 1, 2))], 300, [[0, 0]], starts)
    states = reachable(all_states((2,) * 3, cells), start, lambda x: x.sum(axis=1, keepdims=True))
    p = probability(expansion, cells, everything, (2,) * 3, 300, [[0, 0]], states)
    return p_value(states, p, samples)


def test_swaps_of_no_cost():
    """Every arrangement is as likely as every other, whatever all begin with."""
    assert of_free_sites() > LEVEL


@pytest.mark.parametrize(
    ("name", "minority", "T"), [("sodium_poor", 0, 2000), ("sodium_rich", 1, 300)]
)
def test_swaps_of_the_published_expansions(name, minority, T, request):
    """Three sodium atoms, or three vacancies, on the 64 sites of the smallest supercell."""
    expansion, every = request.getfixturevalue(name), (tuple(range(8)),)
    box = Supercell.diagonal(2, 2, 2)
    chosen = np.array(list(combinations(range(64), 3)))
    states = np.full((len(chosen), 64), 1 - minority, np.int8)
    np.put_along_axis(states, chosen, minority, axis=1)
    start = states[np.random.default_rng(0).integers(0, len(states), REPLICAS)]
    samples = sampled(expansion, (2, 2, 2), every, [Swaps(every[0])], T, [[0, 0]], start)
    energy = expansion.energies_at(box, states) * box.size
    p = np.exp(-(energy - energy.min()) / (BOLTZMANN * T))
    assert p_value(states, p / p.sum(), samples) > LEVEL


def test_coupled_flips():
    """A → B with Y → X, and C → A with Y → X: two amounts are held, and swaps join the sites."""
    expansion, sizes, cells = two_rings(), (3, 2), 6
    states = all_states(sizes, cells)

    def kept(x):
        a, b, c, _, y = composition(sizes, cells)(x).T
        # A → B: (−1, 1, 0, −1); C → A: (1, 0, −1, −1) of A, B, C and Y.
        return np.stack([a + b + c, y - c + b], axis=-1)

    start = np.array([0, 0, 1, 1, 2, 2, 0, 0, 0, 1, 1, 1], np.int8)
    mu = [[0.0, 0.03, -0.02], [0.01, 0.0, 0.0]]
    own = reachable(states, start, kept)
    samples = sampled(expansion, cells, (A, M), BOTH[2:], 600, mu, np.tile(start, (REPLICAS, 1)))
    p = probability(expansion, cells, (A, M), sizes, 600, mu, own)
    assert p_value(own, p, samples) > LEVEL


@pytest.mark.parametrize("moves", [BOTH, BOTH[:2]], ids=["all", "flips"])
def test_mixed_moves(moves):
    expansion, sizes, cells = two_rings(), (3, 2), 6
    states = all_states(sizes, cells)
    start = states[np.random.default_rng(0).integers(0, len(states), REPLICAS)]
    mu = [[0.0, 0.03, -0.02], [0.01, 0.0, 0.0]]
    samples = sampled(expansion, cells, (A, M), moves, 500, mu, start)
    assert (
        p_value(states, probability(expansion, cells, (A, M), sizes, 500, mu, states), samples)
        > LEVEL
    )


def test_published_expansion(one_cell):
    """The eight sites of one cell of the published expansion."""
    states = all_states((2,) * 8, 1)
    everything = (tuple(range(8)),)
    start = states[np.random.default_rng(0).integers(0, len(states), REPLICAS)]
    mu = [[0.3, 0.0]]
    samples = sampled(one_cell, 1, everything, [Flips(everything[0], ((0, 1),))], 900, mu, start)
    p = probability(one_cell, 1, everything, (2,) * 8, 900, mu, states)
    assert p_value(states, p, samples, bins=20) > LEVEL


# wrong moves --------------------------------------------------------------------------------


def test_hotter_acceptance_fails():
    expansion, states = ternary_ring(), all_states((3,), 9)
    start = states[np.random.default_rng(0).integers(0, len(states), REPLICAS)]
    samples = sampled(expansion, 9, (A,), TERNARY[:1], 330, [[0, 0, 0]], start)
    p = probability(expansion, 9, (A,), (3,), 300, [[0, 0, 0]], states)
    assert p_value(states, p, samples) < 1e-8


def test_sure_swaps_of_no_cost_fail(monkeypatch):
    """By Metropolis's rule they would shuffle the atoms in one way only."""
    monkeypatch.setattr(program, "rule_of", lambda sites, rule: rule)
    assert of_free_sites() < 1e-8


def test_swaps_of_interacting_sites_fail(monkeypatch):
    expansion = ternary_ring()
    start = np.array([0, 0, 0, 0, 1, 1, 1, 2, 2], np.int8)
    states = reachable(all_states((3,), 9), start, composition((3,), 9))
    meet = Colours.interacting

    def itself(colours):
        return {(a, b) for a, b in meet(colours) if a == b}

    monkeypatch.setattr(Colours, "interacting", itself)
    samples = sampled(
        expansion,
        9,
        (A,),
        TERNARY[1:],
        900,
        [[0, 0, 0]],
        np.tile(start, (REPLICAS, 1)),
        additive=False,
    )
    p = probability(expansion, 9, (A,), (3,), 900, [[0, 0, 0]], states)
    assert p_value(states, p, samples) < 1e-8


def test_unbalanced_table_fails(monkeypatch):
    """Coupled flips that are tried in one direction only."""
    expansion, sizes, cells = two_rings(), (3, 2), 6
    states = all_states(sizes, cells)
    start = states[np.random.default_rng(0).integers(0, len(states), REPLICAS)]
    mu = [[0.0, 0.03, -0.02], [0.01, 0.0, 0.0]]
    change = changes.emit_change

    def one_way(shape, name, own, pairs):
        if len(pairs) == 1:
            return change(shape, name, own, pairs)
        settle = changes._settle

        def only_forward(gates, f, shape, cost, back, active):
            return settle(gates, f, shape, cost, back, gates.both(active, ~back))

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(changes, "_settle", only_forward)
            return change(shape, name, own, pairs)

    monkeypatch.setattr(changes, "emit_change", one_way)
    samples = sampled(expansion, cells, (A, M), BOTH, 500, mu, start)
    p = probability(expansion, cells, (A, M), sizes, 500, mu, states)
    assert p_value(states, p, samples) < 1e-8

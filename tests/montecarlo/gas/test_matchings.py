"""Swap steps as full transition matrices."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from navac.crystal.supercell import Supercell
from navac.montecarlo.gas.matchings import Colours
from navac.montecarlo.gas.model import gas_model, interactions
from navac.montecarlo.gas.moves import Ensemble, EnsembleError, Swaps
from navac.units import BOLTZMANN
from tests.expansion.test_species import random_expansion
from tests.montecarlo.gas.models import all_states, ternary_ring

A = (0,)
CELLS, KT = 9, BOLTZMANN * 700


@pytest.fixture(scope="module")
def ring():
    expansion = ternary_ring()
    model = gas_model(expansion, Supercell.diagonal(CELLS, 1, 1), Ensemble((Swaps(A),), (A,)))
    states = all_states((3,), CELLS)
    states = states[((states == 1).sum(1) == 2) & ((states == 2).sum(1) == 2)]
    energy = expansion.energies_at(model.supercell, states) * CELLS
    return Colours(model.supercell, model.block, model.neighbours), states, energy


def index(states):
    return {tuple(s): k for k, s in enumerate(states.tolist())}


def transitions(pairs, states, energy):
    """The matrix of one step that tries pairs of sites at once, each by its own cost."""
    place = index(states)
    matrix = np.zeros((len(states), len(states)))
    for k, state in enumerate(states):
        options = []
        for i, j in pairs:
            new = state.copy()
            new[[i, j]] = state[[j, i]]
            cost = energy[place[tuple(new)]] - energy[k]
            accept = np.exp(-max(cost, 0) / KT)
            options.append([(1.0, None)] if state[i] == state[j] else
                           [(accept, (i, j)), (1 - accept, None)])  # fmt: skip
        for chosen in product(*options):
            new, weight = state.copy(), 1.0
            for p, pair in chosen:
                weight *= p
                if pair:
                    new[list(pair)] = new[list(pair)[::-1]]
            matrix[k, place[tuple(new)]] += weight
    return matrix


def balance(matrix, energy):
    p = np.exp(-(energy - energy.min()) / KT)
    p /= p.sum()
    flow = p[:, None] * matrix
    return np.abs(flow - flow.T).max()


def test_steps_keep_detailed_balance_and_reach_everything(ring):
    colours, states, energy = ring
    steps = [np.stack(colours.pairs(s), axis=-1) for s in colours.steps(A, A)]
    matrices = [transitions(pairs, states, energy) for pairs in steps]
    assert max(balance(m, energy) for m in matrices) < 1e-12
    mean = sum(matrices) / len(matrices)
    assert (np.abs(np.linalg.eigvals(mean) - 1) < 1e-9).sum() == 1


def test_interacting_pairs_at_once_break_it(ring):
    _, states, energy = ring
    assert balance(transitions([(0, 3), (4, 8)], states, energy), energy) > 1e-6
    assert balance(transitions([(0, 4)], states, energy), energy) < 1e-12


def test_pairs_of_too_few_colours_do_not_reach_everything(ring):
    """Pairs three apart only: every third site keeps to itself."""
    _, states, energy = ring
    pairs = [[(i, (i + 3) % CELLS)] for i in range(CELLS)]
    mean = sum(transitions(p, states, energy) for p in pairs) / CELLS
    assert (np.abs(np.linalg.eigvals(mean) - 1) < 1e-9).sum() > 1


@pytest.mark.parametrize("lengths", [(6, 6, 6), (8, 4, 6)])
def test_pairs_share_no_cluster(lengths):
    _, _, expansion = random_expansion("nasicon", tolerance=1e-2)
    metals = tuple(s for s, n in enumerate(interactions(expansion).gas.sizes) if n > 2)
    groups = (tuple(s for s in range(12) if s not in metals), metals)
    model = gas_model(expansion, Supercell.diagonal(*lengths), Ensemble((Swaps(metals),), groups))
    colours = Colours(model.supercell, model.block, model.neighbours)
    near = {
        (int(s), int(t), *map(int, cell))
        for s, own in enumerate(model.neighbours) for t, *cell in own
    }  # fmt: skip
    size = model.supercell.size
    for step in colours.steps(metals, metals):
        sites = np.stack(colours.pairs(step))
        assert len(np.unique(sites)) == sites.size
        s, cell = np.divmod(sites, size)
        offsets = model.supercell.cells[cell[1]] - model.supercell.cells[cell[0]]
        lengths_ = np.array(lengths)
        offsets = (offsets + lengths_ // 2) % lengths_ - lengths_ // 2
        met = {(a, b, *map(int, o)) for a, b, o in zip(s[0], s[1], offsets, strict=True)}
        assert not met & near


def test_sites_that_all_interact(ring):
    colours, _, _ = ring
    close = Colours(Supercell.diagonal(3, 1, 1), Supercell.diagonal(3, 1, 1), colours.neighbours)
    with pytest.raises(EnsembleError, match="cannot reach every arrangement"):
        close.steps(A, A)


def test_swaps_without_interactions():
    """Any two sites may change places: a block of two colours is enough."""
    expansion = ternary_ring()
    nothing = replace(expansion, eci=np.zeros(len(expansion.eci)))
    model = gas_model(nothing, Supercell.diagonal(4, 1, 1), Ensemble((Swaps(A),), (A,)))
    assert model.block.size == 2
    assert Colours(model.supercell, model.block, model.neighbours).steps(A, A)

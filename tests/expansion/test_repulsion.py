"""Exclusions as a repulsion: allowed states as before, others out of reach, to the sampler too."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from scipy.stats import chi2

from navac.crystal.exclusions import kept_apart
from navac.crystal.sites import spins
from navac.crystal.supercell import Supercell
from navac.crystal.symmetry import find_space_group
from navac.expansion.clusters import enumerate_orbits
from navac.expansion.expansion import Expansion, ExpansionError
from navac.expansion.repulsion import repelling, repulsion_energy
from navac.montecarlo.model import lattice_model
from navac.montecarlo.random import path_keys
from navac.montecarlo.sampler import Sampler
from navac.orderings.exclusions import broken_exclusions
from navac.units import BOLTZMANN
from tests.orderings.test_exclusions import excluding, honeycomb

BOX = Supercell.diagonal(2, 2, 1)
STATES = np.array(list(product((0, 1), repeat=8)), np.int8)


def expansion(cutoff=3.0, seed=0):
    """Random interactions of points and of pairs of different sublattices."""
    prim = honeycomb()
    orbits = enumerate_orbits(prim, find_space_group(prim, 1e-4), {2: cutoff})
    # No site may meet its own image in the small box.
    orbits = tuple(o for o in orbits if len({s for s, *_ in o.prototype}) == o.order)
    eci = np.random.default_rng(seed).normal(0, 0.02, len(orbits))
    return Expansion(orbits, eci, 0.3)


def broken(prim):
    return np.array([len(broken_exclusions(prim, BOX, state)) for state in STATES])


@pytest.mark.parametrize("cutoff", [1.0, 2.0])
def test_allowed_states_are_unchanged_and_others_out_of_reach(cutoff):
    """Whether the expansion has the excluded pairs among its clusters or not."""
    prim, before = excluding(), expansion(cutoff)
    after = repelling(prim, before)
    assert (len(after.orbits) > len(before.orbits)) == (cutoff == 1.0)
    many = broken(prim)
    assert {0, 1, 2, 3, 12} <= set(many)
    change = BOX.size * (after.energies(BOX, spins(STATES)) - before.energies(BOX, spins(STATES)))
    np.testing.assert_allclose(change, many * repulsion_energy(before), rtol=1e-12, atol=1e-12)


def test_without_exclusions_nothing_changes():
    before = expansion()
    assert repelling(honeycomb(), before) is before


def test_the_repulsion_is_a_power_of_two_beyond_every_flip():
    strong = expansion()
    strong = replace(strong, eci=100 * strong.eci)
    for one in (expansion(), strong):
        energy = repulsion_energy(one)
        assert np.log2(energy) == round(np.log2(energy))
        states = one.energies(BOX, spins(STATES)) * BOX.size
        flips = np.abs(states - states[np.arange(256) ^ 1]).max()
        assert energy > 2 * flips


def test_rounding_to_quanta_leaves_allowed_states_at_zero():
    prim, before = excluding(), expansion()
    model = lattice_model(repelling(prim, before), BOX)
    assert (repulsion_energy(before) / 4) % model.quantum == 0
    allowed = broken(prim) == 0
    energies = model.expansion.energies(BOX, spins(STATES[allowed]))
    wanted = before.energies(BOX, spins(STATES[allowed]))
    assert np.abs(energies - wanted).max() < 20 * model.quantum


@pytest.mark.parametrize("mu", [-0.1, 0.05])
def test_the_sampler_keeps_the_rule_and_its_distribution(mu):
    """Against the exact distribution of the states that keep the exclusions.

    At higher μ one sublattice fills, and single flips no longer reach the other.
    """
    prim, before, T, replicas = excluding(), expansion(), 1500.0, 2048
    sampler = Sampler(lattice_model(repelling(prim, before), BOX), replicas=replicas, blocks=1)
    state = np.ones((8, replicas), np.int8)  # empty
    ones = np.ones(replicas)
    state, _ = sampler.run(state, T * ones, mu * ones, path_keys(3, np.arange(replicas)),
                                  0, 300, 1)  # fmt: skip
    index = state.T.astype(int) @ (1 << np.arange(7, -1, -1))
    many = broken(prim)
    assert many[index].max() == 0
    omega = BOX.size * before.energies(BOX, spins(STATES)) - mu * (STATES == 0).sum(axis=1)
    weight = np.where(many == 0, np.exp(-(omega - omega[many == 0].min()) / (BOLTZMANN * T)), 0)
    expected = replicas * weight / weight.sum()
    observed = np.bincount(index, minlength=256)
    rare = expected < 8
    pairs = [(observed[~rare], expected[~rare])]
    if expected[rare].sum() > 1:
        pairs.append(([observed[rare].sum()], [expected[rare].sum()]))
    o, e = (np.concatenate(column) for column in zip(*pairs, strict=True))
    assert chi2.sf(((o - e) ** 2 / e).sum(), len(o) - 1) > 1e-4
    # Negative control: without the rule the sites fill.
    free = Sampler(lattice_model(before, BOX), replicas=replicas, blocks=1)
    state, _ = free.run(state, T * ones, mu * ones, path_keys(3, np.arange(replicas)), 0, 300, 1)
    index = state.T.astype(int) @ (1 << np.arange(7, -1, -1))
    assert many[index].max() > 0


def test_a_part_of_equivalent_clusters_is_refused():
    """An exclusion of one of three equivalent pairs."""
    prim = excluding()
    part = replace(prim, excluded=prim.excluded[:1])
    with pytest.raises(ExpansionError, match="covers a part of the equivalent clusters"):
        repelling(part, expansion(2.0))


def test_a_vacancy_listed_first_is_refused():
    turned = honeycomb(species=(("Va", "Na"), ("Na", "Va"), ("O",)))
    prim = kept_apart("crystal", turned, 0.5, [{"distance_A": 1.7}])
    with pytest.raises(ExpansionError, match="holds one species or, second, Va"):
        repelling(prim, expansion())

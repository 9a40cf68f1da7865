"""Special quasi-random orderings: incremental changes, the best of all, random mixtures."""

import numpy as np
import pytest

from navac.crystal.supercell import Supercell
from navac.crystal.symmetry import find_space_group
from navac.expansion.correlations import function_averages
from navac.expansion.functions import candidate_functions
from navac.expansion.special import (
    CorrelationLandscape,
    random_correlations,
    special_orderings,
)
from navac.orderings.arrangements import distinct_arrangements
from navac.orderings.groups import group_sites, site_groups
from navac.orderings.swaps import random_occupations
from tests.expansion.test_species import CUTOFFS, PRIMS


def crystal(name):
    prim = PRIMS[name]
    group = find_space_group(prim, 1e-5)
    return prim, group, site_groups(prim), *candidate_functions(prim, group, CUTOFFS[name])


@pytest.mark.parametrize(
    ("name", "counts"),
    [("fcc", ((2, 3, 1),)), ("salt", ((2, 2, 1, 1), (4, 2))), ("spinel", None)],
)
def test_changes_are_differences(name, counts):
    """Small supercells, in which clusters meet their own images."""
    _, _, groups, orbits, spaces = crystal(name)
    supercell = Supercell(((1, 0, 0), (0, 2, 0), (0, 1, 3)))
    if counts is None:
        sites = [len(g.sublattices) * 6 for g in groups]
        counts = tuple(
            tuple(np.bincount(np.arange(n) % len(g.species)).tolist())
            for n, g in zip(sites, groups, strict=True)
        )
    rng = np.random.default_rng(0)
    sites = group_sites(groups, 6)
    occupation = random_occupations(sites, counts, 40, rng)
    weights = rng.random(len(orbits))
    target = random_correlations(orbits, spaces, groups, counts)
    landscape = CorrelationLandscape.of(
        orbits, spaces, supercell, occupation=occupation, target=target, weights=weights
    )
    rows = np.arange(40)
    for _ in range(5):
        own = sites[rng.integers(len(sites))]
        i, j = own[rng.integers(len(own), size=(2, 40))]
        change = landscape.change(i, j)
        before = landscape.value.copy()
        taken = rows[::2]
        landscape.swap(taken, i[taken], j[taken], change[taken])
        averages = function_averages(orbits, spaces, supercell, landscape.occupation)
        np.testing.assert_allclose(landscape.averages, averages, atol=1e-12)
        value = np.abs(averages - target) @ weights
        np.testing.assert_allclose(landscape.value, value, atol=1e-10)
        np.testing.assert_allclose(value[taken] - before[taken], change[taken], atol=1e-10)


def test_random_correlations_are_means_over_a_large_crystal():
    _, _, groups, orbits, spaces = crystal("salt")
    counts = ((2, 1, 1, 0), (3, 1))
    large = Supercell.diagonal(12, 12, 12)
    rng = np.random.default_rng(1)
    many = tuple(tuple(n * large.size // 4 for n in v) for v in counts)
    some = random_occupations(group_sites(groups, large.size), many, 8, rng)
    found = function_averages(orbits, spaces, large, some).mean(axis=0)
    expected = random_correlations(orbits, spaces, groups, counts)
    np.testing.assert_allclose(found, expected, atol=0.02)
    points = [k for k, o in enumerate(orbits) if o.order == 1]
    np.testing.assert_allclose(found[points], expected[points], atol=1e-12)


def test_the_best_of_all_arrangements_is_found():
    prim, group, groups, orbits, spaces = crystal("salt")
    supercell = Supercell(((2, 0, 0), (0, 2, 0), (0, 0, 2)))
    counts = ((3, 3, 2, 0), (5, 3))
    every = distinct_arrangements(prim, group, supercell, groups, counts).occupation
    target = random_correlations(orbits, spaces, groups, counts)
    distance = np.abs(function_averages(orbits, spaces, supercell, every) - target).sum(axis=1)
    found, value = special_orderings(
        orbits, spaces, supercell, groups, counts,
        number=3, rng=np.random.default_rng(0), replicas=16, steps=600,
    )  # fmt: skip
    assert value[0] == pytest.approx(distance.min(), abs=1e-9)
    assert len(found) == 3
    averages = function_averages(orbits, spaces, supercell, found)
    np.testing.assert_allclose(np.abs(averages - target).sum(axis=1), value, atol=1e-9)

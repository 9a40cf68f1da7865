"""Polynomials, annealing and the pool: exact energies, and nothing lower is missed."""

import numpy as np
import pytest

from navac.crystal.sites import spins
from navac.crystal.supercell import Supercell
from navac.crystal.symmetry import find_space_group
from navac.expansion.ground_states import ground_states
from navac.hull import lower_hull
from navac.orderings.ordering import read_orderings
from navac.orderings.symmetry import binary_patterns, canonical_key, unpack
from navac.rounds.annealing import Schedule, low_states
from navac.rounds.polynomial import Polynomial
from navac.rounds.pool import build_pool
from tests.conftest import PUBLISHED


@pytest.fixture(scope="module")
def group(prim):
    return find_space_group(prim, 1e-5)


@pytest.fixture(scope="module")
def rich_hull(sodium_rich):
    """Ground states of Table S7 in one cell."""
    listed = [o for o in read_orderings(PUBLISHED / "further_orderings.csv") if o.cells == 1]
    return ground_states(sodium_rich, listed, (3, 4), 2)[0]


@pytest.mark.parametrize("hnf", [
    ((1, 0, 0), (0, 1, 0), (0, 0, 1)), ((1, 0, 0), (0, 1, 0), (0, 0, 2)),
    ((1, 0, 0), (0, 1, 0), (1, 2, 3)), ((2, 0, 0), (1, 2, 0), (0, 0, 1)),
])  # fmt: skip
def test_a_polynomial_is_the_expansion_also_where_clusters_meet_themselves(sodium_poor, hnf):
    supercell = Supercell(hnf)
    polynomial = Polynomial.of(sodium_poor, supercell, 8)
    rng = np.random.default_rng(0)
    sigma = np.where(rng.random((8 * supercell.size, 20)) < 0.5, -1.0, 1.0)
    np.testing.assert_allclose(
        polynomial.energies(sigma) / supercell.size,
        sodium_poor.energies(supercell, sigma.T), atol=1e-10,
    )  # fmt: skip


def test_a_field_is_half_the_cost_of_a_flip(sodium_rich):
    supercell = Supercell.diagonal(1, 2, 1)
    polynomial = Polynomial.of(sodium_rich, supercell, 8)
    sigma = np.where(np.random.default_rng(1).random((16, 9)) < 0.5, -1.0, 1.0)
    for site in range(16):
        flipped = sigma.copy()
        flipped[site] *= -1
        np.testing.assert_allclose(
            polynomial.energies(flipped) - polynomial.energies(sigma),
            -2 * sigma[site] * polynomial.field(site, sigma), atol=1e-10,
        )  # fmt: skip


def test_annealing_finds_the_ground_state_of_every_chemical_potential(sodium_rich):
    """All occupations of two cells between the bounds are listed."""
    polynomial = Polynomial.of(sodium_rich, Supercell.diagonal(2, 1, 1), 8)
    mu = np.array([0.85, 0.93, 0.9502, 1.0])
    found = low_states(polynomial, mu, (12, 16), (0,))
    every = np.concatenate([1 - unpack(binary_patterns(16, n), 16) for n in range(12, 17)])
    for one in mu:
        grand = [
            polynomial.energies(spins(s).T.astype(float)) - one * (s == 0).sum(axis=1)
            for s in (found, every)
        ]
        assert grand[0].min() == pytest.approx(grand[1].min(), abs=1e-9)
    assert set((found == 0).sum(axis=1)) <= set(range(12, 17))


def test_annealing_without_time_misses_it(sodium_rich):
    """The negative control: one hot sweep is no search."""
    polynomial = Polynomial.of(sodium_rich, Supercell.diagonal(2, 1, 1), 8)
    hot = Schedule(replicas=1, sweeps=1, kept_sweeps=1, highest_eV=100.0)
    found = low_states(polynomial, np.array([0.9502]), (12, 16), (0,), hot)
    best = low_states(polynomial, np.array([0.9502]), (12, 16), (0,))
    lowest = [
        (polynomial.energies(spins(s).T.astype(float)) - 0.9502 * (s == 0).sum(axis=1)).min()
        for s in (found, best)
    ]
    assert lowest[0] > lowest[1] + 0.05


@pytest.fixture(scope="module")
def pool(prim, group, sodium_rich, rich_hull):
    return build_pool(
        prim, group, sodium_rich, rich_hull, max_cells=2, most=150, seed=1
    )  # fmt: skip


def test_the_pool_is_distinct_and_its_energies_are_those_of_the_expansion(
    pool, prim, group, sodium_rich
):
    keys = pool.keys(prim, group)
    assert len(set(keys)) == len(pool) > 30
    for k in range(0, len(pool), 10):
        own = sodium_rich.energies(pool.supercells[k], spins(pool.occupations[k][None]))[0]
        assert pool.energies[k] == pytest.approx(own, abs=1e-9)
        assert (pool.occupations[k] == 0).sum() == pytest.approx(
            2 * pool.x[k] * pool.supercells[k].size
        )


def test_ground_states_of_two_cells_are_in_the_pool(pool, prim, group):
    hull = lower_hull(pool.x, pool.energies, 2)
    assert set(np.round(hull.x, 3)) >= {3, 3.5, 4}
    known = {o.id: o for o in read_orderings(PUBLISHED / "further_orderings.csv")}
    theta = known["stacking-a2-x3.500"]
    key = canonical_key(prim, group, theta.supercell, theta.occupation)
    assert key in pool.keys(prim, group)


def test_the_same_seed_gives_the_same_pool(pool, prim, group, sodium_rich, rich_hull):
    again = build_pool(prim, group, sodium_rich, rich_hull, max_cells=2, most=150, seed=1)
    np.testing.assert_array_equal(pool.energies, again.energies)
    assert all(map(np.array_equal, pool.occupations, again.occupations))


def test_stackings_of_five_cells_are_found_exactly(prim, group, sodium_rich, rich_hull):
    """x = 3.4 of Table S7; no annealing has time for anything."""
    none = Schedule(replicas=1, sweeps=1, kept_sweeps=1, highest_eV=100.0)
    pool = build_pool(
        prim, group, sodium_rich, rich_hull, max_cells=5, most=60, seed=1, schedule=none
    )
    hull = lower_hull(pool.x, pool.energies, 2)
    assert np.isclose(hull.x, 3.4).any()
    outside = build_pool(
        prim, group, sodium_rich, rich_hull, max_cells=4, most=60, seed=1, schedule=none
    )
    assert not np.isclose(outside.x, 3.4).any()


def test_only_what_repeats_in_a_supercell_is_searched(prim, group, sodium_rich, rich_hull):
    """Stackings too: the pool has orderings of three cells unless two or four are asked for."""
    none = Schedule(replicas=1, sweeps=1, kept_sweeps=1, highest_eV=100.0)
    sizes = {}
    for within in (None, Supercell.diagonal(4, 2, 4)):
        pool = build_pool(
            prim, group, sodium_rich, rich_hull, max_cells=4, most=400, seed=1, within=within,
            schedule=none,
        )  # fmt: skip
        sizes[within] = {cell.size for cell in pool.supercells}
    assert sizes[None] == {1, 2, 3, 4}
    assert sizes[within] == {1, 2, 4}
    assert all(cell.repeats_in(within) for cell in pool.supercells)

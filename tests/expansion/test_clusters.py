"""Orbits against the published tables."""

import pytest

from navac.crystal.symmetry import find_space_group
from navac.expansion.clusters import ClusterError, enumerate_orbits, renumbered, translated_home
from tests.conftest import CUTOFFS


def counts(orbits):
    return [sum(o.order == order for o in orbits) for order in (1, 2, 3, 4)]


@pytest.mark.parametrize(
    ("tolerance", "symbol", "operations", "expected"),
    [(1e-5, "R3c", 6, [2, 47, 14, 4]), (1e-2, "R-3c", 12, [2, 30, 8, 2])],
)
def test_the_symmetry_tolerance_decides_the_orbits(prim, tolerance, symbol, operations, expected):
    group = find_space_group(prim, tolerance)
    assert (group.symbol, len(group)) == (symbol, operations)
    assert counts(enumerate_orbits(prim, group, CUTOFFS)) == expected


def test_indices_follow_the_paper(orbits):
    by_order = {k: [o.index for o in orbits if o.order == k] for k in (1, 2, 3, 4)}
    assert by_order == {
        1: [2, 3], 2: list(range(4, 51)), 3: list(range(51, 65)), 4: list(range(65, 69)),
    }  # fmt: skip


def test_orbits_partition_the_clusters(orbits):
    clusters = [c for o in orbits for c in o.clusters]
    assert len(set(clusters)) == len(clusters)
    assert all(translated_home(c) == c for c in clusters)


@pytest.mark.parametrize("cutoffs", [{2: 5.0}, {2: 7.0, 3: 5.0}])
def test_pair_counts_by_brute_force(prim, cutoffs):
    import numpy as np

    group = find_space_group(prim, 1e-5)
    orbits = enumerate_orbits(prim, group, cutoffs)
    pairs = 0
    for i in prim.active:
        for j in prim.active:
            for cell in np.ndindex(7, 7, 7):
                shift = np.array(cell) - 3
                d = np.linalg.norm(prim.cartesian(j, shift) - prim.cartesian(i, np.zeros(3)))
                pairs += 1e-3 < d <= cutoffs[2]
    assert sum(o.multiplicity for o in orbits if o.order == 2) == pairs // 2


def test_renumbering_refuses_foreign_and_repeated_clusters(orbits):
    far = ((2, 0, 0, 0), (2, 5, 0, 0))
    with pytest.raises(ClusterError, match="in no orbit"):
        renumbered(orbits, {far: 4})
    first, second = orbits[5].clusters[:2]
    with pytest.raises(ClusterError, match="equivalent by symmetry"):
        renumbered(orbits, {first: 7, second: 8})

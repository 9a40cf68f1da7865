"""The search for ground states keeps sites apart that are never both filled."""

import numpy as np
import pytest

from navac.crystal.symmetry import find_space_group
from navac.expansion.clusters import enumerate_orbits
from navac.expansion.expansion import Expansion
from navac.hull import lower_hull
from navac.orderings.exclusions import broken_exclusions
from navac.rounds.pool import build_pool
from tests.orderings.test_exclusions import excluding, honeycomb


@pytest.fixture(scope="module")
def attracting():
    """Atoms on neighbouring sites attract each other: without the rule both would be filled."""
    prim = honeycomb()
    orbits = enumerate_orbits(prim, find_space_group(prim, 1e-3), {2: 2.9})
    return Expansion(orbits, np.array([-0.02 if len(o.prototype) == 2 else 0.0 for o in orbits]))


def pool_of(prim, expansion):
    known = lower_hull([0.0, 1.0], [0.0, -0.1], 1)
    return build_pool(
        prim, find_space_group(prim, 1e-3), expansion, known, max_cells=4, most=50, seed=1
    )


def broken(prim, pool):
    pairs = zip(pool.supercells, pool.occupations, strict=True)
    return [len(broken_exclusions(prim, cell, occupation)) for cell, occupation in pairs]


def test_no_ordering_of_the_pool_breaks_an_exclusion(attracting):
    prim = excluding()
    kept = pool_of(prim, attracting)
    assert len(kept)
    assert not any(broken(prim, kept))
    # Without the rule the same search finds orderings that break it.
    assert any(broken(prim, pool_of(honeycomb(), attracting)))

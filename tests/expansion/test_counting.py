"""Clusters counted without listing them, beside those that are listed."""

import numpy as np
import pytest

from navac.crystal.prim import Prim
from navac.crystal.symmetry import find_space_group
from navac.expansion.clusters import enumerate_orbits
from navac.expansion.counting import clusters_about


def listed(prim, cutoffs):
    orbits = enumerate_orbits(prim, find_space_group(prim, 1e-5), cutoffs)
    return {n: sum(o.multiplicity for o in orbits if o.order == n) for n in cutoffs}


def cubic(*frac):
    return Prim(3.0 * np.eye(3), np.array(frac, float), (("A", "B"),) * len(frac),
                ("A",) * len(frac), 1)  # fmt: skip


@pytest.mark.parametrize("sites", [[[0, 0, 0]], [[0, 0, 0], [0.5, 0.5, 0.5]]])
def test_exact_where_few_neighbours_are(sites):
    prim, cutoffs = cubic(*sites), {2: 6.1, 3: 4.3, 4: 4.3}
    counts = clusters_about(prim, cutoffs)
    for order, number in listed(prim, cutoffs).items():
        assert counts[order] == pytest.approx(number, rel=1e-9)


def test_a_guess_of_more_sites_is_of_the_right_size():
    prim, cutoffs = cubic([0, 0, 0], [0.5, 0.5, 0.5]), {5: 4.3}
    assert clusters_about(prim, cutoffs)[5] == pytest.approx(listed(prim, cutoffs)[5], rel=0.9)


def test_the_published_crystal(prim):
    cutoffs = {2: 10, 3: 6, 4: 5}
    assert clusters_about(prim, cutoffs) == pytest.approx(listed(prim, cutoffs))

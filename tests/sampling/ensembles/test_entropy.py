"""Entropies of runs of swaps against closed forms."""

from dataclasses import replace

import numpy as np
import pytest

from navac.sampling.ensembles.entropy import MOST_BEFORE
from navac.sampling.ensembles.quantities import quantities
from navac.sampling.ensembles.tables import over_starts
from tests.expansion.test_species import PRIMS
from tests.sampling.ensembles.problems import interacting, sampled

PRIM = PRIMS["nasicon"]
METALS = PRIM.species[PRIM.labels.index("M")]
AMOUNTS = dict.fromkeys(METALS[1:], 0.3) | {"Na": 2.0}
SODIUM = [x for x in dict.fromkeys(PRIM.active_labels) if x != "M"]
SWAP = [{"swap": SODIUM}]
TEMPERATURES = (30000.0, 10000.0, 5000.0, 3000.0, 2000.0, 1500.0, 1200.0, 1000.0)


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Sodium that prefers the sites of one label and sees nothing else."""
    prim, expansion, shells = interacting("nasicon", 1e-6)
    prefers = [
        0.1 * (o.order == 1 and PRIM.active_labels[o.clusters[0][0][0]] == SODIUM[0]) or eci
        for o, eci in zip(expansion.orbits, expansion.eci, strict=True)
    ]  # fmt: skip
    expansion = replace(expansion, eci=np.array(prefers))
    return sampled(prim, expansion, shells, tmp_path_factory.mktemp("entropy"), moves=SWAP,
                   amounts=AMOUNTS, lengths=(4, 4, 4), temperatures=TEMPERATURES)  # fmt: skip


def named(found, of):
    [one] = [q for q in quantities(found, PRIM) if q.kind == "entropy" and q.of == of]
    return one


def mixing(f):
    return -f * np.log(f) - (1 - f) * np.log(1 - f)


def test_sites_of_two_energies(found):
    filled = {}
    for label in SODIUM:
        own = [s for s, x in enumerate(PRIM.active_labels) if x == label]
        filled[label] = len(own), found.share[:, :, own, 0].mean(axis=(1, 2, 3))
    each = [n / PRIM.formula_units * mixing(f) for n, f in filled.values()]
    exact = sum(each)
    order = over_starts(named(found, "taken by order"), np.arange(8))
    whole = over_starts(named(found, ""), np.arange(8))
    ideal = 4 * mixing(0.5)
    assert exact[-1] < 0.9 * exact[0]
    assert order["mean"][0] < MOST_BEFORE
    np.testing.assert_allclose(whole["mean"], exact, atol=0.01)
    np.testing.assert_allclose(whole["mean"] + order["mean"], ideal, atol=1e-9)
    assert (order["stderr"][1:] < 0.005).all()

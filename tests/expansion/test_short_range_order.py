"""Warren–Cowley parameters of structures that are known, and of random ones."""

import numpy as np
import pytest

from navac.crystal.sites import SiteError, site_spaces
from navac.crystal.supercell import Supercell
from navac.crystal.symmetry import find_space_group
from navac.expansion.clusters import ClusterError, enumerate_orbits
from navac.expansion.short_range_order import order_of_counts, warren_cowley
from tests.expansion.test_species import PRIMS, random_occupation


def shells(crystal, cutoff):
    prim = PRIMS[crystal]
    group = find_space_group(prim, 1e-5)
    orbits = [o for o in enumerate_orbits(prim, group, {2: cutoff}) if o.order == 2]
    return prim, site_spaces(prim.species), orbits


def test_layers_of_fcc():
    """L1_0: of twelve neighbours eight are unlike; all six second ones are alike."""
    _, spaces, (first, second) = shells("fcc", 3.95)
    box = Supercell.diagonal(2, 2, 2)
    layers = (box.cells.sum(axis=1) - box.cells[:, 2]) % 2  # a + b: planes (001)
    found = warren_cowley(first, spaces, box, layers[None])
    assert found.species == (("Cu", "Au", "Pd"),) * 2
    assert found.alpha[0, 0, 1] == pytest.approx(-1 / 3)
    assert found.alpha[0, 0, 0] == pytest.approx(1 / 3)
    assert np.isnan(found.alpha[0, 2]).all()  # no Pd
    assert warren_cowley(second, spaces, box, layers[None]).alpha[0, 0, 1] == pytest.approx(1)


@pytest.mark.parametrize(
    "hnf", [((2, 0, 0), (0, 3, 0), (0, 0, 2)), ((1, 0, 0), (0, 2, 0), (0, 1, 3))]
)
def test_random_mixtures(hnf):
    """The mean of shuffled orderings is the expectation, own images included."""
    prim, spaces, orbits = shells("salt", 4.3)
    box = Supercell(hnf)
    one = random_occupation(prim, box, 1, seed=4)[0]
    rng = np.random.default_rng(0)
    half = box.size
    many = np.array([
        np.concatenate([rng.permutation(one[:half]), rng.permutation(one[half:])])
        for _ in range(4000)
    ])  # fmt: skip
    assert len(orbits) >= 3
    farthest = 0.0
    for orbit in orbits:
        found = warren_cowley(orbit, spaces, box, many)
        known = ~np.isnan(found.random[0])
        error = found.alpha.std(axis=0) / np.sqrt(len(many))
        off = np.abs(found.alpha.mean(axis=0) - found.random[0])[known]
        assert (off < 4.5 * error[known] + 1e-12).all()
        # The expectation of an infinite mixture is 0 everywhere.
        if found.species[0] == found.species[1]:
            farthest = max(farthest, np.abs(found.random[0][known]).max())
        else:
            assert np.abs(found.random[0][known]).max() < 1e-12
        np.testing.assert_allclose(found.pairs.sum(axis=(1, 2)), 1)
    assert farthest > 0.05


def test_what_is_no_pair_is_refused():
    prim, spaces, orbits = shells("salt", 3.0)
    box = Supercell.diagonal(2, 2, 2)
    point = enumerate_orbits(prim, find_space_group(prim, 1e-5), {2: 3.0})[0]
    with pytest.raises(ClusterError, match="that of pairs, not of 1 sites"):
        warren_cowley(point, spaces, box, random_occupation(prim, box, 1))
    with pytest.raises(SiteError, match="index 7"):
        warren_cowley(orbits[0], spaces, box, np.full((1, 16), 7))


def test_equivalent_sublattices_are_one():
    """A metal pair joins sublattices 0 and 1: one dopant is on either of them."""
    prim, spaces, orbits = shells("nasicon", 5.3)
    metal = [s for s, label in enumerate(prim.active_labels) if label == "M"]
    pairs = [o for o in orbits if {s for c in o.clusters for s, *_ in c} <= set(metal)]
    assert len(pairs) >= 2
    box = Supercell.diagonal(2, 2, 1)
    occupation = np.zeros((1, len(spaces) * box.size), int)
    dopants = metal[0] * box.size + np.array([0, 1])
    occupation[0, dopants] = 1
    share = np.array([14, 2]) / 16
    for orbit in pairs:
        found = warren_cowley(orbit, spaces, box, occupation, prim.active_labels)
        alpha, joint = found.alpha[0, :2, :2], found.pairs[0, :2, :2]
        np.testing.assert_allclose(alpha, alpha.T)
        np.testing.assert_allclose(joint.sum(axis=1), share)
        np.testing.assert_allclose(alpha, 1 - joint / np.outer(share, share))
    apart = [warren_cowley(o, spaces, box, occupation).alpha[0, :2, :2] for o in pairs]
    assert any(np.isnan(a).any() for a in apart)


def test_from_numbers_of_pairs():
    """What a sampler adds up: the same parameters, and of a sum of samples those of all pairs."""
    prim, spaces, (first, *_) = shells("fcc", 3.95)
    box = Supercell.diagonal(3, 3, 3)
    codes = random_occupation(prim, box, 5, seed=1)
    known = warren_cowley(first, spaces, box, codes)
    number = first.multiplicity * box.size
    kinds = (spaces[0].species, spaces[0].species)
    length = first.max_length
    found = order_of_counts(known.pairs * number, length=length, species=kinds, dealt_over=27)
    np.testing.assert_allclose(found.alpha, known.alpha, rtol=0, atol=1e-12)
    np.testing.assert_allclose(found.random, known.random, rtol=0, atol=1e-12)
    total = (known.pairs * number).sum(axis=0, keepdims=True)
    (alpha,) = order_of_counts(total, length=length, species=kinds).alpha
    shares = known.pairs.mean(axis=0)
    held = shares.sum(axis=1)
    assert alpha[0, 1] == pytest.approx(1 - shares[0, 1] / (held[0] * held[1]))

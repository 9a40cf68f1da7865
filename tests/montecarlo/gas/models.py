"""Small Hamiltonians whose states can be listed."""

from itertools import product

import numpy as np

from navac.crystal.sites import SiteSpace
from navac.expansion.clusters import Orbit, translated_home
from navac.expansion.expansion import Expansion


def ring(sublattices, clusters, basis="trigonometric", seed=0, scale=0.02):
    """A chain along the first axis with random interactions.

    Args:
        sublattices: species of each.
        clusters: bare clusters of (sublattice, cell).
    """
    spaces = tuple(SiteSpace(tuple(s), basis) for s in sublattices)
    points = [((s, 0),) for s in range(len(spaces))]
    orbits = []
    for cluster in [*points, *clusters]:
        for functions in product(*(range(1, len(spaces[s])) for s, _ in cluster)):
            home = translated_home(
                [(s, a, 0, 0, f) for (s, a), f in zip(cluster, functions, strict=True)]
            )
            bare, on_sites = tuple(s[:4] for s in home), tuple(s[4] for s in home)
            orbits.append(Orbit(len(orbits) + 2, (bare,), 0.0, 1.0, (on_sites,)))
    eci = np.random.default_rng(seed).normal(size=len(orbits)) * scale
    return Expansion(tuple(orbits), eci, 0.1, spaces)


def ternary_ring():
    """Three species with pairs up to second neighbours, and triplets."""
    return ring(["ABC"], [((0, 0), (0, 1)), ((0, 0), (0, 2)), ((0, 0), (0, 1), (0, 2))])


def two_rings(seed=1):
    """Three species on one sublattice and two on the other, joined by pairs and a triplet."""
    clusters = [
        ((0, 0), (0, 1)), ((1, 0), (1, 1)), ((0, 0), (1, 0)), ((0, 0), (1, 1)),
        ((0, 0), (1, 0), (0, 1)), ((1, 0), (1, 1), (0, 1)),
    ]  # fmt: skip
    return ring(["ABC", "XY"], clusters, seed=seed)


def all_states(sizes, cells):
    """``[state, site]`` every occupation of so many cells."""
    each = [range(n) for n in sizes for _ in range(cells)]
    return np.array(list(product(*each)), np.int8)

"""Orbits of decorated clusters: the cluster functions of sites that hold several species.

A cluster function is a product of point functions, one on each site of a cluster. Symmetry
carries sites onto sites that list the same species in the same order, and a point function onto
the one of the same number. Functions that it carries onto each other make one orbit, with one
interaction. On binary sites there is one function per cluster, and these are the orbits of
:func:`navac.expansion.clusters.enumerate_orbits`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from navac.crystal.prim import Prim
from navac.crystal.sites import SiteSpace, site_spaces
from navac.crystal.symmetry import SpaceGroup
from navac.expansion.clusters import Cluster, Orbit, enumerate_orbits, symmetry_orbits


def enumerate_functions(
    prim: Prim, group: SpaceGroup, cutoffs: Mapping[int, float]
) -> tuple[Orbit, ...]:
    """Every orbit of decorated points, and of decorated clusters within the cutoffs.

    Args:
        cutoffs: for each order ≥ 2, the longest allowed pair distance in Å.

    Returns:
        Orbits sorted as those of :func:`~navac.expansion.clusters.enumerate_orbits`; functions of
        one cluster follow each other in the order of their numbers.
    """
    orbits = enumerate_orbits(prim, group, cutoffs)
    sizes = [len(prim.species[site]) for site in prim.active]
    candidates = (c for orbit in orbits for c in decorations(orbit.prototype, sizes))
    return symmetry_orbits(prim, group, candidates)


def candidate_functions(
    prim: Prim, group: SpaceGroup, cutoffs: Mapping[int, float], basis: str = "chebyshev"
) -> tuple[tuple[Orbit, ...], tuple[SiteSpace, ...]]:
    """What an expansion of a prim may have: its orbits, and the site spaces of their functions.

    Where σ is the only point function there are no site spaces, and the orbits are those of bare
    clusters.

    Raises:
        SiteError: the basis is unknown.
    """
    spaces = site_spaces(prim.species, basis)
    if all(space.is_spin for space in spaces):
        return enumerate_orbits(prim, group, cutoffs), ()
    return enumerate_functions(prim, group, cutoffs), spaces


def decorations(cluster: Cluster, sizes: Sequence[int]) -> Iterator[Cluster]:
    """Every decoration of a cluster.

    Args:
        sizes: ``[sublattice]`` number of species.
    """
    for functions in product(*(range(1, sizes[s]) for s, *_ in cluster)):
        yield tuple((*site, f) for site, f in zip(cluster, functions, strict=True))


def count_clusters(orbits: Sequence[Orbit]) -> int:
    """Number of orbits of bare clusters among orbits of functions."""
    return len({orbit.prototype for orbit in orbits})


def count_by_sublattices(orbits: Sequence[Orbit], labels: Sequence[str]) -> dict[str, int]:
    """Functions by the labels on their sites, such as ``{"M": 5, "M M": 45, "M N": 25}``.

    Args:
        labels: ``[sublattice]`` label of each active site.
    """
    return dict(Counter(" ".join(sorted(labels[s] for s, *_ in o.prototype)) for o in orbits))

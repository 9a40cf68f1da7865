"""Correlations: averages of cluster functions over the clusters of an orbit.

Orderings of one supercell are evaluated together. Where σ is the only point function, sums are
those of whole numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np

from navac.crystal.sites import SiteSpace, checked, spins
from navac.crystal.supercell import Supercell
from navac.expansion.clusters import Cluster, Orbit
from navac.orderings.ordering import Ordering, by_supercell

BATCH = 1 << 21
"""Values of point functions, or sites of clusters, that are held at once."""


def correlations(orbits: Sequence[Orbit], supercell: Supercell, sigma: np.ndarray) -> np.ndarray:
    """``[ordering, orbit]`` averages of Πσ over the clusters of each orbit.

    Args:
        orbits: of functions of binary sites.
        sigma: ``[ordering, site]`` values −1 and +1 in a supercell.
    """
    sigma = np.asarray(sigma, dtype=np.int8)
    return _averages(orbits, supercell, np.ascontiguousarray(sigma.T)[None])


def function_averages(
    orbits: Sequence[Orbit],
    spaces: Sequence[SiteSpace],
    supercell: Supercell,
    occupation: np.ndarray,
) -> np.ndarray:
    """``[ordering, orbit]`` averages of the cluster functions of each orbit.

    Args:
        spaces: ``[sublattice]``; empty where every site is binary and its function is σ.
        occupation: ``[ordering, site]`` codes in a supercell.

    Raises:
        SiteError: a code that the site has no species for.
    """
    if all(space.is_spin for space in spaces):
        return correlations(orbits, supercell, spins(occupation))
    occupation = checked(occupation, np.repeat([len(s) for s in spaces], supercell.size))
    functions = max(len(s) for s in spaces) - 1
    some = max(1, BATCH // (functions * occupation.shape[1]))
    parts = [
        _averages(orbits, supercell, _values(spaces, supercell, occupation[first : first + some]))
        for first in range(0, len(occupation), some)
    ]
    return np.concatenate(parts) if parts else np.empty((0, len(orbits)))


def correlation_matrix(
    orbits: Sequence[Orbit], orderings: Sequence[Ordering], spaces: Sequence[SiteSpace] = ()
) -> np.ndarray:
    """``[ordering, orbit]`` averages, evaluated supercell by supercell.

    Args:
        spaces: ``[sublattice]``; empty where every site is binary and its function is σ.

    Raises:
        SiteError: a code that the site has no species for.
    """
    matrix = np.empty((len(orderings), len(orbits)))
    for supercell, rows, occupation in by_supercell(orderings):
        matrix[rows] = function_averages(orbits, spaces, supercell, occupation)
    return matrix


def _values(
    spaces: Sequence[SiteSpace], supercell: Supercell, occupation: np.ndarray
) -> np.ndarray:
    """``[point function, site, ordering]`` values; NaN where a site has no such function."""
    n_functions = max(len(s) for s in spaces) - 1
    values = np.full((n_functions, *occupation.T.shape), np.nan)
    for s, space in enumerate(spaces):
        rows = slice(s * supercell.size, (s + 1) * supercell.size)
        values[: len(space) - 1, rows] = space.values[1:, occupation.T[rows]]
    return values


def _averages(orbits: Sequence[Orbit], supercell: Supercell, values: np.ndarray) -> np.ndarray:
    """``[ordering, orbit]`` averages from ``values[point function, site, ordering]``."""
    wide = np.int64 if values.dtype == np.int8 else np.float64
    totals = np.zeros((len(orbits), values.shape[2]), dtype=wide)
    for cluster, sites in places(orbits, supercell):
        # Sites come before orderings: the factors of a product are contiguous rows.
        factors = values[:, sites]
        for column, functions in cluster:
            product = factors[functions[0] - 1, 0]
            for k, f in enumerate(functions[1:], start=1):
                product = product * factors[f - 1, k]
            totals[column] += product.sum(axis=0, dtype=wide)
    clusters = np.array([o.multiplicity for o in orbits]) * supercell.size
    return np.ascontiguousarray((totals / clusters[:, None]).T)


def places(
    orbits: Sequence[Orbit], supercell: Supercell
) -> Iterator[tuple[list[tuple[int, tuple[int, ...]]], np.ndarray]]:
    """For every bare cluster its functions, and the sites of its translations.

    Yields:
        (orbit, functions) of each decoration, and ``[site of the cluster, cell]`` sites.
    """
    decorations: dict[Cluster, list[tuple[int, tuple[int, ...]]]] = {}
    for column, orbit in enumerate(orbits):
        functions = orbit.functions or ((1,) * orbit.order,) * orbit.multiplicity
        for cluster, on_sites in zip(orbit.clusters, functions, strict=True):
            decorations.setdefault(cluster, []).append((column, on_sites))
    for order, alike in groupby(decorations, key=len):
        clusters = list(alike)
        some = max(1, BATCH // (order * supercell.size))
        for first in range(0, len(clusters), some):
            batch = clusters[first : first + some]
            at = np.array(batch)[:, :, None, :]
            sites = supercell.site(at[..., 0], supercell.cells + at[..., 1:])
            yield from zip((decorations[c] for c in batch), sites, strict=True)

"""Clusters of active sites and their orbits under a space group."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product

import numpy as np

from navac import NavacError
from navac.crystal.prim import Prim
from navac.crystal.symmetry import SpaceGroup

Site = tuple[int, ...]
"""A site of the infinite lattice: (active sublattice, cell a, cell b, cell c), and, in a
*decorated* cluster, the number of the point function on it, from 1."""
Cluster = tuple[Site, ...]

LENGTH_TOLERANCE = 5e-4
"""A pair counts as within a cutoff when it exceeds it by less than this, Å."""


class ClusterError(NavacError):
    """Clusters that are not those of the crystal, its symmetry and the cutoffs."""


@dataclass(frozen=True)
class Orbit:
    """Symmetry-equivalent clusters, one representative per lattice translation.

    On sites of more than two species an orbit is one of decorated clusters, and a cluster is
    listed once for each of its decorations.

    Attributes:
        index: position in the expansion; the empty cluster would be 1, points follow.
        clusters: the clusters per primitive cell; the first is the prototype.
        min_length: shortest pair distance in the cluster, Å (0 for points).
        max_length: longest pair distance in the cluster, Å (0 for points).
        functions: per cluster, the number of the point function on each of its sites; empty
            where it is the first one everywhere.
    """

    index: int
    clusters: tuple[Cluster, ...]
    min_length: float
    max_length: float
    functions: tuple[tuple[int, ...], ...] = ()

    @property
    def prototype(self) -> Cluster:
        """The cluster that stands for the orbit."""
        return self.clusters[0]

    @property
    def order(self) -> int:
        """Number of sites in a cluster."""
        return len(self.clusters[0])

    @property
    def multiplicity(self) -> int:
        """Number of clusters per primitive cell, each counted once per decoration."""
        return len(self.clusters)

    @property
    def decorated(self) -> tuple[Cluster, ...]:
        """The clusters with the number of a point function appended to every site."""
        functions = self.functions or ((1,) * self.order,) * self.multiplicity
        return tuple(
            tuple((*site, f) for site, f in zip(c, on_sites, strict=True))
            for c, on_sites in zip(self.clusters, functions, strict=True)
        )


def translated_home(cluster: Sequence[Site]) -> Cluster:
    """The sorted cluster, shifted by a lattice vector so that its first site is in cell 0.

    Translations keep the order of the sorted sites, so clusters that differ by a lattice
    vector have the same image.
    """
    ordered = sorted(cluster)
    _, a, b, c, *_ = ordered[0]
    return tuple((s, i - a, j - b, k - c, *rest) for s, i, j, k, *rest in ordered)


def decorated(cluster: Cluster) -> Cluster:
    """The cluster with the first point function on every site that names none."""
    return tuple((*site, 1) if len(site) == 4 else site for site in cluster)


def enumerate_orbits(
    prim: Prim, group: SpaceGroup, cutoffs: Mapping[int, float]
) -> tuple[Orbit, ...]:
    """Every orbit of points and of clusters whose pair distances are within the cutoffs.

    Decorations are left out, see :func:`navac.expansion.functions.enumerate_functions`.

    Args:
        cutoffs: for each order ≥ 2, the longest allowed pair distance in Å.

    Returns:
        Orbits sorted by order, then by length; within equal lengths by prototype.
    """
    candidates = (c for some in _clusters_by_order(prim, cutoffs).values() for c in some)
    return symmetry_orbits(prim, group, candidates)


def symmetry_orbits(
    prim: Prim,
    group: SpaceGroup,
    candidates: Iterable[Cluster],
    divide: Callable[[list[Cluster]], list[list[Cluster]]] = lambda members: [members],
) -> tuple[Orbit, ...]:
    """The orbits that clusters belong to, numbered like those of :func:`enumerate_orbits`.

    Args:
        candidates: clusters in the form of :func:`translated_home`, all decorated or none.
        divide: splits the clusters of an orbit into parts; each becomes an orbit.
    """
    seen: set[Cluster] = set()
    found = []
    for cluster in candidates:
        if cluster not in seen:
            members = _images(prim, group, cluster)
            seen |= members
            found += [_orbit(prim, part) for part in divide(sorted(members))]
    found.sort(key=lambda orbit: (orbit.order, *_sort_key(prim, orbit)))
    return tuple(replace(orbit, index=i) for i, orbit in enumerate(found, start=2))


def _clusters_by_order(prim: Prim, cutoffs: Mapping[int, float]) -> dict[int, list[Cluster]]:
    """All clusters up to translation, grown from points by one neighbour at a time."""
    points: list[Cluster] = [((s, 0, 0, 0),) for s in range(len(prim.active))]
    longest = max(cutoffs.values(), default=0.0)
    neighbours = {s: list(_neighbours(prim, s, longest)) for s in range(len(prim.active))}
    result = {1: points}
    for order in sorted(cutoffs):
        limit = cutoffs[order] + LENGTH_TOLERANCE
        near = {s: [n for n, d in neighbours[s] if d <= limit] for s in neighbours}
        # The sub-clusters of a cluster within one cutoff are within it too.
        grown = set(points)
        for _ in range(order - 1):
            grown = {
                translated_home((*c, n))
                for c in grown
                for n in near[c[0][0]]
                if n not in c and _within(prim, (*c, n), cutoffs[order])
            }
        result[order] = sorted(grown)
    return result


def _neighbours(prim: Prim, sublattice: int, cutoff: float) -> Iterator[tuple[Site, float]]:
    """Active sites within ``cutoff`` + rounding of a site of the home cell."""
    heights = 1 / np.linalg.norm(np.linalg.inv(prim.lattice), axis=0)
    reach = np.ceil(cutoff / heights).astype(int) + 1
    home = prim.cartesian(prim.active[sublattice], np.zeros(3))
    cells = np.array(list(product(*(range(-r, r + 1) for r in reach))))
    for other in range(len(prim.active)):
        distances = np.linalg.norm(prim.cartesian(prim.active[other], cells) - home, axis=1)
        for (a, b, c), distance in zip(cells.tolist(), distances.tolist(), strict=True):
            if 1e-3 < distance <= cutoff + LENGTH_TOLERANCE:
                yield (other, a, b, c), distance


def _lengths(prim: Prim, cluster: Sequence[Site]) -> list[float]:
    """Pair distances in a cluster, Å."""
    at = [prim.cartesian(prim.active[s], np.array(cell[:3])) for s, *cell in cluster]
    return [float(np.linalg.norm(p - q)) for p, q in combinations(at, 2)]


def _within(prim: Prim, cluster: Cluster, cutoff: float) -> bool:
    return max(_lengths(prim, cluster)) <= cutoff + LENGTH_TOLERANCE


def _images(prim: Prim, group: SpaceGroup, cluster: Cluster) -> set[Cluster]:
    """Images of a cluster under every operation, up to translation."""
    active_of = {int(site): s for s, site in enumerate(prim.active)}
    images = set()
    for rotation, site, cell in zip(
        group.rotations, group.image_site, group.image_cell, strict=True
    ):
        image: list[Site] = []
        for s, a, b, c, *function in cluster:
            full = prim.active[s]
            moved = (rotation @ np.array((a, b, c)) + cell[full]).tolist()
            image.append((active_of[int(site[full])], *moved, *function))
        images.add(translated_home(image))
    return images


def _orbit(prim: Prim, members: Iterable[Cluster]) -> Orbit:
    bare = sorted((tuple(s[:4] for s in c), tuple(f for s in c for f in s[4:])) for c in members)
    clusters, functions = zip(*bare, strict=True)
    lengths = _lengths(prim, clusters[0]) or [0.0]
    if all(set(on_sites) <= {1} for on_sites in functions):
        functions = ()
    return Orbit(0, clusters, min(lengths), max(lengths), functions)


def _sort_key(prim: Prim, orbit: Orbit) -> tuple:
    """Shortest of the longest distances first; exact ties by the largest cluster, then functions.

    At 1e-4 Å this is the order of the paper's tables except within two groups of pairs whose
    lengths are equal lattice vectors (31-34 and 39-42); :func:`renumbered` settles those.
    """
    lengths = sorted((round(d, 4) for d in _lengths(prim, orbit.prototype)), reverse=True)
    distinct = dict.fromkeys(orbit.clusters)
    return lengths, [[[-v for v in site] for site in c] for c in distinct], orbit.functions


def renumbered(orbits: Sequence[Orbit], known: Mapping[Cluster, int]) -> tuple[Orbit, ...]:
    """Give orbits the indices that a published table prints; the rest fill the gaps in order.

    Args:
        known: index per printed cluster, in the form of :func:`translated_home`; without
            functions it has the first one on every site.

    Raises:
        ClusterError: a printed cluster belongs to no orbit, or two of them to one.
    """
    owner = {cluster: o for o in orbits for cluster in o.decorated}
    full = {decorated(cluster): index for cluster, index in known.items()}
    if lost := [c for c in known if decorated(c) not in owner]:
        raise ClusterError(f"clusters {lost} are in no orbit; check the cutoffs and the symmetry")
    printed = {owner[cluster].index: index for cluster, index in full.items()}
    if len(printed) != len(known) or len(set(printed.values())) != len(known):
        raise ClusterError("two printed clusters are equivalent by symmetry")
    free = iter(sorted({o.index for o in orbits} - set(printed.values())))
    return tuple(
        sorted(
            (
                replace(o, index=printed[o.index] if o.index in printed else next(free))
                for o in orbits
            ),
            key=lambda o: o.index,
        )
    )

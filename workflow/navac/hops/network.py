"""Hops between neighbouring sites of the inserted species, told apart by symmetry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from navac import NavacError
from navac.crystal.prim import Prim
from navac.crystal.symmetry import SpaceGroup
from navac.expansion.clusters import Orbit, enumerate_orbits


class HopError(NavacError):
    """A hop that is not there, or a path that cannot be found."""


@dataclass(frozen=True)
class HopKind:
    """Hops that symmetry makes equal.

    Attributes:
        name: sublattices and length, ``Na1-Na2-3.42``; a letter tells equal ones apart.
        labels: sublattices of the two sites.
        length: Å.
        orbit: the pairs of sites.
    """

    name: str
    labels: tuple[str, str]
    length: float
    orbit: Orbit

    @property
    def per_cell(self) -> int:
        """Number of such hops per primitive cell, both directions one."""
        return self.orbit.multiplicity


def hop_kinds(prim: Prim, group: SpaceGroup, species: str, reach: float) -> tuple[HopKind, ...]:
    """The kinds of hops of a species up to a length, by rising length.

    Args:
        reach: Å.

    Raises:
        HopError: there is none.
    """
    hosts = {k for k, site in enumerate(prim.active) if species in prim.species[site]}
    orbits = [
        orbit for orbit in enumerate_orbits(prim, group, {2: reach})
        if orbit.order == 2 and {site[0] for site in orbit.prototype} <= hosts
    ]  # fmt: skip
    if not orbits:
        raise HopError(f"hops.reach_A: no two sites of {species} are within {reach:g} Å; raise it")
    return tuple(_named(prim, orbits))


def _named(prim: Prim, orbits: Sequence[Orbit]) -> Iterator[HopKind]:
    labels = [
        tuple(sorted(prim.active_labels[site[0]] for site in orbit.prototype)) for orbit in orbits
    ]
    names = [f"{a}-{b}-{o.max_length:.2f}" for (a, b), o in zip(labels, orbits, strict=True)]
    for k, (orbit, (a, b)) in enumerate(zip(orbits, labels, strict=True)):
        alike = [i for i, name in enumerate(names) if name == names[k]]
        letter = "abcdefgh"[alike.index(k)] if len(alike) > 1 else ""
        yield HopKind(names[k] + letter, (a, b), orbit.max_length, orbit)


def dimension(kinds: Sequence[HopKind]) -> int:
    """In how many directions a network of hops extends without end, 0 to 3."""
    pairs = [cluster for kind in kinds for cluster in kind.orbit.clusters]
    return extent((a, b, np.subtract(at_b, at_a)) for (a, *at_a), (b, *at_b) in pairs)


def extent(joined: Iterable[tuple[int, int, np.ndarray]]) -> int:
    """In how many directions a periodic graph extends without end, 0 to 3.

    Nodes that edges join are one piece; a piece extends along the lattice translations that lead
    from a node to its own images.

    Args:
        joined: two nodes, and ``[3]`` the cell of the second less that of the first.
    """
    piece: dict[int, int] = {}
    offset: dict[int, np.ndarray] = {}
    loops: dict[int, list[np.ndarray]] = {}
    for a, b, apart in joined:
        for node in (a, b):
            piece.setdefault(node, node)
            offset.setdefault(node, np.zeros(3, int))
        gap = offset[a] + apart - offset[b]
        if piece[a] != piece[b]:
            old, new = piece[b], piece[a]
            for node in [n for n, p in piece.items() if p == old]:
                piece[node], offset[node] = new, offset[node] + gap
            loops[new] = loops.get(new, []) + loops.pop(old, [])
        elif gap.any():
            loops.setdefault(piece[a], []).append(gap)
    return max((int(np.linalg.matrix_rank(np.array(v))) for v in loops.values()), default=0)

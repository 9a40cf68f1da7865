"""How many clusters there are within cutoffs, without listing them."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from math import comb

import numpy as np

from navac.crystal.prim import Prim
from navac.expansion.clusters import LENGTH_TOLERANCE

SAMPLE = 300
"""Neighbours of a site whose mutual distances are looked at."""


def clusters_about(prim: Prim, cutoffs: Mapping[int, float]) -> dict[int, float]:
    """Clusters per primitive cell of every order, about.

    Pairs are exact. Of larger clusters it is known how many sets of neighbours of a site there
    are; the share of triangles and of tetrahedra among them whose sites are within the cutoff of
    each other too is that of up to :data:`SAMPLE` neighbours, exact where there are no more. For
    more sites than four it is taken as a power of the tetrahedra's.
    """
    counts = dict.fromkeys(cutoffs, 0.0)
    for order, cutoff in cutoffs.items():
        for site in prim.active:
            near = _around(prim, int(site), cutoff)
            together = _together(near, cutoff, order - 1)
            counts[order] += comb(len(near), order - 1) * together / order
    return counts


def _around(prim: Prim, site: int, cutoff: float) -> np.ndarray:
    """``[neighbour, 3]`` active sites within a cutoff of a site, Å from it."""
    heights = 1 / np.linalg.norm(np.linalg.inv(prim.lattice), axis=0)
    reach = np.ceil(cutoff / heights).astype(int) + 1
    cells = np.array(list(product(*(range(-r, r + 1) for r in reach))))
    home = prim.cartesian(np.array(site), np.zeros(3))
    at = np.concatenate([prim.cartesian(np.array(s), cells) for s in prim.active]) - home
    distance = np.linalg.norm(at, axis=1)
    return at[(distance > 1e-3) & (distance <= cutoff + LENGTH_TOLERANCE)]


def _together(near: np.ndarray, cutoff: float, size: int) -> float:
    """The share of sets of ``size`` neighbours that are all within the cutoff of each other."""
    if size < 2 or len(near) < size:
        return 1.0
    some = near[np.random.default_rng(0).permutation(len(near))[:SAMPLE]]
    apart = np.linalg.norm(some[:, None] - some, axis=2)
    joined = ((apart > 1e-3) & (apart <= cutoff + LENGTH_TOLERANCE)).astype(float)
    n = len(some)
    if size == 2:
        return float(joined.sum() / (n * (n - 1)))
    triangles = float(np.sum((joined @ joined) * joined) / (n * (n - 1) * (n - 2)))
    # Each of the pairs in a set is a condition, and three of them are met in a triangle.
    return float(triangles ** (comb(size, 2) / 3))

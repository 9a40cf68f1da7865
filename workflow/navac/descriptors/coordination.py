"""Neighbours of a sublattice in the crystal: the anions around it, and how far they are."""

from __future__ import annotations

import numpy as np

from navac.crystal.prim import Prim
from navac.descriptors.entropy import ANIONS
from navac.descriptors.sublattices import DescriptorError

REACH_A = 3.5
"""How far anions are looked for, Å."""
GAP = 1.2
"""Anions belong to a shell until the next is farther by more than this factor."""


def anion_distances(prim: Prim, label: str) -> np.ndarray:
    """``[anion]`` distances of the first shell of anions around a sublattice, Å, rising.

    Raises:
        DescriptorError: there is none.
    """
    site = prim.labels.index(label)
    anions = [i for i, held in enumerate(prim.species) if set(held) & set(ANIONS)]
    found = np.sort(_distances(prim, site, anions))
    found = found[found < REACH_A]
    if not len(found):
        raise DescriptorError(f"{label}: no anion within {REACH_A:g} Å; its sites are not ionic")
    beyond = np.flatnonzero(found[1:] > GAP * found[:-1])
    return found[: beyond[0] + 1] if len(beyond) else found


def _distances(prim: Prim, site: int, others: list[int]) -> np.ndarray:
    """``[site]`` distances from one site to the images of others in the cells around, Å."""
    cells = np.stack(np.meshgrid(*[np.arange(-2, 3)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    frac = (prim.frac[others][:, None] + cells).reshape(-1, 3)
    away = np.linalg.norm((frac - prim.frac[site]) @ prim.lattice, axis=1)
    return away[away > 1e-3]

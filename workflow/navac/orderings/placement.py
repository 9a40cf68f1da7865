"""Atoms laid onto the sites of one supercell, from every origin that is worth it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.spatial import cKDTree

from navac.crystal.prim import Prim
from navac.orderings.assignment import Sites, assigned
from navac.orderings.lattices import Match
from navac.orderings.mapping import MappingError

ORIGINS = 8
"""Origins whose atoms are all assigned; the others lay the atoms of the rarest element worse."""
BEYOND = 0.4
"""Worse by how much an origin may lay the atoms of the rarest element to be tried, Å."""
IMAGES = np.array(list(product((-1, 0, 1), repeat=3)))
"""``[image, 3]`` the cells around one, and itself."""


@dataclass(frozen=True)
class Fit:
    """All atoms of a structure laid onto the sites of a supercell.

    Attributes:
        match: the supercell and its strain.
        sites: those of the supercell.
        onto: ``[atom]`` index of the site.
        vectors: ``[atom, 3]`` from the atom to the site, Å.
        score: displacements and strain together, Å; the smaller the better.
    """

    match: Match
    sites: Sites
    onto: np.ndarray
    vectors: np.ndarray
    score: float

    @property
    def farthest_A(self) -> float:
        """How far an atom is from its site at most."""
        return float(np.linalg.norm(self.vectors, axis=1).max())


def strain_score(prim: Prim, match: Match) -> float:
    """Strain as a length, Å: what it moves two neighbouring atoms against each other."""
    spacing = (abs(np.linalg.det(prim.lattice)) / len(prim.species)) ** (1 / 3)
    score: float = np.sqrt((match.strain**2).mean()) * spacing
    return score


def fits(prim: Prim, match: Match, frac: np.ndarray, symbols: list[str]) -> Iterator[Fit]:
    """The structure on a supercell, for every origin worth it.

    Args:
        frac: ``[atom, 3]`` coordinates in the structure's own cell.
        symbols: ``[atom]`` elements.
    """
    sites = Sites(prim, match)
    for origin in _origins(prim, sites, frac, symbols):
        shifted = frac + origin
        try:
            onto, vectors = assigned(prim, sites, shifted, symbols)
            centre = vectors.mean(axis=0)
            shifted = shifted + centre @ np.linalg.inv(sites.ideal.matrix)
            onto, vectors = assigned(prim, sites, shifted, symbols)
        except MappingError:
            continue
        vectors = vectors - vectors.mean(axis=0)
        score = float(np.sqrt((vectors**2).sum(axis=1).mean())) + strain_score(prim, match)
        yield Fit(match, sites, onto, vectors, score)


def _origins(prim: Prim, sites: Sites, frac: np.ndarray, symbols: list[str]) -> list[np.ndarray]:
    """``[3]`` shifts that lay one atom of the rarest element onto a site of the prim."""
    counts = Counter(symbols)
    hosts = {s[0] for s in prim.species if len(s) == 1} & set(counts)
    rarest = min(hosts or set(counts), key=lambda e: (counts[e], e))
    mine = frac[[i for i, s in enumerate(symbols) if s == rarest]]
    may = np.array([rarest in prim.species[p] for p in sites.of_prim])
    home = np.arange(len(prim.species)) * sites.supercell.size
    points = np.vstack([
        (sites.frac[may] + image) @ sites.ideal.matrix for image in IMAGES
    ])  # fmt: skip
    tree = cKDTree(points)
    found = []
    for site in home[may[home]]:
        shift = sites.frac[site] - mine[0]
        moved = mine + shift
        distance, _ = tree.query((moved - np.floor(moved)) @ sites.ideal.matrix)
        found.append((float(np.sqrt((distance**2).mean())), shift))
    found.sort(key=lambda one: one[0])
    worst = found[0][0] + BEYOND if found else 0.0
    return [shift for distance, shift in found if distance <= worst][: max(ORIGINS, len(home))]

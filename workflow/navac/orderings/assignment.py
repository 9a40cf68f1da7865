"""Atoms of a given cell assigned to the sites of a supercell, each to a different one."""

from __future__ import annotations

import numpy as np
from pymatgen.core import Lattice
from scipy.optimize import linear_sum_assignment

from navac.crystal.prim import Prim
from navac.crystal.sites import VACANCY
from navac.crystal.supercell import spanned
from navac.orderings.lattices import Match
from navac.orderings.mapping import MappingError

FAR = 3.0
"""No atom is accepted so far from its site, Å."""
_FORBIDDEN = 1e6


class Sites:
    """The sites of a supercell in the vectors of a given cell.

    Attributes:
        ideal: the unstrained cell as a lattice.
        supercell: in Hermite normal form.
        frac: ``[site, 3]`` fractional coordinates in the given cell.
        of_prim: ``[site]`` site of the prim.
    """

    def __init__(self, prim: Prim, match: Match):
        self.ideal = Lattice(match.basis @ prim.lattice)
        self.supercell = spanned(match.basis)
        self.of_prim, cell = np.divmod(
            np.arange(len(prim.frac) * self.supercell.size), self.supercell.size
        )
        cells = self.supercell.cells[cell]
        self.frac = (prim.frac[self.of_prim] + cells) @ np.linalg.inv(match.basis)
        spacings = 1 / np.linalg.norm(np.linalg.inv(self.ideal.matrix), axis=0)
        self._wide = spacings.min() > 2 * FAR

    def vectors(self, frac: np.ndarray, sites: np.ndarray, exact: bool = False) -> np.ndarray:
        """``[atom, site, 3]`` shortest vectors from atoms to some sites, Å.

        Unless ``exact``, those longer than ``FAR`` may be longer than the shortest image.
        """
        difference = self.frac[sites][None] - frac[:, None]
        if self._wide and not exact:
            wrapped: np.ndarray = (difference - np.rint(difference)) @ self.ideal.matrix
            return wrapped
        return shortest(self.ideal.matrix, difference)

    def may_hold(self, prim: Prim, elements: list[str], sites: np.ndarray) -> np.ndarray:
        """``[atom, site]`` whether a site may hold the element of an atom."""
        table = {e: np.array([e in s for s in prim.species])[self.of_prim[sites]]
                 for e in set(elements)}  # fmt: skip
        return np.array([table[e] for e in elements])


def shortest(lattice: np.ndarray, difference: np.ndarray) -> np.ndarray:
    """Shortest images of ``difference[..., 3]``, fractional, as Cartesian vectors, Å.

    Args:
        lattice: ``[3, 3]`` compact; the wrapped vector and its neighbours along each axis that
            can be shorter are compared.
    """
    wrapped = (difference - np.rint(difference)) @ lattice
    best = (wrapped**2).sum(axis=-1)
    found = wrapped.copy()
    for shift in _neighbours(lattice):
        other = wrapped + shift
        length = (other**2).sum(axis=-1)
        closer = length < best - 1e-12
        found[closer], best[closer] = other[closer], length[closer]
    return found


def _neighbours(lattice: np.ndarray) -> np.ndarray:
    """Lattice vectors that a wrapped vector may have to be shifted by: the shortest ones."""
    grid = np.array([(i, j, k) for i in (-1, 0, 1) for j in (-1, 0, 1) for k in (-1, 0, 1)])
    corner = np.abs(lattice).sum(axis=0)  # twice the reach of a wrapped vector
    vectors = grid[np.any(grid != 0, axis=1)] @ lattice
    return vectors[np.linalg.norm(vectors, axis=1) <= np.linalg.norm(corner)]


def assigned(
    prim: Prim, sites: Sites, frac: np.ndarray, symbols: list[str]
) -> tuple[np.ndarray, np.ndarray]:
    """A different site for every atom: ``onto[atom]`` and ``vectors[atom, 3]``, Å.

    Raises:
        MappingError: some atom has no site.
    """
    onto, vectors = np.empty(len(frac), int), np.empty((len(frac), 3))
    for elements in sharing(prim):
        atoms = np.array([i for i, s in enumerate(symbols) if s in elements], int)
        if not len(atoms):
            continue
        here = np.flatnonzero([bool(elements & set(prim.species[p])) for p in sites.of_prim])
        between = sites.vectors(frac[atoms], here)
        may = sites.may_hold(prim, [symbols[a] for a in atoms], here)
        cost = np.where(may, (between**2).sum(axis=-1), _FORBIDDEN)
        rows, columns = linear_sum_assignment(cost)
        if len(rows) < len(atoms) or not may[rows, columns].all():
            raise MappingError("an atom finds no free site that may hold its species")
        onto[atoms], vectors[atoms] = here[columns], between[rows, columns]
    return onto, vectors


def sharing(prim: Prim) -> list[set[str]]:
    """Elements in groups that share sites."""
    groups: list[set[str]] = []
    for species in prim.species:
        joined = set(species) - {VACANCY}
        apart = [g for g in groups if not g & joined]
        groups = [*apart, joined.union(*(g for g in groups if g & joined))]
    return groups

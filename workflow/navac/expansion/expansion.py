"""A cluster expansion: orbits with their effective cluster interactions, and its tables.

Site variables are the Chebyshev polynomials of a binary site: σ = −1 for the first species of
the site, +1 for the second (paper, SI S2-1). The energy per primitive cell is
``constant + Σ_orbits multiplicity × ECI per cluster × average of Πσ``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from navac import NavacError
from navac.crystal.sites import spins
from navac.crystal.supercell import Supercell
from navac.expansion.clusters import Orbit
from navac.orderings.ordering import Ordering


class ExpansionError(NavacError):
    """An ECI table cannot be read, or does not fit the crystal that it is read for."""


@dataclass(frozen=True)
class Expansion:
    """A fitted or published cluster expansion.

    Attributes:
        orbits: the clusters, without the empty cluster.
        eci: ``[orbit]`` interaction per cluster, eV.
        constant: coefficient of the empty cluster, eV per primitive cell.
    """

    orbits: tuple[Orbit, ...]
    eci: np.ndarray
    constant: float = 0.0

    @property
    def multiplicities(self) -> np.ndarray:
        """``[orbit]`` clusters per primitive cell."""
        return np.array([o.multiplicity for o in self.orbits])

    def energies(self, supercell: Supercell, sigma: np.ndarray) -> np.ndarray:
        """``[ordering]`` energies of ``sigma[ordering, site]``, eV per primitive cell."""
        used = np.flatnonzero(self.eci)
        averages = correlations([self.orbits[i] for i in used], supercell, sigma)
        return self.constant + averages @ (self.multiplicities * self.eci)[used]

    def energies_of(self, orderings: Sequence[Ordering]) -> np.ndarray:
        """``[ordering]`` energies of orderings in any supercells, eV per primitive cell."""
        averages = correlation_matrix(self.orbits, orderings)
        return self.constant + averages @ (self.multiplicities * self.eci)

    def at_random(self, mu: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """E − μN and its variance with every site filled at random, half of them on average.

        That is infinite temperature at fixed μ: all configurations are equally likely, and
        products of σ over different clusters are independent.

        Args:
            mu: eV per atom of the first species.

        Returns:
            mean, eV per primitive cell, and variance of a supercell per primitive cell, eV².
        """
        mu = np.asarray(mu, float)
        points = np.array([o.order == 1 for o in self.orbits])
        many = self.multiplicities
        sites = many[points].sum()
        # N = Σ (1 − σ) / 2, so that μ/2 adds to the interaction of every point.
        shifted = self.eci[points] + mu[..., None] / 2
        variance = (many * self.eci**2)[~points].sum() + (many[points] * shifted**2).sum(axis=-1)
        return self.constant - mu * sites / 2, variance


def correlations(orbits: Sequence[Orbit], supercell: Supercell, sigma: np.ndarray) -> np.ndarray:
    """Orbit averages of Πσ.

    Args:
        sigma: ``[ordering, site]`` of ±1.

    Returns:
        ``[ordering, orbit]`` averages in [−1, 1].
    """
    # Sites first: a cluster's factors are then whole rows, contiguous over the orderings.
    sigma = np.ascontiguousarray(np.asarray(sigma, dtype=np.int8).T)
    averages = np.empty((sigma.shape[1], len(orbits)))
    for column, orbit in enumerate(orbits):
        clusters = np.array(orbit.clusters)[:, :, None, :]
        cells = supercell.cells + clusters[..., 1:]
        sites = supercell.site(clusters[..., 0], cells)
        total = np.zeros(sigma.shape[1], dtype=np.int64)
        for cluster in sites:
            product = sigma[cluster[0]]
            for row in cluster[1:]:
                product = product * sigma[row]
            total += product.sum(axis=0, dtype=np.int64)
        averages[:, column] = total / (orbit.multiplicity * supercell.size)
    return averages


def correlation_matrix(orbits: Sequence[Orbit], orderings: Sequence[Ordering]) -> np.ndarray:
    """``[ordering, orbit]`` averages, evaluated supercell by supercell."""
    matrix = np.empty((len(orderings), len(orbits)))
    rows_of: dict[tuple[int, ...], list[int]] = {}
    for row, ordering in enumerate(orderings):
        rows_of.setdefault(ordering.hnf, []).append(row)
    for rows in rows_of.values():
        sigma = spins(np.stack([orderings[i].occupation for i in rows]))
        matrix[rows] = correlations(orbits, orderings[rows[0]].supercell, sigma)
    return matrix

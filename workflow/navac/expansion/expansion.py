"""A cluster expansion: orbits with their effective cluster interactions.

The energy per primitive cell is
``constant + Σ_orbits multiplicity × ECI per cluster × average of the cluster function``. On a
binary site the point function is the Chebyshev polynomial σ = −1 for the first species of the
site, +1 for the second (paper, SI S2-1); on others the site spaces name it. Beside the clusters
there may be an electrostatic term.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from navac import NavacError
from navac.crystal.sites import SiteSpace
from navac.crystal.supercell import Supercell
from navac.expansion.clusters import Orbit
from navac.expansion.correlations import correlation_matrix, correlations, function_averages
from navac.expansion.electrostatics import Electrostatics
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
        spaces: ``[sublattice]`` species and point functions of the active sites; empty where
            every site is binary and its function is σ.
        electrostatics: the energy of nominal charges beside the clusters; None for none.
    """

    orbits: tuple[Orbit, ...]
    eci: np.ndarray
    constant: float = 0.0
    spaces: tuple[SiteSpace, ...] = ()
    electrostatics: Electrostatics | None = None

    @property
    def is_spin(self) -> bool:
        """Whether σ is the only point function of every site."""
        return all(space.is_spin for space in self.spaces)

    def require_spin(self, what: str) -> None:
        """Refuse sites of several species, or in another basis, for what cannot take them.

        An electrostatic term is refused too.

        Args:
            what: needs σ, in words.

        Raises:
            ExpansionError: a site has another point function than σ, or charges act.
        """
        self.require_clusters(what)
        self._require_sigma(what)

    def _require_sigma(self, what: str) -> None:
        for s, space in enumerate(self.spaces):
            if not space.is_spin:
                raise ExpansionError(
                    f"{what} takes binary sites only, but sublattice {s} holds "
                    f"{', '.join(space.species)} in the basis {space.basis}; restrict the site to "
                    "two species in prim.sites, or convert a binary expansion to the basis "
                    "chebyshev"
                )

    def require_clusters(self, what: str) -> None:
        """Refuse an electrostatic term for what takes clusters only.

        Args:
            what: takes them, in words.

        Raises:
            ExpansionError: charges act.
        """
        if self.electrostatics is not None:
            raise ExpansionError(
                f"{what} takes clusters only, but the expansion has an electrostatic term, which "
                "reaches beyond all clusters; write it as pairs up to a radius "
                "(navac.expansion.coulomb_pairs), or fit without it"
            )

    @property
    def multiplicities(self) -> np.ndarray:
        """``[orbit]`` clusters per primitive cell."""
        return np.array([o.multiplicity for o in self.orbits])

    def energies(self, supercell: Supercell, sigma: np.ndarray) -> np.ndarray:
        """``[ordering]`` energies of ``sigma[ordering, site]``, eV per primitive cell.

        Raises:
            ExpansionError: σ does not describe a site; see :meth:`energies_at`.
        """
        self._require_sigma("an energy from σ")
        used = np.flatnonzero(self.eci)
        averages = correlations([self.orbits[i] for i in used], supercell, sigma)
        energies = self.constant + averages @ (self.multiplicities * self.eci)[used]
        if self.electrostatics is None:
            return energies
        codes = (np.asarray(sigma) > 0).astype(np.int8)
        return energies + self.electrostatics.energies(supercell, codes)

    def energies_at(self, supercell: Supercell, occupation: np.ndarray) -> np.ndarray:
        """``[ordering]`` energies of codes ``occupation[ordering, site]``, eV per primitive cell.

        Raises:
            SiteError: a code that the site has no species for.
        """
        used = np.flatnonzero(self.eci)
        some = [self.orbits[i] for i in used]
        averages = function_averages(some, self.spaces, supercell, occupation)
        energies = self.constant + averages @ (self.multiplicities * self.eci)[used]
        if self.electrostatics is None:
            return energies
        return energies + self.electrostatics.energies(supercell, occupation)

    def energies_of(self, orderings: Sequence[Ordering]) -> np.ndarray:
        """``[ordering]`` energies of orderings in any supercells, eV per primitive cell."""
        averages = correlation_matrix(self.orbits, orderings, self.spaces)
        energies = self.constant + averages @ (self.multiplicities * self.eci)
        if self.electrostatics is None:
            return energies
        return energies + self.electrostatics.strength * self.electrostatics.bare_of(orderings)

    def at_random(self, mu: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """E − μN and its variance with every site filled at random, half of them on average.

        That is infinite temperature at fixed μ: all configurations are equally likely, and
        products of σ over different clusters are independent.

        Args:
            mu: eV per atom of the first species.

        Returns:
            mean, eV per primitive cell, and variance of a supercell per primitive cell, eV².
        """
        self.require_spin("an average over random fillings")
        mu = np.asarray(mu, float)
        points = np.array([o.order == 1 for o in self.orbits])
        many = self.multiplicities
        sites = many[points].sum()
        # N = Σ (1 − σ) / 2, so that μ/2 adds to the interaction of every point.
        shifted = self.eci[points] + mu[..., None] / 2
        variance = (many * self.eci**2)[~points].sum() + (many[points] * shifted**2).sum(axis=-1)
        return self.constant - mu * sites / 2, variance

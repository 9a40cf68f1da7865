"""The energy of one small supercell as a polynomial in the spins of its sites.

In a supercell smaller than the reach of the interactions a cluster meets its own images: σ² is 1,
and what is left is a shorter product. The polynomial holds these products summed up, so that it is
exact in any supercell.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from navac.crystal.supercell import Supercell
from navac.expansion.expansion import Expansion


@dataclass(frozen=True)
class Polynomial:
    """E = constant + Σ coefficient × Πσ, of a whole supercell.

    Attributes:
        sites: of the supercell.
        constant: eV per supercell.
        members: per order, ``[term, order]`` sites of the products.
        coefficients: per order, ``[term]`` eV.
    """

    sites: int
    constant: float
    members: dict[int, np.ndarray]
    coefficients: dict[int, np.ndarray]

    @classmethod
    def of(cls, expansion: Expansion, supercell: Supercell, sublattices: int) -> Polynomial:
        """The energy that an expansion gives a supercell of a prim with so many active sites."""
        terms: dict[tuple[int, ...], float] = defaultdict(float)
        for orbit, eci in zip(expansion.orbits, expansion.eci, strict=True):
            for cluster in orbit.clusters if eci else ():
                place = np.array(cluster)
                where = supercell.site(
                    place[:, 0], supercell.cells[:, None, :] + place[:, 1:]
                ).tolist()
                for row in where:
                    odd = (site for site in set(row) if row.count(site) % 2)
                    terms[tuple(sorted(odd))] += float(eci)
        constant = expansion.constant * supercell.size + terms.pop((), 0.0)
        orders = sorted({len(term) for term in terms})
        by_order = {n: [t for t in terms if len(t) == n] for n in orders}
        return cls(
            sites=sublattices * supercell.size,
            constant=constant,
            members={n: np.array(some) for n, some in by_order.items()},
            coefficients={n: np.array([terms[t] for t in some]) for n, some in by_order.items()},
        )

    def energies(self, sigma: np.ndarray) -> np.ndarray:
        """``[replica]`` eV per supercell of ``sigma[site, replica]``."""
        total = np.full(sigma.shape[1], self.constant)
        for n, members in self.members.items():
            total += self.coefficients[n] @ sigma[members].prod(axis=1)
        return total

    @cached_property
    def _fields(self) -> list[list[tuple[np.ndarray, np.ndarray]]]:
        """Per site and order, partners ``[term, order − 1]`` and coefficients ``[term]``."""
        found: list[list[tuple[np.ndarray, np.ndarray]]] = [[] for _ in range(self.sites)]
        for n, members in self.members.items():
            for site in range(self.sites):
                term, place = np.nonzero(members == site)
                if len(term):
                    mask = np.ones((len(term), n), bool)
                    mask[np.arange(len(term)), place] = False
                    partners = members[term][mask].reshape(len(term), n - 1)
                    found[site].append((partners, self.coefficients[n][term]))
        return found

    def field(self, site: int, sigma: np.ndarray) -> np.ndarray:
        """``[replica]`` what multiplies σ of a site in the energy, eV."""
        total = np.zeros(sigma.shape[1])
        for partners, coefficients in self._fields[site]:
            if partners.shape[1] == 0:
                total += coefficients.sum()
            elif partners.shape[1] == 1:
                total += coefficients @ sigma[partners[:, 0]]
            else:
                total += coefficients @ sigma[partners].prod(axis=1)
        return total

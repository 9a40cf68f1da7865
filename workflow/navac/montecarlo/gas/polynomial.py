"""A cluster expansion as a lattice gas: a polynomial in occupation bits.

A site of n species has n − 1 bits, one for each code but 0; a bit is 1 where the site holds that
species. Every cluster function is a sum of products of such bits, so that an expansion in any basis
becomes a lattice gas without approximation. Where all sites of a cluster are binary and have σ
for a function, the product of σ is kept as a whole: it is a parity of bits, with fewer terms.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from navac.crystal.sites import SiteSpace
from navac.expansion.basis import substituted, terms_of
from navac.expansion.clusters import Cluster
from navac.expansion.expansion import Expansion


@dataclass(frozen=True)
class Polynomial:
    """Energy of a supercell: over all cells, the sum of these terms.

    Attributes:
        sizes: ``[sublattice]`` number of species.
        constant: eV per primitive cell.
        products: eV for clusters of (sublattice, cell a, b, c, code), all of whose sites hold
            the species with that code.
        parities: eV times the product of σ, for clusters of (sublattice, cell a, b, c).
    """

    sizes: tuple[int, ...]
    constant: float
    products: dict[Cluster, float]
    parities: dict[Cluster, float]


def polynomial(expansion: Expansion) -> Polynomial:
    """The lattice gas that an expansion is, exactly."""
    spaces = _spaces(expansion)
    terms = terms_of(expansion)
    spins = {c: value for c, value in terms.items() if all(spaces[s].is_spin for s, *_ in c)}
    others = {c: value for c, value in terms.items() if c not in spins}
    shift, products = substituted(others, [_bits(space) for space in spaces])
    parities = {tuple(site[:4] for site in c): value for c, value in spins.items()}
    sizes = tuple(len(space) for space in spaces)
    return Polynomial(sizes, expansion.constant + shift, products, parities)


def _spaces(expansion: Expansion) -> tuple[SiteSpace, ...]:
    """The site spaces of an expansion, also where they are understood."""
    if expansion.spaces:
        return expansion.spaces
    sublattices = 1 + max(s for o in expansion.orbits for c in o.clusters for s, *_ in c)
    return (SiteSpace(("first", "second")),) * sublattices


def _bits(space: SiteSpace) -> np.ndarray:
    """``[0 or code, function]`` each function of a site as a constant and bits."""
    matrix = space.values.T.copy()
    matrix[1:] -= matrix[0]
    return matrix

"""Exact conversion of expansions between bases of point functions, and to a lattice gas.

An expansion is a polynomial: a constant and a coefficient for every decorated cluster of a
primitive cell. Another basis of a site writes each of its point functions as a sum of others and
of a constant, so that a product over a cluster becomes a sum of products over the cluster and its
parts. Nothing is fitted or cut off.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product

import numpy as np

from navac.crystal.prim import Prim
from navac.crystal.sites import SiteSpace, site_spaces
from navac.crystal.symmetry import SpaceGroup
from navac.expansion.clusters import Cluster, symmetry_orbits, translated_home
from navac.expansion.expansion import Expansion

EQUAL = 1e-11
"""Interactions that differ by less than this share of the largest one are equal."""
ROUNDED = 1e-13
"""Elements of a change of basis below this are rounding errors of zero."""

Terms = Mapping[Cluster, float]
"""The coefficient of every decorated cluster of a primitive cell, eV."""


def terms_of(expansion: Expansion) -> dict[Cluster, float]:
    """The polynomial that an expansion is, without its constant.

    Raises:
        ExpansionError: it has an electrostatic term, which is no polynomial of clusters.
    """
    expansion.require_clusters("a polynomial")
    return cluster_terms(expansion)


def cluster_terms(expansion: Expansion) -> dict[Cluster, float]:
    """The polynomial of the clusters of an expansion, whatever else it has."""
    return {
        cluster: float(eci)
        for orbit, eci in zip(expansion.orbits, expansion.eci, strict=True)
        if eci
        for cluster in orbit.decorated
    }


def substituted(
    terms: Terms, matrices: Sequence[np.ndarray | None]
) -> tuple[float, dict[Cluster, float]]:
    """A polynomial with the functions of each site replaced by sums of others.

    Args:
        matrices: per sublattice ``[new function, function]``, the constant being function 0, as
            :meth:`navac.crystal.sites.SiteSpace.conversion` returns; None where functions stay.

    Returns:
        What is added to the constant, and the terms.
    """
    parts = [None if m is None else _parts(m) for m in matrices]
    constant = 0.0
    found: dict[Cluster, float] = defaultdict(float)
    for cluster, value in terms.items():
        choices = [
            [(f, 1.0)] if (some := parts[s]) is None else some[f] for s, _, _, _, f in cluster
        ]
        for chosen in product(*choices):
            weight = value
            for _, factor in chosen:
                weight *= factor
            rest = [(*site[:4], f) for site, (f, _) in zip(cluster, chosen, strict=True) if f]
            if rest:
                found[translated_home(rest)] += weight
            else:
                constant += weight
    return constant, dict(found)


def _parts(matrix: np.ndarray) -> list[list[tuple[int, float]]]:
    """Per function, the functions that it is a sum of, with their coefficients."""
    return [
        [(int(new), float(column[new])) for new in np.flatnonzero(np.abs(column) > ROUNDED)]
        for column in matrix.T
    ]


def conversions(
    spaces: Sequence[SiteSpace], others: Sequence[SiteSpace]
) -> list[np.ndarray | None]:
    """Per sublattice the matrix for :func:`substituted`.

    Raises:
        SiteError: the spaces of a sublattice have other species.
    """
    return [
        None if space == other else space.conversion(other)
        for space, other in zip(spaces, others, strict=True)
    ]


def assembled(
    constant: float,
    terms: Terms,
    prim: Prim,
    group: SpaceGroup,
    spaces: tuple[SiteSpace, ...],
) -> Expansion:
    """Terms grouped into orbits of equal interaction, without those that cancelled out.

    Orbits are those of the space group; where the interactions are less symmetric, an orbit is
    divided. Points are kept even without interaction.

    Args:
        spaces: ``[sublattice]`` of the functions that the terms have.
    """
    limit = EQUAL * max(map(abs, terms.values()), default=0.0)
    points = {((s, 0, 0, 0, f),) for s, space in enumerate(spaces) for f in range(1, len(space))}
    used = points | {c for c, value in terms.items() if abs(value) > limit}

    def alike(members: list[Cluster]) -> list[list[Cluster]]:
        """The used members of an orbit, divided where their interactions differ."""
        members = sorted((c for c in members if c in used), key=lambda c: terms.get(c, 0.0))
        values = np.array([terms.get(c, 0.0) for c in members])
        cuts = np.flatnonzero(np.diff(values) > limit) + 1
        return [members[a:b] for a, b in zip([0, *cuts], [*cuts, len(members)], strict=True)]

    # By rising order and place, so that the result does not depend on the order of the terms.
    orbits = symmetry_orbits(prim, group, sorted(used), alike)
    eci = [np.mean([terms.get(c, 0.0) for c in o.decorated]) for o in orbits]
    kept = () if all(space.is_spin for space in spaces) else spaces
    return Expansion(orbits, np.array(eci), constant, kept)


def spaces_of(expansion: Expansion, prim: Prim) -> tuple[SiteSpace, ...]:
    """The site spaces of an expansion, those of σ included."""
    return expansion.spaces or site_spaces(prim.species)


def in_basis(expansion: Expansion, prim: Prim, group: SpaceGroup, basis: str) -> Expansion:
    """The same energies in another basis of point functions.

    Functions without interaction are left out, points excepted; parts of clusters are added where
    the other basis needs them.

    Raises:
        SiteError: the basis is unknown.
    """
    spaces = site_spaces(prim.species, basis)
    change = conversions(spaces_of(expansion, prim), spaces)
    shift, terms = substituted(cluster_terms(expansion), change)
    found = assembled(expansion.constant + shift, terms, prim, group, spaces)
    return replace(found, electrostatics=expansion.electrostatics)


def lattice_gas(expansion: Expansion, prim: Prim) -> tuple[float, dict[Cluster, float]]:
    """The expansion as sums of products of occupation bits.

    Returns:
        The energy of the crystal whose sites all hold their last species, eV per primitive cell,
        and the coefficients of the clusters of bits. A site of a cluster has, after sublattice
        and cell, 1 + the code of the species that it must hold.

    Raises:
        ExpansionError: the expansion has an electrostatic term.
    """
    expansion.require_clusters("a lattice gas")
    spaces = site_spaces(prim.species, "indicator")
    shift, terms = substituted(terms_of(expansion), conversions(spaces_of(expansion, prim), spaces))
    limit = EQUAL * max(map(abs, terms.values()), default=0.0)
    kept = {cluster: value for cluster, value in terms.items() if abs(value) > limit}
    return expansion.constant + shift, kept

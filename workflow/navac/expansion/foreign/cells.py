"""Relating another code's cell to a prim: lattice vectors, origin, site order, species order.

The two cells are primitive cells of one lattice. Their lattice vectors may be chosen
differently, the crystal may be rotated and shifted, and the other code may know fewer fixed
sites, or none. Every relation that fits is looked for; where several fit equally well and make
different models, the file is refused rather than one of them taken.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from navac.crystal.prim import Prim
from navac.crystal.sites import SiteSpace, site_spaces
from navac.crystal.symmetry import SpaceGroup
from navac.expansion.basis import EQUAL, assembled, substituted
from navac.expansion.clusters import Cluster, Site, translated_home
from navac.expansion.electrostatics import Electrostatics
from navac.expansion.expansion import Expansion
from navac.expansion.foreign.terms import ForeignExpansion, InterchangeError, nearest_sites

MATCH_A = 0.1
"""Lattice vectors and sites of the two cells may differ by this much, Å."""
CLEARLY_WORSE_A = 1e-4
"""A relation with sites that much farther off than twice the best one is not considered, Å."""


@dataclass(frozen=True)
class Relation:
    """Where the sites of a foreign cell lie in a prim.

    Attributes:
        site: ``[foreign site]`` the prim's site.
        cell: ``[foreign site, 3]`` its cell.
        basis: ``[3, 3]`` foreign lattice vectors as integer rows in those of the prim.
        distance: of the worst site, or lattice vector, Å.
        kept: whether neither rotation nor shift is needed.
    """

    site: np.ndarray
    cell: np.ndarray
    basis: np.ndarray
    distance: float
    kept: bool


def onto_prim(foreign: ForeignExpansion, prim: Prim, group: SpaceGroup) -> Expansion:
    """The same expansion on the sites of a prim, its clusters grouped into orbits.

    Orbits are those of the prim's space group; where the interactions are less symmetric, an
    orbit is divided into parts of equal interaction. Points are kept even without interaction.

    Args:
        group: the prim's space group at the tolerance of the campaign.

    Raises:
        InterchangeError: the cells are not those of one crystal, or not in one way only.
    """
    relations = find_relations(foreign, prim)
    models = [mapped(foreign, prim, r) for r in relations]
    constant, terms = models[0]
    if any(not _same(terms, other) for _, other in models[1:]):
        raise InterchangeError(
            f"{foreign.source}: its sites lie on those of the prim in several ways that make "
            "different models; write it with the fixed sites of the crystal, or on the prim's own "
            "lattice vectors and origin"
        )
    found = assembled(constant, terms, prim, group, site_spaces(prim.species))
    return replace(found, electrostatics=_charged(foreign, prim))


def _charged(foreign: ForeignExpansion, prim: Prim) -> Electrostatics | None:
    """The charges of the other cell on the prim, whose sites must all be there."""
    if foreign.electrostatics is None:
        return None
    theirs, own = (sorted(map(sorted, species)) for species in (foreign.species, prim.species))
    if theirs != own:
        raise InterchangeError(
            f"{foreign.source}: it has electrostatics of all sites of its cell, which hold "
            f"{_listed(theirs)}; the prim's hold {_listed(own)}: give both the same fixed sites"
        )
    return foreign.electrostatics.on(prim)


def find_relations(foreign: ForeignExpansion, prim: Prim) -> list[Relation]:
    """Every relation that fits best; the one without rotation and shift alone if it is among them.

    Raises:
        InterchangeError: there is none; with what differs.
    """
    _same_sites(foreign, prim)
    bases = list(_bases(foreign, prim))
    if not bases:
        raise InterchangeError(
            f"{foreign.source}: its lattice ({_lengths(foreign.lattice)}) is not the prim's "
            f"({_lengths(prim.lattice)}), whatever the choice of vectors, within {MATCH_A} Å; it "
            "was fitted for another crystal"
        )
    found = [r for basis in bases for r in _relations(foreign, prim, *basis)]
    if not found:
        raise InterchangeError(
            f"{foreign.source}: the lattice is the prim's, but its sites and species do not lie on "
            f"the prim's within {MATCH_A} Å; check the crystal of both"
        )
    limit = 2 * min(r.distance for r in found) + CLEARLY_WORSE_A
    best = [r for r in found if r.distance <= limit]
    return [r for r in best if r.kept][:1] or best


def _lengths(lattice: np.ndarray) -> str:
    return " ".join(f"{v:.3f}" for v in np.linalg.norm(lattice, axis=1)) + " Å"


def _same_sites(foreign: ForeignExpansion, prim: Prim) -> None:
    """Refuse a cell of another size, or with other active sites."""
    ratio = abs(np.linalg.det(foreign.lattice) / np.linalg.det(prim.lattice))
    for more, fewer, factor in (("its", "the prim's", ratio), ("the prim's", "its", 1 / ratio)):
        if factor > 1.5:
            raise InterchangeError(
                f"{foreign.source}: {more} cell is {factor:.3g} times {fewer}; use one primitive "
                "cell in both"
            )
    own = sorted(sorted(prim.species[i]) for i in prim.active)
    other = sorted(sorted(s) for s in foreign.species if len(s) > 1)
    if own != other:
        raise InterchangeError(
            f"{foreign.source}: its active sites hold {_listed(other)}, the prim's "
            f"{_listed(own)}; it was fitted for other sites or species"
        )


def _listed(species: list[list[str]]) -> str:
    kinds = {tuple(s): species.count(s) for s in species}
    return ", ".join(f"{n} × [{', '.join(s)}]" for s, n in kinds.items()) or "nothing"


def _bases(foreign: ForeignExpansion, prim: Prim) -> Iterator[tuple[np.ndarray, float, bool]]:
    """Foreign lattice vectors in the prim's; how far they miss, Å; if they need no rotation."""
    lengths = np.linalg.norm(foreign.lattice, axis=1)
    # |n_i| ≤ |v| |b_i| for the reciprocal vectors b.
    reach = np.floor((lengths.max() + 1) * np.linalg.norm(np.linalg.inv(prim.lattice), axis=0))
    grid = np.array(list(product(*(np.arange(-r, r + 1, dtype=int) for r in reach))))
    norm = np.linalg.norm(grid @ prim.lattice, axis=1)
    near = [grid[np.abs(norm - length) < MATCH_A] for length in lengths]
    metric, wanted = prim.lattice @ prim.lattice.T, foreign.lattice @ foreign.lattice.T

    def angles(i: int, j: int) -> np.ndarray:
        """Which pairs of candidates for two of the vectors make the angle that they make."""
        return np.abs(near[i] @ metric @ near[j].T - wanted[i, j]) < MATCH_A * lengths.sum()

    fitting = angles(0, 1)[:, :, None] & angles(0, 2)[:, None, :] & angles(1, 2)
    for triple in np.argwhere(fitting):
        basis = np.array([some[k] for some, k in zip(near, triple, strict=True)])
        vectors = basis @ prim.lattice
        # The nearest rotation (Kabsch): the two crystals are not mirror images.
        left, _, right = np.linalg.svd(vectors.T @ foreign.lattice)
        rotation = left @ right
        missed = float(np.abs(vectors @ rotation - foreign.lattice).max())
        primitive = round(abs(np.linalg.det(basis))) == 1
        if primitive and missed < MATCH_A and np.linalg.det(rotation) > 0:
            yield basis, missed, bool(np.abs(vectors - foreign.lattice).max() < MATCH_A)


def _relations(
    foreign: ForeignExpansion, prim: Prim, basis: np.ndarray, missed: float, same: bool
) -> Iterator[Relation]:
    """Relations with given lattice vectors: no shift, and every shift that fits one site."""
    kinds = [frozenset(s) for s in prim.species]
    others = [frozenset(s) for s in foreign.species]
    anchor = min(range(len(others)), key=lambda b: others.count(others[b]))
    points = foreign.frac @ basis
    shifts = [prim.frac[s] - points[anchor] for s, k in enumerate(kinds) if k == others[anchor]]
    for attempt, shift in enumerate([np.zeros(3), *shifts]):
        site, cell, distance = nearest_sites(prim.lattice, prim.frac, points + shift)
        matched = all(kinds[s] == k for s, k in zip(site, others, strict=True))
        if matched and distance.max() < MATCH_A and len(set(site)) == len(site):
            worst = max(missed, float(distance.max()))
            yield Relation(site, cell, basis, worst, same and attempt == 0)


def mapped(
    foreign: ForeignExpansion, prim: Prim, relation: Relation
) -> tuple[float, dict[Cluster, float]]:
    """The constant, and the terms on the prim's active sites and in its order of species."""
    active = {int(site): s for s, site in enumerate(prim.active)}
    shift, own = substituted(foreign.terms, _species_orders(foreign, prim, relation))
    terms: dict[Cluster, float] = defaultdict(float)
    for cluster, value in own.items():
        sites: list[Site] = []
        for s, i, j, k, function in cluster:
            a, b, c = (relation.cell[s] + np.array((i, j, k)) @ relation.basis).tolist()
            sites.append((active[int(relation.site[s])], a, b, c, function))
        terms[translated_home(sites)] += value
    return foreign.constant + shift, terms


def _species_orders(
    foreign: ForeignExpansion, prim: Prim, relation: Relation
) -> list[np.ndarray | None]:
    """Per foreign site, how its functions are written for the prim's order of species."""
    return [
        SiteSpace(theirs).conversion(SiteSpace(prim.species[site]))
        if len(theirs) > 1 and theirs != prim.species[site] else None
        for theirs, site in zip(foreign.species, relation.site, strict=True)
    ]  # fmt: skip


def _same(one: dict[Cluster, float], other: dict[Cluster, float]) -> bool:
    limit = EQUAL * max(map(abs, one.values()), default=0.0)
    return all(abs(one.get(c, 0.0) - other.get(c, 0.0)) <= limit for c in {*one, *other})

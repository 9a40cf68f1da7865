"""Special quasi-random orderings: correlations as near as possible to those of a random mixture.

In a random mixture the average of a cluster function is the product of the mean point functions of
its sites (Zunger, Wei, Ferreira and Bernard, Phys. Rev. Lett. 65, 353 (1990)). What is minimised
over the arrangements of a supercell is the sum of the distances from these over all functions, each
with a weight. Sublattices of any number are arranged together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from navac.crystal.sites import SiteSpace
from navac.crystal.supercell import Supercell
from navac.expansion.clusters import Orbit
from navac.expansion.correlations import function_averages, places
from navac.orderings.groups import Counts, SiteGroup, group_sites
from navac.orderings.swaps import anneal, random_occupations

REPLICAS = 32
STEPS = 3000


def random_correlations(
    orbits: Sequence[Orbit],
    spaces: Sequence[SiteSpace],
    groups: Sequence[SiteGroup],
    counts: Counts,
) -> np.ndarray:
    """``[orbit]`` averages of the cluster functions in a random mixture of infinite size.

    Args:
        spaces: ``[sublattice]``.
        counts: composition of a supercell of any size.
    """
    share = {
        s: np.array(vector) / sum(vector)
        for group, vector in zip(groups, counts, strict=True) for s in group.sublattices
    }  # fmt: skip
    mean = [space.values @ share[s] for s, space in enumerate(spaces)]
    return np.array([
        np.mean([np.prod([mean[s][f] for s, _, _, _, f in cluster]) for cluster in o.decorated])
        for o in orbits
    ])  # fmt: skip


def special_orderings(
    orbits: Sequence[Orbit],
    spaces: Sequence[SiteSpace],
    supercell: Supercell,
    groups: Sequence[SiteGroup],
    counts: Counts,
    *,
    number: int,
    rng: np.random.Generator,
    weights: np.ndarray | None = None,
    replicas: int = REPLICAS,
    steps: int = STEPS,
) -> tuple[np.ndarray, np.ndarray]:
    """Arrangements of a composition that are nearest to a random mixture.

    Args:
        orbits: functions that count; points are the same in all.
        spaces: ``[sublattice]``.
        number: most arrangements returned.
        weights: ``[orbit]`` of the distances; None for all alike.

    Returns:
        ``[ordering, site]`` codes, the best first, and the sums of their weighted distances.
    """
    some = [k for k, o in enumerate(orbits) if o.order > 1]
    orbits = [orbits[k] for k in some]
    weights = np.ones(len(some)) if weights is None else np.asarray(weights, float)[some]
    sites = group_sites(groups, supercell.size)
    landscape = CorrelationLandscape.of(
        orbits, spaces, supercell,
        occupation=random_occupations(sites, counts, replicas, rng),
        target=random_correlations(orbits, spaces, groups, counts),
        weights=weights,
    )  # fmt: skip
    return anneal(landscape, sites, steps=steps, keep=number, rng=rng)


@dataclass(frozen=True)
class Terms:
    """Every product of point functions in a supercell.

    Attributes:
        sites: ``[term, place]`` sites of its cluster; shorter clusters repeat their first site.
        functions: ``[term, place]`` point functions; 0, the constant, on repeated sites.
        orbit: ``[term]``; the last term is an empty one, of an orbit beyond the last.
        of_site: ``[site, k]`` terms that a site is in, filled up with the last.
        values: ``[site, function, code]`` of the point functions.
    """

    sites: np.ndarray
    functions: np.ndarray
    orbit: np.ndarray
    of_site: np.ndarray
    values: np.ndarray

    @classmethod
    def of(
        cls, orbits: Sequence[Orbit], spaces: Sequence[SiteSpace], supercell: Supercell
    ) -> Terms:
        order = max((o.order for o in orbits), default=1)
        parts: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        for decorations, at in places(orbits, supercell):
            where = np.concatenate([at, np.repeat(at[:1], order - len(at), axis=0)]).T
            for column, functions in decorations:
                padded = [*functions, *[0] * (order - len(functions))]
                parts.append((where, np.tile(padded, (len(where), 1)),
                              np.full(len(where), column)))  # fmt: skip
        parts.append((
            np.zeros((1, order), int), np.zeros((1, order), int), np.array([len(orbits)])
        ))  # fmt: skip
        joined = [np.concatenate(column) for column in zip(*parts, strict=True)]
        return cls(
            sites=joined[0],
            functions=joined[1],
            orbit=joined[2],
            of_site=_of_site(joined[0], supercell.size * len(spaces)),
            values=np.repeat(_values(spaces), supercell.size, axis=0),
        )

    def products(self, terms: np.ndarray, occupation: np.ndarray) -> np.ndarray:
        """``[replica, k]`` values of ``terms[replica, k]``."""
        sites, functions = self.sites[terms], self.functions[terms]
        held = occupation[np.arange(len(terms))[:, None, None], sites]
        return self.values[sites, functions, held].prod(axis=2)


def _of_site(sites: np.ndarray, number: int) -> np.ndarray:
    terms: list[list[int]] = [[] for _ in range(number)]
    for term, own in enumerate(sites[:-1].tolist()):
        for site in set(own):
            terms[site].append(term)
    filled = np.full((number, max(map(len, terms))), len(sites) - 1)
    for site, some in enumerate(terms):
        filled[site, : len(some)] = some
    return filled


def _values(spaces: Sequence[SiteSpace]) -> np.ndarray:
    """``[sublattice, function, code]``; 0 where a sublattice has no such function or species."""
    width = max(map(len, spaces))
    values = np.zeros((len(spaces), width, width))
    for s, space in enumerate(spaces):
        values[s, : len(space), : len(space)] = space.values
    return values


@dataclass(eq=False)
class CorrelationLandscape:
    """Distances of replicas from given correlations.

    Attributes:
        terms: of the supercell.
        clusters: ``[orbit]`` number of terms of each.
        target: ``[orbit]`` correlations.
        weights: ``[orbit]`` of the distances.
        occupation: ``[replica, site]`` codes.
        averages: ``[replica, orbit]`` correlations.
        value: ``[replica]`` sums of weighted distances.
    """

    terms: Terms
    clusters: np.ndarray
    target: np.ndarray
    weights: np.ndarray
    occupation: np.ndarray
    averages: np.ndarray
    value: np.ndarray
    _proposed: np.ndarray = field(default_factory=lambda: np.empty(0))

    @classmethod
    def of(
        cls,
        orbits: Sequence[Orbit],
        spaces: Sequence[SiteSpace],
        supercell: Supercell,
        *,
        occupation: np.ndarray,
        target: np.ndarray,
        weights: np.ndarray,
    ) -> CorrelationLandscape:
        """Replicas that begin with some occupations."""
        averages = function_averages(orbits, spaces, supercell, occupation)
        return cls(
            terms=Terms.of(orbits, spaces, supercell),
            clusters=np.array([o.multiplicity * supercell.size for o in orbits]),
            target=target,
            weights=weights,
            occupation=occupation.copy(),
            averages=averages,
            value=np.abs(averages - target) @ weights,
        )

    def change(self, i: np.ndarray, j: np.ndarray) -> np.ndarray:
        rows, terms = np.arange(len(i)), self.terms
        after = self.occupation.copy()
        after[rows, i], after[rows, j] = self.occupation[rows, j], self.occupation[rows, i]
        first, second = terms.of_site[i], terms.of_site[j]
        # A term with both sites is among the first already.
        both = (terms.sites[second] == i[:, None, None]).any(axis=2)
        touched = np.concatenate([first, np.where(both, len(terms.orbit) - 1, second)], axis=1)
        gain = terms.products(touched, after) - terms.products(touched, self.occupation)
        width = len(self.clusters) + 1
        place = (rows[:, None] * width + terms.orbit[touched]).ravel()
        sums = np.bincount(place, gain.ravel(), minlength=width * len(rows))
        self._proposed = sums.reshape(-1, width)[:, :-1] / self.clusters
        moved = np.abs(self.averages + self._proposed - self.target) @ self.weights
        return moved - self.value

    def swap(self, taken: np.ndarray, i: np.ndarray, j: np.ndarray, change: np.ndarray) -> None:
        self.averages[taken] += self._proposed[taken]
        self.value[taken] += change
        held = self.occupation
        held[taken, i], held[taken, j] = held[taken, j], held[taken, i]

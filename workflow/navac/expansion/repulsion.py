"""Sites that are never both filled, as a repulsion between them.

The sampler knows energies only. A pair of sites that exclude each other is given an energy P
when both are filled, so large that no sampled state ever holds it. With σ = −1 for a filled site
and +1 for a vacancy, P n n′ = P/4 (1 − σ − σ′ + σσ′): a constant, points and a pair, which
cancel exactly where the rule is kept. P is a power of two eV, and so a whole number of quanta.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import replace

import numpy as np

from navac.crystal.prim import Prim
from navac.crystal.sites import VACANCY
from navac.expansion.clusters import Cluster, Orbit, translated_home
from navac.expansion.expansion import Expansion, ExpansionError

LEAST_EV = 4.0
"""Least repulsion, eV. At 2000 K a state with one broken pair has the weight exp(−23)."""


def repelling(prim: Prim, expansion: Expansion) -> Expansion:
    """An expansion in which pairs of ``prim.excluded`` that are both filled cost a repulsion.

    Energies of states that keep the exclusions are unchanged. Without exclusions the expansion
    is returned as it is.

    Raises:
        ExpansionError: an excluded site does not hold a first species or a vacancy.
    """
    if not prim.excluded:
        return expansion
    repulsion = repulsion_energy(expansion)
    extra = _terms(prim, repulsion)
    orbits, eci = list(expansion.orbits), list(expansion.eci)
    known = {cluster for orbit in orbits for cluster in orbit.clusters}
    for position, orbit in enumerate(orbits):
        shares = {extra.get(cluster, 0.0) for cluster in orbit.clusters}
        if len(shares) > 1:
            # Exclusions by label may divide an orbit; its clusters outside them keep its ECI.
            raise ExpansionError(
                f"prim.exclusions covers a part of the equivalent clusters of orbit {orbit.index} "
                f"({orbit.max_length:.3f} Å); give a distance and labels that cover all or none"
            )
        eci[position] += shares.pop()
    missing: defaultdict[tuple[int, float], list[Cluster]] = defaultdict(list)
    for cluster in sorted(set(extra) - known):
        missing[len(cluster), extra[cluster]].append(cluster)
    index = max((orbit.index for orbit in orbits), default=1)
    for (_, energy), clusters in sorted(missing.items()):
        index += 1
        lengths = [_length(prim, cluster) for cluster in clusters]
        orbits.append(Orbit(index, tuple(clusters), min(lengths), max(lengths)))
        eci.append(energy)
    constant = expansion.constant + len(prim.excluded) * repulsion / 4
    return replace(expansion, orbits=tuple(orbits), eci=np.array(eci), constant=constant)


def repulsion_energy(expansion: Expansion) -> float:
    """A power of two, eV, beyond every change of energy and μ N that one flip brings."""
    field: defaultdict[int, float] = defaultdict(float)
    for orbit, eci in zip(expansion.orbits, expansion.eci, strict=True):
        for cluster in orbit.clusters:
            for sublattice, *_ in cluster:
                field[sublattice] += abs(float(eci))
    # A flip changes the energy by twice the field at most, and so does μ within the hull.
    return 2.0 ** math.ceil(math.log2(4 * max(field.values(), default=0.0) + LEAST_EV))


def _terms(prim: Prim, repulsion: float) -> dict[Cluster, float]:
    """ECI of the repulsion, eV per cluster, of points and pairs."""
    row = {int(site): k for k, site in enumerate(prim.active)}
    terms: defaultdict[Cluster, float] = defaultdict(float)
    for i, j, a, b, c in prim.excluded:
        for site in (i, j):
            if len(prim.species[site]) != 2 or prim.species[site][1] != VACANCY:
                raise ExpansionError(
                    f"prim.exclusions: site {site} ({prim.labels[site]}) may hold "
                    f"{', '.join(prim.species[site])}; a site that others exclude holds one "
                    f"species or, second, {VACANCY}"
                )
            terms[((row[site], 0, 0, 0),)] -= repulsion / 4
        terms[translated_home(((row[i], 0, 0, 0), (row[j], a, b, c)))] += repulsion / 4
    return dict(terms)


def _length(prim: Prim, cluster: Cluster) -> float:
    at = [prim.cartesian(prim.active[s], np.array(cell)) for s, *cell in cluster]
    return float(np.linalg.norm(at[0] - at[-1]))

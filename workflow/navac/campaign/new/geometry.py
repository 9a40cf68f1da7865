"""Distances between active sites: cutoffs from neighbour shells, sites too close for two."""

from __future__ import annotations

from math import ceil

import networkx as nx
from pymatgen.core import Element, Structure

from navac.campaign.new.primitive import TOLERANCE, Cell
from navac.crystal.prim import Prim
from navac.crystal.symmetry import find_space_group
from navac.expansion.clusters import Orbit, enumerate_orbits

SAME_SHELL = 0.05
"""Distances that differ by less belong to one shell of neighbours, Å."""
FARTHEST = 9.0
"""Longest pair considered, Å."""
SHELLS = {2: 10, 3: 3, 4: 2}
"""Shells of neighbours that clusters of so many sites reach to."""
MOST_ORBITS = {2: 20, 3: 16, 4: 8}
"""Orbits of clusters of so many sites; fewer shells are taken where there would be more."""


def prim_of(cell: Cell) -> Prim:
    """The cell as the library's prim."""
    return Prim(cell.lattice, cell.frac, cell.allowed, cell.labels, cell.formula_units)


def pairs(cell: Cell, farthest: float) -> list[tuple[int, int, float]]:
    """Pairs of active sites (a site and its image too) and their distances, Å, rising."""
    active = Structure(cell.lattice, ["H"] * len(cell.active), cell.frac[cell.active])
    one, other, _, distance = active.get_neighbor_list(farthest, exclude_self=True)
    found = zip(one.tolist(), other.tolist(), distance.tolist(), strict=True)
    return sorted((pair for pair in found if pair[0] <= pair[1]), key=lambda pair: pair[2])


def shells(cell: Cell, closest: float) -> list[tuple[float, float]]:
    """The neighbour shells beyond ``closest``: shortest and longest distance of each, Å."""
    found: list[tuple[float, float]] = []
    for _, _, distance in pairs(cell, FARTHEST):
        if distance < closest:
            continue
        if found and distance - found[-1][1] < SAME_SHELL:
            found[-1] = found[-1][0], distance
        else:
            found.append((distance, distance))
    return found


def cutoffs(cell: Cell, closest: float) -> tuple[dict[int, float], tuple[Orbit, ...]]:
    """Cutoffs between shells of neighbours for pairs, triplets and quadruplets, Å; their orbits.

    Args:
        closest: shells that are nearer do not count, because nothing is there together, Å.
    """
    prim, known = prim_of(cell), shells(cell, closest)
    group = find_space_group(prim, TOLERANCE)
    ends = _between(known)
    chosen: dict[int, float] = {}
    orbits: list[Orbit] = []
    for order, most in MOST_ORBITS.items():
        for count in range(min(SHELLS[order], len(ends)), 0, -1):
            longest = min(ends[count - 1], chosen.get(order - 1, ends[-1]))
            found = enumerate_orbits(prim, group, {order: longest})
            own = [o for o in found if o.order == order]
            if len(own) <= most or count == 1:
                break
        if not own:
            break  # no such cluster is so short; nor are larger ones
        chosen[order] = longest
        orbits += own
    return chosen, tuple(orbits)


def _between(known: list[tuple[float, float]]) -> list[float]:
    """A cutoff beyond each shell and before the next, Å."""
    nexts = [low for low, _ in known[1:]] + [FARTHEST + SAME_SHELL]
    return [
        round(min(ceil(high * 10 + 0.1) / 10, (high + low) / 2), 3)
        for (_, high), low in zip(known, nexts, strict=True)
    ]


def closest_allowed(counted: str, other: str, charge: float) -> float:
    """Distance below which two ions of a species cannot be neighbours: twice its radius, Å.

    Of an alloy none is excluded: its sites are always filled.
    """
    if other != "Va" or charge <= 0:
        return 0.0
    radii = Element(counted).ionic_radii
    radius = radii.get(round(charge)) or Element(counted).average_ionic_radius
    return 1.9 * float(radius)


def too_close(cell: Cell, limit: float) -> list[tuple[str, str, float]]:
    """Sublattices whose sites are closer than ``limit``, with their shortest distance, Å."""
    found: dict[tuple[str, str], float] = {}
    for one, other, distance in pairs(cell, max(limit, 0.1)):
        a, b = cell.labels[cell.active[one]], cell.labels[cell.active[other]]
        found.setdefault((min(a, b), max(a, b)), distance)
    return [(a, b, d) for (a, b), d in found.items()]


def most_filled(cell: Cell, limit: float) -> int:
    """Active sites of a cell that can be filled together with none closer than ``limit``, Å."""
    sites = range(len(cell.active))
    free = nx.complete_graph(len(sites))
    free.remove_edges_from([(a, b) for a, b, _ in pairs(cell, max(limit, 0.1)) if a != b])
    return len(nx.max_weight_clique(free, weight=None)[0])

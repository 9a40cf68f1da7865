"""Orderings and supercells: which compositions, how large, and what holds every ordering."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import ceil, lcm

import numpy as np

from navac.campaign.new.geometry import prim_of
from navac.campaign.new.primitive import TOLERANCE, Cell
from navac.crystal.supercell import Supercell
from navac.crystal.symmetry import find_space_group
from navac.expansion.clusters import Orbit
from navac.expansion.expansion import Expansion
from navac.montecarlo.model import ColouringError, clusters_through, smallest_block
from navac.orderings.enumeration import count_orderings
from navac.rounds import MOST_SITES as SEARCHED_SITES

MOST_CELLS = 4
"""Periods of one to four cells all fit into 12 cells, those of one to five only into 60."""
MOST_SITES = 20
"""Active sites of the largest ordering."""
MOST_ATOMS = 100
"""Atoms of the largest ordering, which has its energy computed."""
MOST_SEARCHED = 6
"""Primitive cells in which rounds predict ground states."""
LEAST_LENGTH = 22.0
"""Length of a supercell's axis, Å, at least."""
LEAST_SITES = 1000
"""Active sites of a supercell at least."""
LARGEST_SIDE = 36
"""Primitive cells along an axis at most."""


@dataclass(frozen=True)
class Sizes:
    """Orderings and supercell of a campaign.

    Attributes:
        max_cells: primitive cells of the largest ordering.
        compositions: x of the orderings.
        least: orderings that are always kept, at least one per composition.
        supercell: primitive cells per axis of the sampled supercell.
        searched_cells: primitive cells of the largest supercell in which rounds predict ground
            states.
    """

    max_cells: int
    compositions: tuple[float, ...]
    least: int
    supercell: tuple[int, int, int]
    searched_cells: int


def sizes(cell: Cell, counted: str, low: float, high: float, orbits: tuple[Orbit, ...]) -> Sizes:
    """Orderings of as many cells as stay small, and a supercell in which all of them fit."""
    active, atoms = len(cell.active), len(cell.allowed)
    small = min(MOST_SITES // active, MOST_ATOMS // atoms)
    most = max(1, min(MOST_CELLS, small))
    searched = max(most, min(MOST_SEARCHED, SEARCHED_SITES // active, MOST_ATOMS // atoms))
    x = compositions(cell.formula_units, active, most, low, high)
    kept = _always_kept(cell, counted, x)
    return Sizes(most, x, kept, supercell(cell, most, orbits), searched)


def compositions(
    formula_units: int, active: int, cells: int, low: float, high: float
) -> tuple[float, ...]:
    """Every x between two that is a whole number of atoms in up to ``cells`` cells."""
    found = {
        Fraction(n, formula_units * size)
        for size in range(1, cells + 1)
        for n in range(active * size + 1)
    }
    return tuple(round(float(x), 10) for x in sorted(found) if low - 1e-9 <= x <= high + 1e-9)


def _always_kept(cell: Cell, counted: str, x: tuple[float, ...]) -> int:
    """Orderings of one cell, and one of every other composition."""
    prim = prim_of(cell)
    counts = [round(v * cell.formula_units) for v in x if _whole(v * cell.formula_units)]
    group = find_space_group(prim, TOLERANCE)
    of_one = count_orderings(prim, group, cells=1, counts=counts, species=counted)
    return sum(of_one.values()) + len(x) - len(counts)


def _whole(value: float) -> bool:
    return abs(value - round(value)) < 1e-6


def supercell(cell: Cell, max_cells: int, orbits: tuple[Orbit, ...]) -> tuple[int, int, int]:
    """Cells per axis: a multiple of every period of the orderings, which can be coloured."""
    period = lcm(*range(1, max_cells + 1))
    lengths = np.linalg.norm(cell.lattice, axis=1)
    shortest = [period * ceil(LEAST_LENGTH / (period * a)) for a in lengths]
    through = clusters_through(Expansion(orbits, np.ones(len(orbits))))
    steps = range(0, LARGEST_SIDE, period)
    for more in sorted(product(steps, repeat=3), key=lambda m: (sum(m), max(m))):
        sides = tuple(a + b for a, b in zip(shortest, more, strict=True))
        if np.prod(sides) * len(cell.active) < LEAST_SITES:
            continue
        try:
            smallest_block(through, Supercell.diagonal(*sides))
        except ColouringError:
            continue
        return sides[0], sides[1], sides[2]
    return shortest[0], shortest[1], shortest[2]  # the check will say what is wrong

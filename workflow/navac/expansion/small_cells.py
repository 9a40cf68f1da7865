"""Ground states of an expansion among all orderings of small supercells, at every composition.

An enumeration is restricted to the compositions that a campaign asks for; a ground state between
them is found here, as far as its supercell is small.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import numpy as np

from navac.composition import in_range
from navac.crystal.sites import spins
from navac.crystal.supercell import Supercell, hermite_normal_forms
from navac.expansion.expansion import Expansion
from navac.hull import SAME_GROUND_STATE, Hull, lower_hull

MOST_OCCUPATIONS = 200_000
"""Occupations whose energies are computed, of all supercells together."""


@dataclass(frozen=True)
class SmallState:
    """The lowest ordering of one supercell at one composition.

    Attributes:
        supercell: as few primitive cells as its period needs, or a multiple of them.
        x: atoms per formula unit.
        energy: eV per primitive cell.
    """

    supercell: Supercell
    x: float
    energy: float


def searched_supercells(sites: int) -> Iterator[Supercell]:
    """Supercells by rising size, as many whole sizes as can be searched.

    Args:
        sites: active sites of the prim.
    """
    left = MOST_OCCUPATIONS
    for size in count(1):
        if sites * size > 20:
            return
        forms = list(hermite_normal_forms(size))
        left -= len(forms) * 2 ** (sites * size)
        if left < 0:
            return
        yield from map(Supercell, forms)


def lowest_states(
    expansion: Expansion, sites: int, formula_units: int, bounds: tuple[float, float]
) -> list[SmallState]:
    """The lowest ordering of every searched supercell at every composition in bounds."""
    found = []
    for supercell in searched_supercells(sites):
        n = sites * supercell.size
        # Bit 0 is the first species, whose atoms are counted; so is index 0.
        occupation = (np.arange(2**n)[:, None] >> np.arange(n) & 1).astype(np.int8)
        x = (occupation == 0).sum(axis=1) / supercell.size / formula_units
        inside = in_range(x, bounds)
        if not inside.any():
            continue
        occupation, x = occupation[inside], x[inside]
        energy = expansion.energies(supercell, spins(occupation))
        for value in np.unique(x):
            found.append(
                SmallState(supercell, float(value), float(energy[x == value].min()))
            )  # fmt: skip
    return found


def missed_small_states(expansion: Expansion, sites: int, hull: Hull) -> list[SmallState]:
    """Ground states of small supercells that lie below a hull, by rising x.

    Of equal ones, that of the smallest supercell.
    """
    bounds = float(hull.x[0]), float(hull.x[-1])
    states = lowest_states(expansion, sites, hull.formula_units, bounds)
    if not states:
        return []
    x = np.array([s.x for s in states])
    energy = np.round([s.energy for s in states], 9)
    own = lower_hull(x, energy, hull.formula_units)
    below = [states[k] for k in own.index]
    return [s for s in below if hull.above(s.x, s.energy) < -SAME_GROUND_STATE]

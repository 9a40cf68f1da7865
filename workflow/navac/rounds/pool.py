"""Low orderings of an expansion in every distinct supercell up to a size.

The pool is where ground states are predicted, and where a round looks for energies that would
tell it most. Stackings along the axes are searched exactly where layers are few enough.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from math import ceil, floor

import numpy as np

from navac.composition import atoms_per_cell, composition_of
from navac.crystal.prim import Prim
from navac.crystal.sites import spins
from navac.crystal.supercell import Supercell
from navac.crystal.symmetry import SpaceGroup
from navac.expansion.correlations import correlations
from navac.expansion.expansion import Expansion
from navac.expansion.repulsion import repelling
from navac.expansion.stackings import StackingError, ground_state_stackings
from navac.hull import Hull, lower_hull
from navac.orderings.exclusions import broken_exclusions
from navac.orderings.symmetry import (
    binary_patterns,
    canonical_key,
    distinct_supercells,
    pack,
    supercell_symmetry,
    unpack,
)
from navac.rounds.annealing import SCHEDULE, Schedule, low_states
from navac.rounds.polynomial import Polynomial

LISTED_SITES = 10
"""Active sites of one primitive cell up to which all its orderings are in the pool."""
CHEMICAL_POTENTIALS = 12
"""Of an annealing, between and a little beyond the transitions of the hull."""

Key = tuple[tuple[int, ...], bytes]
"""What equivalent orderings share; see :func:`navac.orderings.symmetry.canonical_key`."""


@dataclass(frozen=True)
class Pool:
    """Distinct orderings that an expansion puts low.

    Attributes:
        supercells: ``[ordering]`` Hermite normal form of each.
        occupations: ``[ordering]`` ``[site]`` int8 species indices.
        x: ``[ordering]`` atoms per formula unit.
        averages: ``[ordering, orbit]`` correlations.
        energies: ``[ordering]`` of the expansion, eV per primitive cell.
    """

    supercells: tuple[Supercell, ...]
    occupations: tuple[np.ndarray, ...]
    x: np.ndarray
    averages: np.ndarray
    energies: np.ndarray

    def __len__(self) -> int:
        return len(self.supercells)

    def some(self, rows: Sequence[int] | np.ndarray) -> Pool:
        """The orderings of these rows."""
        rows = np.asarray(rows, int)
        return Pool(
            tuple(self.supercells[i] for i in rows), tuple(self.occupations[i] for i in rows),
            self.x[rows], self.averages[rows], self.energies[rows],
        )  # fmt: skip

    def keys(self, prim: Prim, group: SpaceGroup) -> list[Key]:
        """``[ordering]`` what equivalent orderings share."""
        pairs = zip(self.supercells, self.occupations, strict=True)
        return [canonical_key(prim, group, cell, occupation) for cell, occupation in pairs]


@dataclass(frozen=True)
class Box:
    """A supercell that is searched.

    Attributes:
        supercell: one of the distinct ones.
        polynomial: energy of the expansion in it.
        atoms: least and most sites that hold the first species.
        states: ``[state, site]`` int8, what was found so far.
    """

    supercell: Supercell
    polynomial: Polynomial
    atoms: tuple[int, int]
    states: np.ndarray

    def energies(self) -> np.ndarray:
        """``[state]`` eV per primitive cell."""
        return self.polynomial.energies(spins(self.states).T.astype(float)) / self.supercell.size

    def numbers(self) -> np.ndarray:
        """``[state]`` atoms of the first species per primitive cell."""
        return (self.states == 0).sum(axis=1) / self.supercell.size

    def annealed(self, mu: np.ndarray, seed: tuple[int, ...], schedule: Schedule) -> Box:
        """The same with what an annealing at some chemical potentials adds."""
        found = low_states(self.polynomial, mu, self.atoms, seed, schedule)
        return replace(self, states=np.concatenate([self.states, found]))


def build_pool(
    prim: Prim,
    group: SpaceGroup,
    expansion: Expansion,
    known: Hull,
    *,
    max_cells: int,
    most: int,
    seed: int,
    within: Supercell | None = None,
    schedule: Schedule = SCHEDULE,
    progress: Callable[[int, int], None] | None = None,
) -> Pool:
    """Anneal every distinct supercell, and stack layers exactly where that can be done.

    Args:
        known: ground states of the expansion among the known orderings: gives the compositions
            that the expansion holds for, and the chemical potentials of the first annealing.
        max_cells: largest supercell, primitive cells.
        within: only supercells that repeat in this one; None for all.
        most: orderings that are kept, lowest above the hull first.
    """
    fu = prim.formula_units
    bounds = (
        atoms_per_cell(float(known.x[0]), fu),
        atoms_per_cell(float(known.x[-1]), fu),
    )
    boxes = _boxes(prim, group, repelling(prim, expansion), bounds, max_cells, within)
    hull = known
    # A second annealing looks for states between those that the first one found on the hull.
    for turn in range(2):
        mu = _chemical_potentials(hull) if turn == 0 else hull.transitions
        for k, box in enumerate(boxes):
            boxes[k] = box.annealed(mu, (seed, turn, k), schedule)
            if progress:
                progress(turn * len(boxes) + k + 1, 2 * len(boxes))
        hull = _hull(boxes, fu)
    return _distinct(prim, group, expansion, boxes, hull, most)


def _boxes(
    prim: Prim,
    group: SpaceGroup,
    expansion: Expansion,
    bounds: tuple[float, float],
    max_cells: int,
    within: Supercell | None,
) -> list[Box]:
    """Every distinct supercell in which a number of atoms lies between the bounds."""
    stacked = _stacked(expansion, len(prim.active), bounds)
    boxes = []
    for size in range(1, max_cells + 1):
        low, high = ceil(bounds[0] * size - 1e-6), floor(bounds[1] * size + 1e-6)
        for supercell in distinct_supercells(size, group) if low <= high else []:
            if within is not None and not supercell.repeats_in(within):
                continue
            polynomial = Polynomial.of(expansion, supercell, len(prim.active))
            states = stacked.get(supercell.hnf, np.empty((0, polynomial.sites), np.int8))
            if size == 1 and polynomial.sites <= LISTED_SITES:
                every = [unpack(binary_patterns(polynomial.sites, n), polynomial.sites)
                         for n in range(low, high + 1)]  # fmt: skip
                states = np.concatenate([states, *(1 - some for some in every)])
            boxes.append(Box(supercell, polynomial, (low, high), states))
    return boxes


def _chemical_potentials(hull: Hull) -> np.ndarray:
    """``[μ]`` eV per atom: at the transitions of a hull, and evenly spread about them."""
    steps = hull.transitions
    margin = max(0.05, 0.25 * float(np.ptp(steps)))
    even = np.linspace(steps.min() - margin, steps.max() + margin, CHEMICAL_POTENTIALS)
    return np.concatenate([even, steps])


def _stacked(
    expansion: Expansion, sites: int, bounds: tuple[float, float]
) -> dict[tuple[tuple[int, int, int], ...], np.ndarray]:
    """By supercell, ``[state, site]`` the ground states among stackings, found exactly.

    Empty where interactions reach too far for that: annealing alone finds what it finds.
    """
    found: dict[tuple[tuple[int, int, int], ...], list[np.ndarray]] = {}
    for axis in range(3):
        with suppress(StackingError):
            for one in ground_state_stackings(expansion, sites, axis, bounds):
                diagonal = [1, 1, 1]
                diagonal[axis] = one.occupation.shape[1]
                hnf = Supercell.diagonal(*diagonal).hnf
                found.setdefault(hnf, []).append(one.occupation.reshape(-1))
    return {hnf: np.array(states, np.int8) for hnf, states in found.items()}


def _hull(boxes: Sequence[Box], formula_units: int) -> Hull:
    """The hull of what was found in several supercells."""
    x = composition_of(np.concatenate([box.numbers() for box in boxes]), formula_units)
    return lower_hull(x, np.concatenate([box.energies() for box in boxes]), formula_units)


def _distinct(
    prim: Prim,
    group: SpaceGroup,
    expansion: Expansion,
    boxes: Sequence[Box],
    hull: Hull,
    most: int,
) -> Pool:
    """The lowest distinct orderings, each in the supercell of its full period."""
    fu = prim.formula_units
    cells: list[Supercell] = []
    occupations: list[np.ndarray] = []
    averages = []
    for box in boxes:
        above = hull.above(composition_of(box.numbers(), fu), box.energies())
        # A state may be there in as many images as the symmetry has elements.
        most_here = max(4 * most, 2**LISTED_SITES if box.supercell.size == 1 else 0)
        some = box.states[np.argsort(above, kind="stable")[:most_here]]
        symmetry = supercell_symmetry(prim, group, box.supercell)
        patterns = np.unique(symmetry.canonical(pack(some)))
        patterns = patterns[symmetry.stabiliser(patterns)[1] == 1]
        occupation = unpack(patterns, box.polynomial.sites)
        allowed = [not len(broken_exclusions(prim, box.supercell, o)) for o in occupation]
        occupation = occupation[np.array(allowed, bool)]
        cells += [box.supercell] * len(occupation)
        occupations += list(occupation)
        averages.append(correlations(expansion.orbits, box.supercell, spins(occupation)))
    design = np.concatenate(averages)
    energies = expansion.constant + design @ (expansion.multiplicities * expansion.eci)
    pairs = zip(occupations, cells, strict=True)
    x = composition_of(np.array([(o == 0).sum() / c.size for o, c in pairs]), fu)
    pool = Pool(tuple(cells), tuple(occupations), x, design, energies)
    # A poor fit may put a ground state of one cell high: these are all looked at.
    larger = np.array(
        [c.size > 1 or len(o) > LISTED_SITES for o, c in zip(occupations, cells, strict=True)]
    )
    return pool.some(np.lexsort((np.round(hull.above(x, energies), 9), larger))[:most])

"""Low orderings of an expansion in every distinct supercell up to a size.

The pool is where ground states are predicted, and where a round looks for energies that would
tell it most. Stackings along the axes are searched exactly where layers are few enough.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from navac.composition import atoms_per_cell, composition_of
from navac.crystal.prim import Prim
from navac.crystal.sites import spins
from navac.crystal.supercell import Supercell
from navac.crystal.symmetry import SpaceGroup
from navac.expansion.expansion import Expansion, correlations
from navac.expansion.stackings import StackingError, ground_state_stackings
from navac.hull import Hull, lower_hull
from navac.orderings.symmetry import (
    canonical_key,
    distinct_supercells,
    pack,
    supercell_symmetry,
    unpack,
)
from navac.rounds.annealing import Schedule, low_states
from navac.rounds.polynomial import Polynomial

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


def build_pool(
    prim: Prim,
    group: SpaceGroup,
    expansion: Expansion,
    known: Hull,
    *,
    max_cells: int,
    most: int,
    seed: int,
    schedule: Schedule = Schedule(),  # noqa: B008  (frozen)
    progress: Callable[[int, int], None] | None = None,
) -> Pool:
    """Anneal every distinct supercell, and stack layers exactly where that can be done.

    Args:
        known: ground states of the expansion among the known orderings: gives the compositions
            that the expansion holds for, and the chemical potentials of the first annealing.
        max_cells: largest supercell, primitive cells.
        most: orderings that are kept, lowest above the hull first.
    """
    fu = prim.formula_units
    bounds = tuple(atoms_per_cell(float(known.x[k]), fu) for k in (0, -1))
    boxes = [c for n in range(1, max_cells + 1) for c in distinct_supercells(n, group)]
    boxes = [c for c in boxes if _atoms(bounds, c.size)]
    polynomials = [Polynomial.of(expansion, box, len(prim.active)) for box in boxes]
    states = _stacked(prim, expansion, bounds, boxes)
    hull, hulls = known, 0
    # A second annealing looks between the transitions that the first one found.
    for turn in range(2):
        mu = _chemical_potentials(hull)
        for k, (box, polynomial) in enumerate(zip(boxes, polynomials, strict=True)):
            found = low_states(polynomial, mu, _atoms(bounds, box.size), (seed, turn, k), schedule)
            states[k] = np.concatenate([states[k], found])
            hulls += 1
            if progress:
                progress(hulls, 2 * len(boxes))
        hull = _hull(states, boxes, polynomials, fu)
    return _distinct(prim, group, expansion, boxes, states, polynomials, hull, most)


def _atoms(bounds: tuple[float, ...], cells: int) -> tuple[int, int] | None:
    """Least and most atoms of a supercell; None where no number is between the bounds."""
    low, high = np.ceil(bounds[0] * cells - 1e-6), np.floor(bounds[1] * cells + 1e-6)
    return (int(low), int(high)) if low <= high else None


def _chemical_potentials(hull: Hull) -> np.ndarray:
    """``[μ]`` eV per atom: at the transitions of a hull, and evenly spread about them."""
    steps = hull.transitions
    margin = max(0.05, 0.25 * float(np.ptp(steps)))
    even = np.linspace(steps.min() - margin, steps.max() + margin, CHEMICAL_POTENTIALS)
    return np.concatenate([even, steps])


def _stacked(
    prim: Prim, expansion: Expansion, bounds: tuple[float, ...], boxes: Sequence[Supercell]
) -> list[np.ndarray]:
    """Per supercell, ``[state, site]`` the ground states among stackings that fit it exactly."""
    sites = len(prim.active)
    rows: list[list[np.ndarray]] = [[] for _ in boxes]
    at = {box.hnf: k for k, box in enumerate(boxes)}
    for axis in range(3):
        try:
            found = ground_state_stackings(expansion, sites, axis, (bounds[0], bounds[1]))
        except StackingError:
            continue  # interactions reach too far: annealing alone finds what it finds
        for one in found:
            diagonal = [1, 1, 1]
            diagonal[axis] = one.occupation.shape[1]
            k = at.get(Supercell.diagonal(*diagonal).hnf)
            if k is not None:
                rows[k].append(one.occupation.reshape(-1))
    return [
        np.array(some, np.int8).reshape(-1, sites * box.size)
        for some, box in zip(rows, boxes, strict=True)
    ]


def _energies(states: np.ndarray, polynomial: Polynomial, cells: int) -> np.ndarray:
    return polynomial.energies(spins(states).T.astype(float)) / cells


def _hull(states, boxes, polynomials, formula_units: int) -> Hull:
    """The hull of states in several supercells."""
    x, energy = [], []
    for some, box, polynomial in zip(states, boxes, polynomials, strict=True):
        x.append(composition_of((some == 0).sum(axis=1) / box.size, formula_units))
        energy.append(_energies(some, polynomial, box.size))
    return lower_hull(np.concatenate(x), np.concatenate(energy), formula_units)


def _distinct(prim, group, expansion, boxes, states, polynomials, hull, most) -> Pool:
    """The lowest distinct orderings, each in the supercell of its full period."""
    fu = prim.formula_units
    parts = []
    for some, box, polynomial in zip(states, boxes, polynomials, strict=True):
        energy = _energies(some, polynomial, box.size)
        x = composition_of((some == 0).sum(axis=1) / box.size, fu)
        lowest = np.argsort(hull.above(x, energy), kind="stable")[: 4 * most]
        symmetry = supercell_symmetry(prim, group, box)
        patterns = np.unique(symmetry.canonical(pack(some[lowest])))
        patterns = patterns[symmetry.stabiliser(patterns)[1] == 1]
        occupation = unpack(patterns, some.shape[1])
        averages = correlations(expansion.orbits, box, spins(occupation))
        parts.append((box, occupation, averages))
    averages = np.concatenate([part[2] for part in parts])
    energies = expansion.constant + averages @ (expansion.multiplicities * expansion.eci)
    cells = tuple(box for box, rows, _ in parts for _ in rows)
    occupations = tuple(row for _, rows, _ in parts for row in rows)
    x = np.array([composition_of((o == 0).sum() / c.size, fu)
                  for o, c in zip(occupations, cells, strict=True)])  # fmt: skip
    pool = Pool(cells, occupations, x, averages, energies)
    order = np.argsort(np.round(hull.above(x, energies), 9), kind="stable")[:most]
    return pool.some(order)

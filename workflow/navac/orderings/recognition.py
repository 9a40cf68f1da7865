"""Recognising a structure from elsewhere as an ordering of the prim.

Nothing is known of the structure beforehand: it may be rotated, strained and shifted, in any cell,
its atoms in any order. Supercells that its cell may be come from :mod:`navac.orderings.lattices`;
for each, an atom of the rarest element is laid onto every site of the prim that may hold it, and
all atoms are assigned to sites as in :mod:`navac.orderings.mapping`. The supercell and origin with
the smallest displacements and strain win.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from pymatgen.core import Structure

from navac.crystal.prim import Prim
from navac.crystal.sites import VACANCY
from navac.crystal.supercell import Supercell
from navac.crystal.symmetry import SpaceGroup
from navac.orderings.lattices import limits, matches
from navac.orderings.mapping import MappingError
from navac.orderings.placement import Fit, fits, strain_score

MAX_CELLS = 64


@dataclass(frozen=True)
class Limits:
    """How far a structure may be from its ordering.

    Attributes:
        strain: largest elongation or shortening of the cell.
        displacement_A: farthest an atom may be from its site, Å.
        ambiguity: largest ratio of the distances of an atom to its own site and to an empty one
            that may hold it: 1 is half way.
    """

    strain: float = 0.1
    displacement_A: float = 1.0
    ambiguity: float = 0.5


@dataclass(frozen=True)
class Recognised:
    """A structure as an ordering.

    Attributes:
        supercell: that the occupation refers to.
        occupation: ``[site]`` index into ``prim.species`` of every active site.
        strain: ``[3]`` principal elongations of the cell, rising.
        displacements: ``[atom]`` distances from the sites, Å, without strain and common shift.
    """

    supercell: Supercell
    occupation: np.ndarray
    strain: np.ndarray
    displacements: np.ndarray


def recognise(prim: Prim, group: SpaceGroup, structure: Structure, allowed: Limits) -> Recognised:
    """The ordering that a structure is.

    Raises:
        MappingError: another composition, no supercell within the strain, atoms too far from
            sites, or more than one ordering that it may be; with numbers.
    """
    given = _plain(structure)
    symbols = [site.specie.symbol for site in given]
    cell = np.array(given.lattice.matrix)
    best, tried = None, 0
    for limit in limits(allowed.strain):
        for size in sizes(prim, symbols, given.volume, limit):
            for match in matches(prim.lattice, cell, size, limit, group.rotations):
                tried += 1
                # Sorted by strain: what follows cannot be better than the best.
                if best is not None and strain_score(prim, match) > best.score:
                    break
                for fit in fits(prim, match, given.frac_coords, symbols):
                    best = fit if best is None or fit.score < best.score - 1e-9 else best
        if best is not None and best.farthest_A <= allowed.displacement_A / 2:
            break
    if best is None:
        raise MappingError(_why_no_supercell(prim, given, symbols, allowed, tried))
    _check(prim, best, symbols, given.frac_coords, allowed)
    return Recognised(
        best.sites.supercell, _occupation(prim, best, symbols), best.match.strain,
        np.linalg.norm(best.vectors, axis=1),
    )  # fmt: skip


def _plain(structure: Structure) -> Structure:
    """Elements alone, in a compact cell.

    Raises:
        MappingError: sites that are partly filled, or hold no element.
    """
    for i, site in enumerate(structure):
        if not site.is_ordered:
            raise MappingError(f"site {i} is partly filled ({site.species_string}); give each "
                               "ordering by itself")  # fmt: skip
    elements = [getattr(site.specie, "element", site.specie).symbol for site in structure]
    compact = structure.lattice.get_lll_reduced_lattice()
    frac = compact.get_fractional_coords(structure.cart_coords)
    return Structure(compact, elements, frac)


def sizes(prim: Prim, symbols: list[str], volume_A3: float, limit: float) -> list[int]:
    """Numbers of cells that the composition and, within the strain, the volume allow."""
    cell = abs(np.linalg.det(prim.lattice))
    low = max(1, int(np.ceil(volume_A3 / cell / (1 + limit) ** 3 - 1e-9)))
    high = min(MAX_CELLS, int(np.floor(volume_A3 / cell / (1 - limit) ** 3 + 1e-9)))
    return [n for n in range(low, high + 1) if fits_composition(prim, symbols, n)]


def fits_composition(prim: Prim, symbols: list[str], size: int) -> bool:
    """Whether atoms can be the contents of ``size`` cells, as far as counting tells."""
    counts = Counter(symbols)
    for element in {s for species in prim.species for s in species} | set(counts):
        must = sum(species == (element,) for species in prim.species) * size
        may = sum(element in species for species in prim.species) * size
        held = len(prim.species) * size - len(symbols) if element == VACANCY else counts[element]
        if not must <= held <= may:
            return False
    return True


def _check(prim: Prim, fit: Fit, symbols: list[str], frac: np.ndarray, allowed: Limits) -> None:
    """Refuse atoms that are far from their sites, or about as near to others.

    Raises:
        MappingError: with the atom and the distances.
    """
    distances = np.linalg.norm(fit.vectors, axis=1)
    ratios, others = _ambiguity(prim, fit, symbols)
    worst = int(ratios.argmax())
    if ratios[worst] > allowed.ambiguity:
        raise MappingError(
            f"atom {worst} ({symbols[worst]}) is between two sites, {distances[worst]:.2f} Å from "
            f"one and {others[worst]:.2f} Å from another that holds something else: the structure "
            f"is on its way to another ordering (max_ambiguity {allowed.ambiguity:g})"
        )
    worst = int(distances.argmax())
    if distances[worst] > allowed.displacement_A:
        raise MappingError(
            f"atom {worst} ({symbols[worst]}) is {distances[worst]:.2f} Å from the nearest free "
            f"site that may hold it, more than max_displacement_A {allowed.displacement_A:g}"
        )


def _ambiguity(prim: Prim, fit: Fit, symbols: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """``[atom]`` ratio of the distances to the own and the nearest other site; that distance, Å.

    Another site is one that may hold the atom and holds another species, or nothing.
    """
    held = np.full(len(fit.sites.frac), VACANCY, dtype=object)
    held[fit.onto] = symbols
    ratios, others = np.zeros(len(symbols)), np.full(len(symbols), np.inf)
    for element in set(symbols):
        atoms = np.flatnonzero(np.array(symbols) == element)
        free = np.flatnonzero([
            element in prim.species[p] and h != element
            for p, h in zip(fit.sites.of_prim, held, strict=True)
        ])  # fmt: skip
        if not len(free):
            continue
        lattice = fit.sites.ideal.matrix
        at = fit.sites.frac[fit.onto[atoms]] - fit.vectors[atoms] @ np.linalg.inv(lattice)
        distance = np.linalg.norm(fit.sites.vectors(at, free, exact=True), axis=-1).min(axis=1)
        others[atoms] = distance
        ratios[atoms] = np.linalg.norm(fit.vectors[atoms], axis=1) / np.maximum(distance, 1e-9)
    return ratios, others


def _occupation(prim: Prim, fit: Fit, symbols: list[str]) -> np.ndarray:
    """``[site]`` species indices of the active sites."""
    held = np.full(len(fit.sites.frac), VACANCY, dtype=object)
    held[fit.onto] = symbols
    table = held.reshape(-1, fit.sites.supercell.size)
    for allowed, species in zip(prim.species, table, strict=True):
        if lost := set(species) - set(allowed):
            raise MappingError(f"a site of {', '.join(allowed)} holds {', '.join(lost)}")
    return np.array(
        [prim.species[site].index(s) for site in prim.active for s in table[site]], np.int8
    )


def _why_no_supercell(
    prim: Prim, structure: Structure, symbols: list[str], allowed: Limits, tried: int
) -> str:
    """Why a structure is no ordering, with numbers."""
    formula = structure.composition.formula
    cells = structure.volume / abs(np.linalg.det(prim.lattice))
    possible = [n for n in range(1, MAX_CELLS + 1) if fits_composition(prim, symbols, n)]
    if not possible:
        return (
            f"its composition is {formula}, which is no filling of up to {MAX_CELLS} primitive "
            "cells"
        )
    some = ", ".join(map(str, possible[:4]))
    if tried:
        return f"its {formula} find no sites in any of {tried} supercells within the strain"
    if not sizes(prim, symbols, structure.volume, allowed.strain):
        return (
            f"its composition {formula} needs {some} primitive cells, its volume of "
            f"{structure.volume:.1f} Å³ is that of {cells:.2f}: strained beyond max_strain "
            f"{allowed.strain:g}"
        )
    return (
        f"no supercell of {some} cells is its lattice ({structure.lattice.abc[0]:.3f} "
        f"{structure.lattice.abc[1]:.3f} {structure.lattice.abc[2]:.3f} Å) within max_strain "
        f"{allowed.strain:g}"
    )

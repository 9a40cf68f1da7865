"""The primitive cell of a structure with active sites, and its sublattices by Wyckoff position."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import gcd
from typing import Any

import numpy as np
import spglib
from pymatgen.core import Structure

from navac.campaign.new.active import Decorated
from navac.campaign.new.error import NewError
from navac.crystal.symmetry import raising_errors

SpglibCell = tuple[Any, Any, Any]
"""Lattice, fractional coordinates and kinds of sites, as spglib takes them."""

TOLERANCE = 0.01
"""Distance within which sites count as equivalent, Å; rounded coordinates are mended by it."""
LOOSER = 0.1
"""A symmetry that appears up to here is said, Å."""


@dataclass(frozen=True)
class Cell:
    """The primitive cell, active sites first.

    Attributes:
        lattice: ``[3, 3]`` rows, Å.
        frac: ``[site, 3]``.
        allowed: per site, the species it may hold.
        labels: per site, element, multiplicity and letter of its Wyckoff position (``Li_3b``); of a
            fixed site its element.
        symbol, number: of the space group.
        cells: primitive cells in the cell of the file.
        notes: what was done, for people.
    """

    lattice: np.ndarray
    frac: np.ndarray
    allowed: tuple[tuple[str, ...], ...]
    labels: tuple[str, ...]
    symbol: str
    number: int
    cells: int
    notes: tuple[str, ...]

    @property
    def active(self) -> list[int]:
        """Sites that may hold more than one species."""
        return [i for i, species in enumerate(self.allowed) if len(species) > 1]

    @property
    def host(self) -> Counter[str]:
        """Atoms of the fixed sites."""
        return Counter(s[0] for s in self.allowed if len(s) == 1)

    @property
    def formula_units(self) -> int:
        """Formula units, such that host and active sites divide by them."""
        return gcd(len(self.active), *self.host.values())

    def sublattices(self) -> dict[str, list[int]]:
        """Active sites by label."""
        found: dict[str, list[int]] = {}
        for site in self.active:
            found.setdefault(self.labels[site], []).append(site)
        return found

    def structure(self) -> Structure:
        """The cell with its first species on every site."""
        return Structure(self.lattice, [s[0] for s in self.allowed], self.frac)


@raising_errors()
def primitive(found: Decorated) -> Cell:
    """The primitive cell in spglib's standard setting.

    Raises:
        NewError: no symmetry is found, which means sites that coincide.
    """
    kinds = sorted(set(found.allowed), key=lambda s: (len(s) == 1, s))
    given = found.structure
    numbers = [1 + kinds.index(s) for s in found.allowed]
    cell: SpglibCell = given.lattice.matrix, given.frac_coords, numbers
    lattice, frac, kind = _standard(cell)
    data = _symmetry((lattice, frac, kind), TOLERANCE)
    order = np.lexsort((np.arange(len(kind)), data.equivalent_atoms, kind))
    names = _labels(data, kind, kinds)
    cells = round(len(given) / len(kind))
    return Cell(
        lattice=lattice,
        frac=frac[order] % 1.0,
        allowed=tuple(kinds[kind[i] - 1] for i in order),
        labels=tuple(names[i] for i in order),
        symbol=data.international,
        number=int(data.number),
        cells=cells,
        notes=(_size_note(cells, len(given), len(kind)), *_looser(cell, data)),
    )


def _standard(cell: SpglibCell) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The primitive cell of a cell: lattice, positions and kinds."""
    reason: Exception | None = None
    try:
        found: Any = spglib.standardize_cell(cell, to_primitive=True, symprec=TOLERANCE)
    except spglib.SpglibError as error:
        found, reason = None, error
    if found is None:
        raise _no_symmetry(TOLERANCE, reason)
    lattice, frac, kind = map(np.asarray, found)
    return lattice, frac, kind


def _symmetry(cell: SpglibCell, tolerance: float) -> spglib.SpglibDataset:
    reason: Exception | None = None
    try:
        found = spglib.get_symmetry_dataset(cell, symprec=tolerance)
    except spglib.SpglibError as error:
        found, reason = None, error
    if found is None:
        raise _no_symmetry(tolerance, reason)
    return found


def _no_symmetry(tolerance: float, reason: Exception | None) -> NewError:
    return NewError(
        f"no symmetry is found within {tolerance} Å ({reason or 'spglib gives no reason'}); look "
        "for sites that coincide"
    )


def _labels(data: spglib.SpglibDataset, kind: np.ndarray, kinds: list[tuple[str, ...]]) -> list:
    """A name for the sublattice of each site."""
    centring = round(len(data.std_types) / len(kind))
    orbits = Counter(data.equivalent_atoms)
    names: dict[int, str] = {}
    for site, orbit in enumerate(data.equivalent_atoms):
        species = kinds[kind[site] - 1]
        if orbit in names:
            continue
        name = species[0]
        if len(species) > 1:
            name = f"{name}_{orbits[orbit] * centring}{data.wyckoffs[site]}"
            again = sum(n == name or n.startswith(f"{name}_") for n in names.values())
            name += f"_{again + 1}" if again else ""
        names[orbit] = name
    return [names[orbit] for orbit in data.equivalent_atoms]


def _size_note(cells: int, before: int, after: int) -> str:
    if cells > 1:
        return (
            f"the cell of the file holds {cells} primitive cells: reduced, {before} → {after} sites"
        )
    return "the cell of the file is primitive; it is written in the standard setting"


def _looser(cell: SpglibCell, data: spglib.SpglibDataset) -> list[str]:
    """Whether a little more tolerance finds more symmetry."""
    try:
        more = _symmetry(cell, LOOSER)
    except NewError:
        return []
    if more.number == data.number:
        return []
    return [
        f"the space group is {data.international} within {TOLERANCE:g} Å and "
        f"{more.international} within {LOOSER:g} Å: if the file is only inaccurate, symmetrise it"
    ]

"""The space group of a prim, species and sublattice labels included."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import spglib

from navac.crystal.prim import Prim, PrimError


@dataclass(frozen=True)
class SpaceGroup:
    """Symmetry of a prim, species and sublattice labels included.

    Attributes:
        symbol: international symbol.
        international_number: 1 to 230.
        tolerance: distance in Å within which atoms were taken as equivalent.
        rotations: ``[op, 3, 3]`` integer rotations of fractional coordinates.
        image_site: ``[op, site]`` the site that each site is carried onto …
        image_cell: ``[op, site, 3]`` … and in which cell.
    """

    symbol: str
    international_number: int
    tolerance: float
    rotations: np.ndarray
    image_site: np.ndarray
    image_cell: np.ndarray

    def __len__(self) -> int:
        return len(self.rotations)


def find_space_group(prim: Prim, tolerance: float) -> SpaceGroup:
    """Space group of the fully decorated prim at ``tolerance`` Å.

    The tolerance decides the model: the published NaxV2(PO4)3 coordinates are R3c at 1e-5
    and R-3c at 1e-2, with different numbers of clusters.

    Raises:
        PrimError: no symmetry is found, or what is found does not map the sites.
    """
    found = _symmetry(_cell(prim), tolerance)
    images = [
        _site_images(prim, rotation, shift, tolerance)
        for rotation, shift in zip(found.rotations, found.translations, strict=True)
    ]
    return SpaceGroup(
        symbol=found.international,
        international_number=int(found.number),
        tolerance=tolerance,
        rotations=found.rotations.astype(int),
        image_site=np.array([site for site, _ in images]),
        image_cell=np.array([cell for _, cell in images]),
    )


@dataclass(frozen=True)
class Symmetry:
    """The space group of a prim at one tolerance, in short.

    Attributes:
        tolerance: Å.
        symbol: international symbol.
        operations: how many there are, pure translations included.
        cells: primitive cells that the prim holds.
    """

    tolerance: float
    symbol: str
    operations: int
    cells: int


def symmetry_at(prim: Prim, tolerance: float) -> Symmetry:
    """The symmetry of the decorated prim at ``tolerance`` Å, without how sites are mapped.

    Raises:
        PrimError: no symmetry is found.
    """
    found = _symmetry(_cell(prim), tolerance)
    unturned = (found.rotations == np.eye(3, dtype=int)).all(axis=(1, 2))
    return Symmetry(tolerance, found.international, len(found.rotations), int(unturned.sum()))


def _cell(prim: Prim) -> tuple:
    """A prim as spglib takes it: sites of one kind have the same species and label."""
    kinds = sorted(set(zip(prim.species, prim.labels, strict=True)))
    kind = [1 + kinds.index(k) for k in zip(prim.species, prim.labels, strict=True)]
    return prim.lattice, prim.frac, kind


@contextmanager
def raising_errors() -> Iterator[None]:
    """Let spglib raise its errors for the length of a call, or of a function that is decorated.

    By default its versions 2.7 and 2.8 warn of their error handling at every call.
    """
    before = getattr(spglib.error, "OLD_ERROR_HANDLING", None)
    spglib.error.OLD_ERROR_HANDLING = False
    try:
        yield
    finally:
        if before is not None:  # older versions have no such switch
            spglib.error.OLD_ERROR_HANDLING = before


@raising_errors()
def primitive_lattice(prim: Prim, tolerance: float) -> np.ndarray:
    """``[3, 3]`` lattice vectors, Å, of the primitive cell of a prim that holds several."""
    cell = spglib.standardize_cell(
        _cell(prim), to_primitive=True, no_idealize=True, symprec=tolerance
    )
    if cell is None:
        raise PrimError(f"no primitive cell found at {tolerance} Å; choose another tolerance")
    return np.array(cell[0])


@raising_errors()
def _symmetry(cell: tuple, tolerance: float) -> spglib.SpglibDataset:
    """What spglib finds; versions before 2.7 return nothing where later ones raise."""
    found, reason = None, None
    try:
        found = spglib.get_symmetry_dataset(cell, symprec=tolerance)
    except spglib.SpglibError as error:
        reason = error
    if found is None:
        raise PrimError(
            f"no symmetry found at {tolerance} Å ({reason or 'spglib gives no reason'}); "
            "check the prim for sites that coincide, or choose another prim.symmetry_tolerance_A"
        ) from reason
    return found


def _site_images(
    prim: Prim, rotation: np.ndarray, shift: np.ndarray, tolerance: float
) -> tuple[np.ndarray, np.ndarray]:
    """Site and cell that one operation carries each site of the home cell onto."""
    moved = prim.frac @ rotation.T + shift
    offset = moved[:, None, :] - prim.frac[None, :, :]
    cells = np.rint(offset).astype(int)
    distance = np.linalg.norm((offset - cells) @ prim.lattice, axis=-1)
    site = distance.argmin(axis=1)
    rows = np.arange(len(site))
    # spglib's translations are averages over sites, so a site may miss by a few tolerances.
    if distance[rows, site].max() > 10 * tolerance or len(set(site)) != len(site):
        raise PrimError(
            f"a symmetry operation found at {tolerance} Å does not map the sites onto each other; "
            "choose another prim.symmetry_tolerance_A"
        )
    return site, cells[rows, site]


def read_crystal(path: str | Path) -> tuple[Prim, SpaceGroup]:
    """The prim that a campaign has written, and its space group at the tolerance in the file.

    Raises:
        PrimError: the file is not one of a campaign.
    """
    try:
        data = json.loads(Path(path).read_text())
        prim, tolerance = Prim.from_dict(data), float(data["space_group"]["tolerance_A"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PrimError(
            f"{path}: is not a crystal that the rule prim wrote ({error!r}); remove it, and the "
            "next run writes it again"
        ) from error
    return prim, find_space_group(prim, tolerance)

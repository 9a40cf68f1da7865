"""Crystal files of any kind as one structure, with what was decided on the way.

POSCAR and CIF are read here with care; other files by pymatgen, or by ASE where pymatgen does
not know them.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from monty.io import zopen
from pymatgen.core import Composition, Element, PeriodicSite, Structure

from navac.crystal.cif import cif_structure
from navac.crystal.poscar import poscar_structure
from navac.crystal.positions import inside, merged_positions
from navac.crystal.prim import PrimError


@dataclass(frozen=True)
class ReadStructure:
    """A crystal file.

    Attributes:
        path: the file.
        structure: elements with their occupancies; no oxidation states, no site properties,
            coordinates in [0, 1). A site is labelled as a CIF labels it, otherwise by its
            elements.
        notes: what was decided, a sentence each.
        charges: mean oxidation state of each element, e, where the file has them.
        symmetric: the file lists one atom of every set of equivalent ones, and its labels are
            those of such sets.
        group: the space group that the file names; empty if it names none.
    """

    path: Path
    structure: Structure
    notes: tuple[str, ...] = ()
    charges: Mapping[str, float] = field(default_factory=dict)
    symmetric: bool = False
    group: str = ""


def read_structure(path: str | Path) -> ReadStructure:
    """Read a crystal from any file that pymatgen or ASE reads.

    Raises:
        PrimError: the file is no crystal, names no elements, or has atoms on top of each other.
    """
    path = Path(path)
    symmetric, group = False, ""
    charges: dict[str, float] = {}
    try:
        if re.search(r"\.m?cif(\.gz|\.bz2)?$", path.name, re.IGNORECASE):
            cif = cif_structure(path)
            structure, notes = cif.structure, list(cif.notes)
            symmetric, group, charges = cif.operations > 1, cif.group, cif.charges
        else:
            structure, notes = _read(path)
    except PrimError:
        raise
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        if isinstance(error, IndexError):
            reason = "it ends early, or a line of it is too short"
        raise PrimError(
            f"{path}: not a crystal structure that pymatgen or ASE reads ({reason}); give a "
            "POSCAR or CIF"
        ) from error
    numbers = np.vstack([structure.lattice.matrix, structure.frac_coords])
    if wrong := [k for k, row in enumerate(numbers) if not np.isfinite(row).all()]:
        what = f"site {wrong[0] - 3}" if wrong[0] > 2 else f"lattice vector {wrong[0]}"
        raise PrimError(f"{path}: {what} has a coordinate that is no number; correct it")
    if abs(np.linalg.det(structure.lattice.matrix)) < 1e-3:
        raise PrimError(f"{path}: has no cell of three vectors; give a periodic crystal")
    charges = mean_charges(structure) or charges
    structure, bare = _bare(path, structure, symmetric)
    structure, merged = merged_positions(path, structure, images=symmetric)
    return ReadStructure(path, structure, (*notes, *bare, *merged), charges, symmetric, group)


def _read(path: Path) -> tuple[Structure, list[str]]:
    """A file that is no CIF: by its name, then by what is in it."""
    if not path.is_file():
        raise FileNotFoundError(f"{path} does not exist")
    named_poscar = re.search(r"POSCAR|CONTCAR|\.vasp$|\.poscar$", path.name, re.IGNORECASE)
    ways: list[Callable[[Path], tuple[Structure, list[str]]]] = [_by_pymatgen, _by_ase]
    if named_poscar:
        ways = [_by_poscar]
    elif path.suffix == "":
        ways = [_by_poscar, *ways]
    first: Exception | None = None
    for way in ways:
        try:
            return way(path)
        except PrimError:
            raise
        except Exception as error:
            first = first or error
    assert first is not None
    raise first


def _by_poscar(path: Path) -> tuple[Structure, list[str]]:
    with zopen(path, mode="rt", encoding="utf-8", errors="replace") as file:
        return poscar_structure(path, str(file.read()))


def _by_pymatgen(path: Path) -> tuple[Structure, list[str]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        structure = Structure.from_file(path, primitive=False)
    return structure, []


def _by_ase(path: Path) -> tuple[Structure, list[str]]:
    import ase.io
    from pymatgen.io.ase import AseAtomsAdaptor

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frames: list[Any] = list(ase.io.iread(path, index=":"))
        atoms = frames[-1]
        if atoms.cell.rank < 3:
            raise PrimError(f"{path}: has no cell of three vectors; give a periodic crystal")
        structure = AseAtomsAdaptor.get_structure(atoms)
    notes = [] if len(frames) == 1 else [f"the last of {len(frames)} crystals is taken"]
    return structure, notes


def mean_charges(structure: Structure) -> dict[str, float]:
    """Mean oxidation state of each element, e; empty unless every species has one."""
    total: dict[str, float] = {}
    amount: dict[str, float] = {}
    for site in structure:
        for species, occupancy in site.species.items():
            state = getattr(species, "oxi_state", None)
            if state is None or isinstance(species, Element):
                return {}
            total[species.symbol] = total.get(species.symbol, 0.0) + state * occupancy
            amount[species.symbol] = amount.get(species.symbol, 0.0) + occupancy
    return {symbol: round(total[symbol] / amount[symbol], 6) for symbol in total}


def _bare(path: Path, structure: Structure, symmetric: bool) -> tuple[Structure, list[str]]:
    """Elements and occupancies alone, coordinates in [0, 1)."""
    sites = []
    for site in structure:
        amounts: dict[str, float] = {}
        for species, occupancy in site.species.items():
            if not Element.is_valid_symbol(species.symbol):
                raise PrimError(
                    f"{path}: {site.label} holds {species.symbol}, which is no element; name the "
                    "element, or leave a vacancy out"
                )
            amounts[species.symbol] = amounts.get(species.symbol, 0.0) + occupancy
        label = site.label if symmetric and len(amounts) == 1 else "-".join(amounts)
        place = inside(site.frac_coords)
        sites.append(PeriodicSite(Composition(amounts), place, structure.lattice, label=label))
    every = {s for site in structure for s in site.species.elements}
    charged = {s.symbol for s in every if getattr(s, "oxi_state", 0)}
    notes = []
    if charged:
        notes.append(f"oxidation states of {', '.join(sorted(charged))} are not part of the sites")
    if any("selective_dynamics" in site.properties for site in structure):
        notes.append("selective dynamics are left out")
    return Structure.from_sites(sites), notes

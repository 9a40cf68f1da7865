"""Integrated crystal orbital Hamilton populations of bonds, as LOBSTER lists them.

ICOHPLIST.lobster is read by pymatgen, versions 2 to 5, orbitals left out. LOBSTER names atoms by
element and place in the structure, from 1: ``V50`` is the fiftieth atom. It lists no structure, so
that a list is compared with the one it is said to belong to.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from pymatgen.core import Structure
from pymatgen.electronic_structure.cohp import IcohpValue
from pymatgen.electronic_structure.core import Spin
from pymatgen.io.lobster import Icohplist

from navac import NavacError

LIST = "ICOHPLIST.lobster"
STRUCTURES = ("POSCAR.lobster.vasp", "CONTCAR", "POSCAR")
"""Where the structure of a calculation is looked for, in turn."""
SAME_LENGTH_A = 0.02
"""How far a listed length may be from that in the structure: files round differently."""
_ATOM = re.compile(r"([A-Za-z]+)(\d+)$")


class BondingError(NavacError):
    """A list of bonds that cannot be read, or that belongs to another structure."""


@dataclass(frozen=True)
class Bond:
    """One bond.

    Attributes:
        atoms: their names.
        length: Å.
        translation: cells between them, in lattice vectors.
        icohp: by spin, ``up`` and ``down``; ``both`` where spins are not told apart. eV.
    """

    atoms: tuple[str, str]
    length: float
    translation: tuple[int, int, int]
    icohp: Mapping[str, float]

    @property
    def total(self) -> float:
        """Over the spins, eV."""
        return sum(self.icohp.values())


def read_bonds(path: str | Path) -> list[Bond]:
    """Every bond of a list.

    Raises:
        BondingError: it cannot be read.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of old versions of LOBSTER
            found = Icohplist(filename=str(path))
    except (OSError, ValueError, IndexError, RuntimeError) as error:
        raise BondingError(
            f"{path}: is no list of LOBSTER that pymatgen reads ({error}); give {LIST}"
        ) from error
    assert found.icohpcollection is not None  # it has been read
    every = found.icohpcollection.get_icohp_dict_by_bondlengths(0.0, np.inf)
    # pymatgen gives atoms and lengths no public name.
    return [
        Bond((v._atom1, v._atom2), float(v._length), v.translation, _by_spin(v))
        for v in every.values()
    ]


def _by_spin(value: IcohpValue) -> dict[str, float]:
    if not value.is_spin_polarized:
        return {"both": float(value.icohpvalue(Spin.up))}
    return {"up": float(value.icohpvalue(Spin.up)), "down": float(value.icohpvalue(Spin.down))}


def element_and_place(name: str) -> tuple[str, int]:
    """``V50`` as V and 49.

    Raises:
        BondingError: it is not such a name.
    """
    if not (match := _ATOM.match(name)):
        raise BondingError(f"{name} is not an atom as LOBSTER names them, such as V50")
    return match[1], int(match[2]) - 1


def check_structure(bonds: Sequence[Bond], structure: Structure, source: str | Path) -> None:
    """Refuse bonds of another structure.

    Raises:
        BondingError: an atom is not there, is another element, or a bond has another length.
    """
    for bond in bonds:
        places = [element_and_place(name) for name in bond.atoms]
        for name, (element, place) in zip(bond.atoms, places, strict=True):
            if place >= len(structure) or structure[place].specie.symbol != element:
                there = structure[place].specie.symbol if place < len(structure) else "nothing"
                raise BondingError(
                    f"{source}: {name} is {there} in the structure of {len(structure)} atoms; "
                    "the list belongs to another structure"
                )
        first, second = (structure[place] for _, place in places)
        # Which of the two atoms the translation counts for differs between versions.
        ways = (bond.translation, tuple(-n for n in bond.translation))
        away = min(
            (first.distance(second, jimage=cells) for cells in ways),
            key=lambda length: abs(length - bond.length),
        )
        if abs(away - bond.length) > SAME_LENGTH_A:
            raise BondingError(
                f"{source}: {bond.atoms[0]}–{bond.atoms[1]} is {bond.length:.3f} Å long, "
                f"{away:.3f} Å in the structure; the list belongs to another structure"
            )


def read_calculation(folder: str | Path) -> list[Bond]:
    """The bonds of a calculation in a folder, compared with its structure where there is one.

    Raises:
        BondingError: there is no list, or it belongs to another structure.
    """
    folder = Path(folder)
    lists = sorted(folder.glob(f"{LIST}*"))
    if not lists:
        raise BondingError(f"{folder}: has no {LIST}; LOBSTER has not finished there")
    bonds = read_bonds(lists[0])
    files = [path for name in STRUCTURES for path in sorted(folder.glob(f"{name}*"))]
    if files:
        check_structure(bonds, Structure.from_file(str(files[0])), lists[0])
    return bonds


@dataclass(frozen=True)
class Shell:
    """The bonds of one atom to its ligands.

    Attributes:
        atom: its name.
        bonds: by rising length.
    """

    atom: str
    bonds: tuple[Bond, ...]

    @property
    def total(self) -> float:
        """ICOHP of all bonds and spins, eV."""
        return sum(bond.total for bond in self.bonds)


def shells(
    bonds: Sequence[Bond], centres: Collection[str], ligand: str, within_A: float
) -> Iterator[Shell]:
    """The shells of all atoms of some elements, in the order of the structure."""
    found: dict[str, list[Bond]] = {}
    for bond in bonds:
        names = {element_and_place(name)[0]: name for name in bond.atoms}
        others = set(names) - {ligand}
        if ligand in names and others & set(centres) and bond.length <= within_A:
            found.setdefault(names[others.pop()], []).append(bond)
    for atom in sorted(found, key=lambda name: element_and_place(name)[1]):
        yield Shell(atom, tuple(sorted(found[atom], key=lambda bond: bond.length)))


def bond_table(name: str, some: Sequence[Shell]) -> pd.DataFrame:
    """A row per bond and spin of the shells of a calculation."""
    return pd.DataFrame([
        {"calculation": name, "atom": shell.atom, "neighbour": _ligand(bond, shell.atom),
         "length_A": bond.length, "spin": spin, "icohp_eV": value}
        for shell in some for bond in shell.bonds for spin, value in bond.icohp.items()
    ])  # fmt: skip


def shell_table(name: str, some: Sequence[Shell]) -> pd.DataFrame:
    """A row per shell of a calculation, with the mean of the calculation."""
    mean = float(np.mean([shell.total for shell in some]))
    return pd.DataFrame([
        {"calculation": name, "atom": shell.atom, "bonds": len(shell.bonds),
         "icohp_eV": shell.total, "mean_of_calculation_eV": mean}
        for shell in some
    ])  # fmt: skip


def _ligand(bond: Bond, atom: str) -> str:
    return next(name for name in bond.atoms if name != atom)

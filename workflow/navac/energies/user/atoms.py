"""Structures that ASE reads: extended XYZ, its databases, and the containers of icet."""

from __future__ import annotations

import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from io import StringIO
from math import isfinite
from pathlib import Path
from typing import Any

import ase.db
import ase.io
from ase import Atoms
from pymatgen.core import Lattice, Structure

from navac.energies.user.files import unpacked
from navac.energies.user.given import Given, Per, told_settings

ENERGY_KEYS = (
    "energy", "Energy", "total_energy", "energy_eV", "dft_energy", "DFT_energy", "REF_energy",
    "E", "free_energy",
)  # fmt: skip
"""Under which an energy is looked for where no calculator is attached; the first that is there."""


def read_xyz(path: Path, per: Per) -> Iterator[Given]:
    """Every frame of an extended XYZ file; those that cannot be read say so."""
    try:
        lines = unpacked(path).splitlines(keepends=True)
    except (OSError, EOFError, UnicodeDecodeError) as error:
        yield Given(str(path), fault=f"cannot be read ({error}); it may be cut off")
        return
    at = number = 0
    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        entry = f"frame {number}"
        try:
            size = int(lines[at])
        except ValueError:
            line = lines[at].strip()[:40]
            yield Given(str(path), entry, fault=f"line {at + 1}, {line!r}, is not a number of "
                        "atoms; the rest of the file is not read")  # fmt: skip
            return
        frame = lines[at : at + size + 2]
        at, number = at + size + 2, number + 1
        if len(frame) < size + 2:
            yield Given(str(path), entry, fault=f"is truncated: {max(len(frame) - 2, 0)} of {size} "
                        "atoms")  # fmt: skip
            return
        try:
            atoms = ase.io.read(StringIO("".join(frame)), format="extxyz")
            assert isinstance(atoms, Atoms)
        except Exception as error:  # ASE raises whatever comes
            yield Given(str(path), entry, fault=f"is not extended XYZ ({error})")
            continue
        yield of_atoms(path, entry, atoms, atoms.info, per)


def read_database(path: Path, per: Per) -> Iterator[Given]:
    """Every row of an ASE database."""
    try:
        with ase.db.connect(path) as database:
            for row in database.select():
                told = dict(row.key_value_pairs) | {"calculator": row.get("calculator")}
                told |= {k: v for k, v in row.get("calculator_parameters", {}).items()
                         if k not in told}  # fmt: skip
                yield of_atoms(path, f"row {row.id}", row.toatoms(), told, per)
    except Exception as error:  # of the database, whichever it is
        yield Given(str(path), fault=f"cannot be read as an ASE database ({error}); it may be cut "
                    "off")  # fmt: skip


def read_container(path: Path, name: str, per: Per) -> Iterator[Given]:
    """Every structure of an icet StructureContainer, read without icet.

    Args:
        name: of the property that is the energy.
        per: what that is of; icet itself keeps energies per atom, vacancies counted.
    """
    try:
        with tarfile.open(path) as tar, tempfile.NamedTemporaryFile(suffix=".db") as copy:
            inside = tar.extractfile("database")
            assert inside is not None
            copy.write(inside.read())
            copy.flush()
            rows = list(ase.db.connect(copy.name, type="db").select())
    except Exception as error:
        yield Given(str(path), fault=f"is not a structure container of icet ({error}); it may be "
                    "cut off")  # fmt: skip
        return
    for row in rows:
        tag = row.data.get("user_tag")
        entry = f"structure {row.id}" if tag in (None, "None") else f"{row.id}, {tag}"
        properties = row.data.get("properties") or {}
        atoms = row.toatoms()
        if name not in properties:
            known = ", ".join(properties) or "none"
            yield Given(str(path), entry, fault=f"has no property {name} (it has {known}); set "
                        "energies.user.icet_property")  # fmt: skip
            continue
        # Vacancies are atoms there, of the element X, and count among the sites.
        energy = float(properties[name]) * (len(atoms) if per == "atom" else 1)
        told = dict(row.key_value_pairs) | {"energy": energy}
        yield of_atoms(path, entry, atoms, told, "cell" if per == "atom" else per)


def of_atoms(path: Path, entry: str, atoms: Atoms, told: Mapping[str, Any], per: Per) -> Given:
    """One structure of ASE's with its energy."""
    energy = _energy(atoms, told)
    settings = told_settings(told)
    if energy is None:
        return Given(str(path), entry, fault="has no energy; it needs one from a calculator, or "
                     f"under one of the names {', '.join(ENERGY_KEYS)}")  # fmt: skip
    if not isfinite(energy):
        return Given(str(path), entry, fault=f"its energy is {energy}, not a number")
    if atoms.cell.rank < 3:
        return Given(str(path), entry, fault="has no lattice of three vectors; write it with cell "
                     "and periodic boundaries")  # fmt: skip
    return Given(str(path), entry, energy, per, structure=structure_of(atoms), settings=settings)


def structure_of(atoms: Atoms) -> Structure:
    """ASE's atoms without its vacancies ``X``."""
    real = atoms[[number > 0 for number in atoms.numbers]]
    return Structure(
        Lattice(real.cell.array), real.get_chemical_symbols(), real.get_scaled_positions(wrap=False)
    )


def _energy(atoms: Atoms, told: Mapping[str, Any]) -> float | None:
    """From the calculator, or under one of the names that people use."""
    if atoms.calc is not None and atoms.calc.results.get("energy") is not None:
        return float(atoms.calc.results["energy"])
    for key in ENERGY_KEYS:
        if told.get(key) is not None:
            try:
                return float(told[key])
            except (TypeError, ValueError):
                return float("nan")
    return None

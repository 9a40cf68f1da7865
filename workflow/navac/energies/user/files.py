"""The files that a campaign's own energies are in: found, told apart, and what lies beside them."""

from __future__ import annotations

import csv
import glob
import gzip
import hashlib
import json
import tarfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from monty.io import zopen

from navac import NavacError

PACKED = (".gz", ".bz2", ".xz")
STRUCTURE_COLUMNS = ("structure", "file", "path")
"""Columns of a CSV that name files of structures."""
BESIDE_CASM = ("structure.json", "CONTCAR", "POSCAR", "POS", "pos.vasp")
"""Files with the structure that a properties.calc.json without one belongs to."""


class SourceError(NavacError):
    """Files of energies that are not there, or of no kind that is known."""


def found_files(patterns: Sequence[str]) -> list[Path]:
    """Every file that patterns name, those of structures that a table names among them, sorted.

    Args:
        patterns: files, folders (searched with all that is in them), or globs (``**`` for any
            folders).

    Raises:
        SourceError: a pattern matches nothing, or a folder holds no file of a known kind.
    """
    found: dict[Path, None] = {}
    for pattern in patterns:
        found |= dict.fromkeys(_of_pattern(pattern))
    for path in list(found):
        found |= dict.fromkeys(companions(path))
    return sorted(found)


def files_digest(paths: Sequence[Path]) -> str:
    """One digest of the names and contents of files."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        digest.update(f"{path.as_posix()} {content}\n".encode())
    return digest.hexdigest()[:16]


def _of_pattern(pattern: str) -> list[Path]:
    paths = [Path(p) for p in sorted(glob.glob(pattern, recursive=True))]
    if not paths:
        raise SourceError(f"{pattern} matches no file; give a file, a folder or a glob, relative "
                          "to the folder of the Snakefile")  # fmt: skip
    found: list[Path] = []
    if paths == [Path(pattern)] and paths[0].is_file() and not kind_of(paths[0]):
        raise SourceError(f"{pattern} is no file of energies that is known; {KNOWN}")
    for path in paths:
        inside = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
        known = [p for p in inside if kind_of(p)]
        if path.is_dir() and not known and len(paths) == 1:
            raise SourceError(f"{path} holds no file of energies that is known; {KNOWN}")
        found += known
    if not found:
        raise SourceError(f"{pattern} matches no file of energies that is known; {KNOWN}")
    return found


KNOWN = (
    "vasprun.xml, OUTCAR, .xyz, .db, .csv, JSON of pymatgen's entries or of CASM, containers of "
    "icet"
)


def kind_of(path: Path) -> str:
    """``vasp``, ``outcar``, ``xyz``, ``ase``, ``csv``, ``entries``, ``casm``, ``icet`` or empty."""
    name = path.name
    for end in PACKED:
        name = name.removesuffix(end)
    low = name.lower()
    if low.startswith("vasprun") and ".xml" in low:
        return "vasp"
    if name.startswith("OUTCAR"):
        return "outcar"
    if low.endswith((".xyz", ".extxyz")):
        return "xyz"
    if low.endswith(".csv"):
        return "csv"
    if low.endswith(".json"):
        return _kind_of_json(path)
    if low.endswith(".db"):
        return "ase"
    return "icet" if _is_container(path) else ""


def _is_container(path: Path) -> bool:
    try:
        with tarfile.open(path) as tar:
            return {"database", "cluster_space"} <= set(tar.getnames())
    except (OSError, tarfile.TarError, EOFError):
        return path.suffix in (".sc", ".icet")


def _kind_of_json(path: Path) -> str:
    if path.name == "properties.calc.json":
        return "casm"
    try:
        data = read_json(path)
    except (OSError, ValueError, EOFError):
        return "entries"  # a truncated one is named when it is read, not passed over
    if isinstance(data, dict) and {"ids", "nextid"} <= set(data):
        return "ase"
    first: Any = data
    if isinstance(data, dict):
        first = data.get("entries", data)
    if isinstance(first, dict) and first and isinstance(next(iter(first.values())), dict):
        first = first if "@class" in first or "lattice_vectors" in first else list(first.values())
    if isinstance(first, list):
        first = first[0] if first else {}
    if not isinstance(first, dict):
        return ""
    if "ComputedStructureEntry" in str(first.get("@class", "")) or (
        "energy" in first and "structure" in first and "@class" in str(first["structure"])
    ):
        return "entries"
    inner = first.get("structure", first)
    return "casm" if isinstance(inner, dict) and "lattice_vectors" in inner and (
        "atom_type" in inner or "mol_type" in inner
    ) else ""  # fmt: skip


def read_json(path: Path) -> Any:
    """A JSON file, packed or not."""
    with zopen(path, "rt", encoding="utf-8") as file:
        return json.load(file)


def companions(path: Path) -> list[Path]:
    """Files that are read with a file: structures that a table names, or that lie beside it."""
    kind = kind_of(path)
    if kind == "csv":
        return sorted(structures_of(path))
    if kind == "vasp":
        name = path.name.replace("vasprun.xml", "OUTCAR")
        ends = {name, name.removesuffix(".gz"), f"{name}.gz"}
        return [p for p in (path.with_name(n) for n in sorted(ends)) if p.is_file()]
    if path.name == "properties.calc.json":
        near = (path.with_name(n) for n in BESIDE_CASM)
        above = (path.parent.with_name(n) for n in BESIDE_CASM)
        return [p for p in (*near, *above) if p.is_file()]
    return []


def structures_of(table: Path) -> set[Path]:
    """Files of structures that a CSV names and that are there."""
    try:
        with table.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, ValueError, csv.Error):
        return set()  # named when it is read
    named = {
        row[column].strip() for row in rows for column in STRUCTURE_COLUMNS
        if isinstance(row.get(column), str) and row[column].strip()
    }  # fmt: skip
    return {p for p in (beside(table, name) for name in named) if p.is_file()}


def beside(table: Path, name: str) -> Path:
    """A path that a table names: relative to its own folder, or else to the campaign's."""
    own = table.parent / name
    return own if own.exists() or not Path(name).exists() else Path(name)


def main_files(paths: Iterable[Path]) -> list[tuple[str, Path]]:
    """Kind and path of the files that energies are read from, those read with others left out."""
    paths = sorted(set(paths))
    read_along = {c for p in paths for c in companions(p)}
    return [(kind_of(p), p) for p in paths if p not in read_along]


def unpacked(path: Path) -> str:
    """The text of a file, packed or not.

    Raises:
        OSError, EOFError, UnicodeDecodeError: it cannot be read.
    """
    if path.suffix == ".gz":
        with gzip.open(path, "rt", encoding="utf-8") as file:
            return file.read()
    return path.read_text(encoding="utf-8")

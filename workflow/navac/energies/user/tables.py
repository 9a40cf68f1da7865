"""Energies in a CSV: of structures in files that it names, or of orderings.

An ordering is named by its ``id`` among the enumerated ones, or written out as in orderings.csv,
by ``hnf`` and ``occupation``. The column of the energy says what it is of. ``volume_A3_per_fu`` is
read where it is there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from pymatgen.core import Structure

from navac.energies.table import EnergyError
from navac.energies.totals import VOLUME
from navac.energies.user.files import STRUCTURE_COLUMNS, beside
from navac.energies.user.given import Given, Per, told_settings
from navac.orderings.ordering import read_hnf
from navac.rows import Row, read_rows

ENERGY_COLUMNS: dict[str, Per | None] = {
    "energy_eV": None, "energy": None, "total_energy_eV": "cell",
    "energy_eV_per_cell": "primitive_cell", "energy_eV_per_atom": "atom",
    "energy_eV_per_fu": "formula_unit",
}  # fmt: skip
"""Columns of energies and what they are of; None leaves it to the configuration."""


def read_table(path: Path, per: Per) -> Iterator[Given]:
    """Every row of a table.

    Raises:
        EnergyError: with file, row, column and fix.
    """
    rows = read_rows(path, (), EnergyError)
    if not rows:
        raise EnergyError(f"{path}: has no rows; a row per structure or ordering is needed")
    column, of = _energy_column(path, rows[0])
    for row in rows:
        empty = not row.fields[column].strip()
        energy = None if empty else _energy(row, column)
        given = replace(
            _named(path, row), settings=told_settings(row.fields), energy_eV=energy, per=of or per,
            volume_A3_per_fu=_volume(row),
        )  # fmt: skip
        yield replace(given, fault=f"has no energy in column {column}") if empty else given


def _energy_column(path: Path, row: Row) -> tuple[str, Per | None]:
    found = [name for name in ENERGY_COLUMNS if name in row.fields]
    if len(found) != 1:
        said = f"has columns {' and '.join(found)}" if found else "has no column of energies"
        raise EnergyError(
            f"{path}: {said}; name exactly one of {', '.join(ENERGY_COLUMNS)} in row 1"
        )
    return found[0], ENERGY_COLUMNS[found[0]]


def _energy(row: Row, column: str) -> float:
    try:
        return row.number(column)
    except EnergyError as error:
        raise row.wrong(
            column, f"{row.text(column)!r} is not a finite number; correct it, or leave the field "
            "empty where there is no energy",
        ) from error  # fmt: skip


def _volume(row: Row) -> float | None:
    """Of the relaxed cell; None where the table has none."""
    if not row.fields.get(VOLUME, "").strip():
        return None
    value = row.number(VOLUME)
    if value <= 0:
        raise row.wrong(VOLUME, f"{value:g} is no volume; correct it, or leave the field empty")
    return value


def _named(path: Path, row: Row) -> Given:
    """What a row is about, without the energy."""
    entry = f"row {row.line}"
    for column in STRUCTURE_COLUMNS:
        if column in row.fields:
            return _structure(path, row, column, entry)
    if {"hnf", "occupation"} <= set(row.fields):
        hnf = row.parsed("hnf", read_hnf, "nine integers of a lower-triangular Hermite normal form")
        cells = hnf[0] * hnf[4] * hnf[8]
        occupation = row.parsed(
            "occupation", _digits, f"a digit per site, a multiple of {cells} cells"
        )
        if len(occupation) % cells:
            raise row.wrong("occupation", f"has {len(occupation)} digits, not a multiple of "
                            f"{cells} cells; correct it")  # fmt: skip
        return Given(str(path), entry, hnf=hnf, occupation=occupation)
    if "id" in row.fields:
        name = row.text("id")
        return Given(str(path), f"{entry}, {name}", ordering=name)
    raise EnergyError(
        f"{path}: names neither structures nor orderings; give a column structure (a file), id (of "
        "orderings.csv), or hnf and occupation"
    )


def _structure(path: Path, row: Row, column: str, entry: str) -> Given:
    name = row.text(column)
    file = beside(path, name)
    given = Given(str(path), f"{entry}, {name}")
    if not file.is_file():
        return replace(given, fault=f"{file} does not exist")
    try:
        return replace(given, structure=Structure.from_file(file, primitive=False))
    except Exception as error:  # pymatgen raises whatever comes
        return replace(given, fault=f"{file} is not a structure that pymatgen reads ({error})")


def _digits(text: str) -> np.ndarray:
    if not text.isdigit():
        raise ValueError(text)
    return np.array(list(text), np.int8)

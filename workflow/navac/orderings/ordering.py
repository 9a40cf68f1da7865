"""Orderings of two species on the active sites of a prim, and the file that lists them."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from navac import NavacError
from navac.crystal.supercell import Supercell

T = TypeVar("T")

COLUMNS = ("id", "cells", "hnf", "x", "occupation", "degeneracy", "ewald_eV_per_cell")


class OrderingError(NavacError):
    """Orderings that cannot be enumerated, or a file of orderings that cannot be read."""


@dataclass(frozen=True, eq=False)
class Ordering:
    """One way of filling the active sites, with the full period of its supercell.

    Attributes:
        id: ``c<cells>-h<supercell>-x<composition>-<rank>``; the supercell counts the distinct
            ones of that size, the rank the found orderings of that supercell and composition
            by rising Ewald energy.
        hnf: the nine elements of the supercell's Hermite normal form, row by row.
        x: counted species per formula unit.
        occupation: ``[site]`` int8 index into ``prim.species`` of every active site,
            ``site = sublattice * size + cell``.
        degeneracy: distinct images of the occupation under the symmetry of its supercell,
            translations included.
        ewald_eV_per_cell: electrostatic energy, eV per primitive cell, to 1e-8.
    """

    id: str
    hnf: tuple[int, ...]
    x: float
    occupation: np.ndarray
    degeneracy: int
    ewald_eV_per_cell: float

    @property
    def supercell(self) -> Supercell:
        """The supercell the occupation refers to."""
        a, b, c, d, e, f, g, h, i = self.hnf
        return Supercell(((a, b, c), (d, e, f), (g, h, i)))

    @property
    def cells(self) -> int:
        """Prims in the supercell."""
        return self.hnf[0] * self.hnf[4] * self.hnf[8]


def write_orderings(path: str | Path, orderings: Iterable[Ordering]) -> None:
    """Write orderings as CSV: the nine HNF elements space separated, a digit per site."""
    part = Path(f"{path}.part")
    with part.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for o in orderings:
            hnf, occupation = " ".join(map(str, o.hnf)), "".join(map(str, o.occupation))
            writer.writerow(
                (o.id, o.cells, hnf, o.x, occupation, o.degeneracy, o.ewald_eV_per_cell)
            )
    os.replace(part, path)


def read_orderings(path: str | Path) -> list[Ordering]:
    """Read what :func:`write_orderings` wrote.

    Raises:
        OrderingError: with file, row (the header is row 1), field and fix.
    """
    with Path(path).open(newline="") as file:
        reader = csv.DictReader(file)
        if missing := [c for c in COLUMNS if c not in (reader.fieldnames or ())]:
            raise OrderingError(
                f"{path}, row 1: no column {', '.join(missing)}; the header must be "
                f"{','.join(COLUMNS)}"
            )
        rows = [(reader.line_num, row) for row in reader]
    orderings: dict[str, Ordering] = {}
    for line, row in rows:
        ordering = _parse(row, f"{path}, row {line}")
        if orderings.setdefault(ordering.id, ordering) is not ordering:
            raise OrderingError(
                f"{path}, row {line}, id: {ordering.id} is in an earlier row; remove one of them"
            )
    return list(orderings.values())


def _parse(row: Mapping[str | None, Any], where: str) -> Ordering:
    """One row of a file of orderings."""

    def field(name: str, read: Callable[[str], T], form: str) -> T:
        try:
            return read(row[name])
        except (TypeError, ValueError, AttributeError) as error:
            raise OrderingError(
                f"{where}, {name}: {row[name]!r} is not {form}; correct it, or write the file again"
            ) from error

    if None in row:
        raise OrderingError(f"{where}: more than {len(COLUMNS)} fields; remove {row[None]}")
    hnf = field("hnf", _read_hnf, "nine integers of a lower-triangular Hermite normal form")
    cells = hnf[0] * hnf[4] * hnf[8]
    field("cells", lambda text: _require(int(text) == cells), f"{cells}, the determinant of hnf")
    return Ordering(
        id=field("id", _name, "a name"),
        hnf=hnf,
        x=field("x", _finite, "a number"),
        occupation=field(
            "occupation",
            lambda text: _read_occupation(text, cells),
            f"a digit 0 or 1 per site, a multiple of {cells} cells",
        ),
        degeneracy=field("degeneracy", _positive, "a positive integer"),
        ewald_eV_per_cell=field("ewald_eV_per_cell", _finite, "a number"),
    )


def _require(condition: object) -> bool:
    if not condition:
        raise ValueError
    return True


def _name(text: str) -> str:
    _require(text)
    return text


def _finite(text: str) -> float:
    _require(np.isfinite(value := float(text)))
    return value


def _positive(text: str) -> int:
    _require((value := int(text)) > 0)
    return value


def _read_hnf(text: str) -> tuple[int, ...]:
    a, _, _, b, c, _, d, e, f = hnf = tuple(map(int, text.split()))
    _require(hnf == (a, 0, 0, b, c, 0, d, e, f) and 0 <= b < a and 0 <= d < a and 0 <= e < c)
    _require(f > 0)
    return hnf


def _read_occupation(text: str, cells: int) -> np.ndarray:
    _require(text and len(text) % cells == 0 and set(text) <= set("01"))
    return np.array(list(text), np.int8)

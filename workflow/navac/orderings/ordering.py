"""Orderings of species on the active sites of a prim, and the file that lists them."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import isfinite, nan
from pathlib import Path

import numpy as np

from navac import NavacError
from navac.crystal.supercell import Supercell
from navac.rows import Row, read_rows

COLUMNS = ("id", "cells", "hnf", "x", "occupation", "degeneracy", "ewald_eV_per_cell")

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
"""What a file of orderings writes for each code."""


class OrderingError(NavacError):
    """Orderings that cannot be enumerated, or a file of orderings that cannot be read."""


@dataclass(frozen=True, eq=False)
class Ordering:
    """One way of filling the active sites, with the full period of its supercell.

    Attributes:
        id: ``c<cells>-h<supercell>-x<composition>-<rank>``; the supercell counts the distinct
            ones of that size, the rank the found orderings of that supercell and composition
            by rising Ewald energy. Where sites hold more than two species, the atoms of the
            supercell stand in the place of ``x<composition>``.
        hnf: the nine elements of the supercell's Hermite normal form, row by row.
        x: counted species per formula unit.
        occupation: ``[site]`` int8 index into ``prim.species`` of every active site,
            ``site = sublattice * size + cell``.
        degeneracy: distinct images of the occupation under the symmetry of its supercell,
            translations included.
        ewald_eV_per_cell: electrostatic energy, eV per primitive cell, to 1e-8; NaN where it was
            not computed, an empty field in the file.
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


def by_supercell(
    orderings: Sequence[Ordering],
) -> Iterator[tuple[Supercell, list[int], np.ndarray]]:
    """Each supercell, the numbers of its orderings, and ``[ordering, site]`` what they hold."""
    rows_of: dict[tuple[int, ...], list[int]] = {}
    for row, ordering in enumerate(orderings):
        rows_of.setdefault(ordering.hnf, []).append(row)
    for rows in rows_of.values():
        occupation = np.stack([orderings[row].occupation for row in rows])
        yield orderings[rows[0]].supercell, rows, occupation


def write_orderings(path: str | Path, orderings: Iterable[Ordering]) -> None:
    """Write orderings as CSV: the nine HNF elements space separated, a digit per site.

    Codes from 10 on are letters.

    Raises:
        OrderingError: a code that has no digit.
    """
    part = Path(f"{path}.part")
    with part.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for o in orderings:
            hnf, occupation = " ".join(map(str, o.hnf)), _digits(o)
            ewald = o.ewald_eV_per_cell if isfinite(o.ewald_eV_per_cell) else ""
            writer.writerow((o.id, o.cells, hnf, o.x, occupation, o.degeneracy, ewald))
    os.replace(part, path)


def _digits(ordering: Ordering) -> str:
    codes = np.asarray(ordering.occupation)
    if codes.size and not 0 <= codes.min() <= codes.max() < len(DIGITS):
        raise OrderingError(
            f"{ordering.id}: holds species of the indices {codes.min()} to {codes.max()}, and a "
            f"file of orderings has digits for 0 to {len(DIGITS) - 1}; let sites hold fewer species"
        )
    return "".join(DIGITS[code] for code in codes.tolist())


def read_orderings(path: str | Path) -> list[Ordering]:
    """Read what :func:`write_orderings` wrote.

    Raises:
        OrderingError: with file, row (the header is row 1), field and fix.
    """
    orderings: dict[str, Ordering] = {}
    for row in read_rows(path, COLUMNS, OrderingError):
        ordering = _parse(row)
        if orderings.setdefault(ordering.id, ordering) is not ordering:
            raise row.wrong("id", f"{ordering.id} is in an earlier row; remove one of them")
    return list(orderings.values())


def _parse(row: Row) -> Ordering:
    """One row of a file of orderings."""
    hnf = row.parsed("hnf", read_hnf, "nine integers of a lower-triangular Hermite normal form")
    cells = hnf[0] * hnf[4] * hnf[8]
    if row.integer("cells") != cells:
        raise row.wrong("cells", f"is not {cells}, the determinant of hnf; correct one of them")
    if row.integer("degeneracy") < 1:
        raise row.wrong("degeneracy", f"{row.text('degeneracy')} is not positive; correct it")
    return Ordering(
        id=row.text("id"),
        hnf=hnf,
        x=row.number("x"),
        occupation=row.parsed(
            "occupation",
            lambda text: _read_occupation(text, cells),
            f"a digit per site, a multiple of {cells} cells",
        ),
        degeneracy=row.integer("degeneracy"),
        ewald_eV_per_cell=(
            row.number("ewald_eV_per_cell") if row.fields["ewald_eV_per_cell"].strip() else nan
        ),
    )


def _require(condition: object) -> None:
    if not condition:
        raise ValueError


def read_hnf(text: str) -> tuple[int, ...]:
    """The nine elements of a lower-triangular Hermite normal form, separated by spaces.

    Raises:
        ValueError: they are not such a form.
    """
    a, _, _, b, c, _, d, e, f = hnf = tuple(map(int, text.split()))
    _require(hnf == (a, 0, 0, b, c, 0, d, e, f) and 0 <= b < a and 0 <= d < a and 0 <= e < c)
    _require(f > 0)
    return hnf


def _read_occupation(text: str, cells: int) -> np.ndarray:
    _require(len(text) % cells == 0 and set(text) <= set(DIGITS))
    return np.array([DIGITS.index(digit) for digit in text], np.int8)

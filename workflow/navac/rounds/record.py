"""What is kept of every round: scores and hulls, one CSV each, a row per range or ground state."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from navac import NavacError
from navac.files import replacing
from navac.rows import Row, read_rows

OPEN, SETTLED, SPENT = "open", "settled", "budget spent"
"""States of a range: it asks for energies; it has all that it needs; it may have no more."""


class RoundsError(NavacError):
    """Files of rounds that cannot be read, or do not belong together."""


@dataclass(frozen=True)
class Score:
    """A composition range as one round finds it, before the energies that the round asks for.

    Attributes:
        round: from 1 on; the last row of a range is what the rounds end with.
        range: name of the composition range.
        spent: energies of the whole campaign, failed ones included.
        orderings: known ones of the range.
        energies: that the range is fitted to.
        terms: that the fit selects.
        rms_meV_per_fu, loocv_meV_per_fu, kfold_meV_per_fu: errors of the fit.
        predicted: ground states of the expansion that have no energy.
        deepest_meV_per_fu: how far the lowest of them is below the hull of those with energies.
        asked: orderings whose energies the round asks for.
        hull_change_meV_per_fu, loocv_change_meV_per_fu, voltage_change_mV: since the round before;
            None in the first.
        state: OPEN, SETTLED or SPENT.
    """

    round: int
    range: str
    spent: int
    orderings: int
    energies: int
    terms: int
    rms_meV_per_fu: float
    loocv_meV_per_fu: float
    kfold_meV_per_fu: float
    predicted: int
    deepest_meV_per_fu: float
    asked: int
    hull_change_meV_per_fu: float | None
    loocv_change_meV_per_fu: float | None
    voltage_change_mV: float | None
    state: str


@dataclass(frozen=True)
class State:
    """A ground state of the energies as they are in one round.

    Attributes:
        round, range: as in :class:`Score`.
        id: of the ordering.
        x: atoms per formula unit.
        energy_eV_per_cell: its energy.
    """

    round: int
    range: str
    id: str
    x: float
    energy_eV_per_cell: float


@dataclass(frozen=True)
class Wanted:
    """An ordering whose energy is asked for, and why.

    Attributes:
        round, range: that ask for it.
        id, x, cells: the ordering.
        why: a predicted ground state, or uncertain near the hull.
        above_meV_per_fu: predicted energy above the hull of the orderings with energies.
        stderr_meV_per_fu: its standard error.
    """

    round: int
    range: str
    id: str
    x: float
    cells: int
    why: str
    above_meV_per_fu: float
    stderr_meV_per_fu: float


def write_table(path: str | Path, kind: type, rows: Iterable) -> None:
    """Write rows of one of the kinds above; numbers in full, None as an empty field."""
    names = [f.name for f in fields(kind)]
    with replacing(path) as part, open(part, "w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, names, lineterminator="\n")
        table.writeheader()
        table.writerows({k: _text(v) for k, v in asdict(row).items()} for row in rows)


def read_scores(*paths: str | Path) -> list[Score]:
    """The scores in files of :func:`write_table`.

    Raises:
        RoundsError: with file, row and column.
    """
    return [_read(Score, row) for row in _rows(Score, paths)]


def read_states(*paths: str | Path) -> list[State]:
    """The ground states in files of :func:`write_table`.

    Raises:
        RoundsError: with file, row and column.
    """
    return [_read(State, row) for row in _rows(State, paths)]


def _rows(kind: type, paths: Iterable[str | Path]) -> list[Row]:
    names = [f.name for f in fields(kind)]
    return [row for path in paths for row in read_rows(path, names, RoundsError)]


def _read(kind: type, row: Row):
    values: dict[str, object] = {}
    for one in fields(kind):
        if str(one.type) == "int":
            values[one.name] = row.integer(one.name)
        elif str(one.type) == "float":
            values[one.name] = row.number(one.name)
        elif str(one.type) == "str":
            values[one.name] = row.text(one.name)
        else:
            values[one.name] = row.number(one.name) if row.fields[one.name].strip() else None
    return kind(**values)


def _text(value: object) -> object:
    return "" if value is None else repr(float(value)) if isinstance(value, float) else value

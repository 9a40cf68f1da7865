"""Rows of a CSV file that name file, row and column where a field cannot be used."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import TypeVar

from navac import NavacError

T = TypeVar("T")


@dataclass(frozen=True)
class Row:
    """One row of a file.

    Attributes:
        path: of the file.
        line: of the row; the header is row 1.
        fields: text by column.
        error: what is raised where a field cannot be used.
    """

    path: Path
    line: int
    fields: dict[str, str]
    error: type[NavacError]

    def wrong(self, column: str, what: str) -> NavacError:
        """The error that a field cannot be used, for the caller to raise."""
        return self.error(f"{self.path}, row {self.line}, {column}: {what}")

    def text(self, column: str) -> str:
        """A field that must not be empty."""
        if not (text := self.fields[column].strip()):
            raise self.wrong(column, "is empty; fill it in, or remove the row")
        return text

    def parsed(self, column: str, parse: Callable[[str], T], form: str) -> T:
        """A field as ``parse`` reads its text, which raises ValueError where it has no such form.

        Args:
            form: of the field, in words.
        """
        text = self.text(column)
        try:
            return parse(text)
        except ValueError as error:
            raise self.wrong(column, f"{text!r} is not {form}; correct it") from error

    def number(self, column: str) -> float:
        """A finite number."""
        value = self.parsed(column, float, "a number")
        if not isfinite(value):
            raise self.wrong(column, f"{self.text(column)!r} is not a finite number; correct it")
        return value

    def integer(self, column: str) -> int:
        """A whole number."""
        value = self.number(column)
        if not value.is_integer():
            raise self.wrong(column, f"{self.text(column)!r} is not an integer; correct it")
        return int(value)


def read_rows(path: str | Path, columns: Sequence[str], error: type[NavacError]) -> list[Row]:
    """The rows of a CSV file with at least the given columns.

    Args:
        error: the class of what is raised here and by the rows.

    Raises:
        error: the file cannot be read, lacks a column, or has a row of another length.
    """
    path = Path(path)
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, restkey="", restval="")
            names = reader.fieldnames or ()
            rows = [Row(path, reader.line_num, row, error) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as reason:
        raise error(f"{path}: cannot be read as CSV ({reason}); give a text file") from reason
    if missing := [c for c in columns if c not in names]:
        raise error(
            f"{path}: columns {missing} are missing from row 1; the header must name "
            f"{', '.join(columns)}"
        )
    for row in rows:
        if "" in row.fields and "" not in names:
            raise error(
                f"{path}, row {row.line}: has more fields than the {len(names)} columns of the "
                f"header; remove {row.fields['']}"
            )
    return rows

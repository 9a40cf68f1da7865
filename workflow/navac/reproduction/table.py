"""The table of a campaign's numbers beside the published ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from navac import NavacError
from navac.reproduction.evidence import Evidence
from navac.reproduction.measures import evaluate, problem_of

COLUMNS = ("quantity", "unit", "published", "tolerance", "source", "measure", "arguments")

ERRORS = 2.0
"""A difference within this many standard errors counts as agreement."""

TELLING = 0.1
"""A standard error beyond this share of the published number excludes nothing."""

CHOSEN = ("assumed", "setting")
"""Kinds of numbers that published work begins with: none of its results."""

PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Reproduction</title><style>
body {{ font: 14px/1.4 sans-serif; margin: 2em; color: #222 }}
table {{ border-collapse: collapse }}
th, td {{ padding: .25em .8em; border-bottom: 1px solid #ddd; text-align: left }}
td.number, th.number {{ text-align: right; font-variant-numeric: tabular-nums }}
tr.differs td {{ background: #fff1e6 }} tr.unknown td, tr.input td {{ color: #777 }}
</style></head><body>
<h1>{title}</h1>
<p>{agreeing} of {compared} published numbers agree, within their tolerance or {errors:g} standard
errors. Shaded rows differ. Grey ones this campaign does not show, or they are what published work
began with.</p>
{table}
</body></html>
"""


class NumbersError(NavacError):
    """A table of published numbers that cannot be used."""


def number_problems(path: str | Path) -> Iterator[str]:
    """What is wrong with a table of published numbers, a sentence each."""
    try:
        table = _read(path)
    except (OSError, ValueError) as error:
        yield f"{path} cannot be read ({error}); write a CSV with columns {', '.join(COLUMNS)}"
        return
    if missing := [c for c in COLUMNS if c not in table]:
        yield f"{path} has no columns {', '.join(missing)}; add them"
        return
    for row in table.itertuples():
        if problem := row.measure and problem_of(row.measure, row.arguments.split()):
            yield f"{path}, {row.quantity}: {problem}"
        for column in ("published", "tolerance"):
            text = getattr(row, column)
            try:
                float(text or "nan")
            except ValueError:
                yield f"{path}, {row.quantity}: {column} {text} is not a number; correct it"


def _read(path: str | Path) -> pd.DataFrame:
    return pd.read_csv(path, comment="#", dtype=str, keep_default_na=False)


def score(evidence: Evidence, path: str | Path) -> pd.DataFrame:
    """Every published number beside this campaign's.

    Returns:
        columns quantity, unit, this run, standard error, published, source, difference, verdict:
        ``agrees`` within its tolerance or :data:`ERRORS` standard errors, ``differs``,
        ``uncertain`` where the errors are too large to tell (:data:`TELLING`), ``reported`` where
        nothing was published. What published work has chosen or assumed is ``same input`` where
        it agrees, and ``input`` where the campaign does not show it; other numbers are then
        ``unknown``.

    Raises:
        NumbersError: the table cannot be used.
    """
    if problems := list(number_problems(path)):
        raise NumbersError("\n".join(problems))
    rows = []
    for row in _read(path).itertuples():
        value, error = _value(evidence, row.measure, row.arguments.split())
        published, tolerance = float(row.published or "nan"), float(row.tolerance or "nan")
        rows.append({
            "quantity": row.quantity, "unit": row.unit, "this run": value,
            "standard error": error, "published": published, "source": _source(row),
            "difference": value - published,
            "verdict": _verdict(value, error, published, tolerance, getattr(row, "kind", "")),
        })  # fmt: skip
    return pd.DataFrame(rows)


def _source(row) -> str:
    """Where a number stands, with the level of theory where the table has a column for it."""
    level = getattr(row, "level", "")
    return f"{row.source} ({level})" if level else row.source


def _value(evidence: Evidence, measure: str, arguments: list[str]) -> tuple[float, float]:
    """What a campaign has of a number; nothing where no measure is named."""
    return evaluate(evidence, measure, arguments) if measure else (np.nan, np.nan)


def _verdict(value: float, error: float, published: float, tolerance: float, kind: str) -> str:
    chosen = kind in CHOSEN
    if np.isnan(value):
        return "input" if chosen else "unknown"
    if np.isnan(published):
        return "reported"
    difference, error = abs(value - published), np.nan_to_num(error)
    # A hair of slack: tolerances are decimal numbers.
    if difference <= np.nan_to_num(tolerance) + 1e-9:
        return "same input" if chosen else "agrees"
    if difference > ERRORS * error:
        return "differs"
    return "agrees" if error <= TELLING * abs(published) else "uncertain"


def page(table: pd.DataFrame, title: str) -> str:
    """The table as a page that stands alone."""
    numbers = {"this run", "standard error", "published", "difference"}
    head = "".join(
        f'<th class="number">{c}</th>' if c in numbers else f"<th>{c}</th>" for c in table
    )
    rows = []
    for _, row in table.iterrows():
        cells = "".join(
            f'<td class="number">{_written(row[c])}</td>' if c in numbers else f"<td>{row[c]}</td>"
            for c in table
        )
        rows.append(f'<tr class="{row.verdict}">{cells}</tr>')
    body = (
        f"<table><thead><tr>{head}</tr></thead><tbody>\n" + "\n".join(rows) + "\n</tbody></table>"
    )
    compared = table.verdict.isin(["agrees", "differs", "uncertain"]).sum()
    return PAGE.format(
        title=title, table=body, agreeing=(table.verdict == "agrees").sum(), compared=compared,
        errors=ERRORS,
    )  # fmt: skip


def _written(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.4g}"

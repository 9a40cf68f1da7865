"""Energies of orderings, from one of several backends.

Every backend returns one table, a row per ordering and composition range: ``id``, ``range``
(empty where one energy serves every range), ``x``, ``energy_eV_per_cell`` (empty where there is
none), ``provenance``.
The published Hamiltonian needs the range, because its two expansions give different energies
to the orderings at x = 3 that they share.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from navac import NavacError
from navac.composition import COMPOSITION_TOLERANCE, in_range
from navac.rows import Row, read_rows

COLUMNS = ("id", "range", "x", "energy_eV_per_cell", "provenance")


class EnergyError(NavacError):
    """An energies table lacks what a later stage needs."""


def rows_of(table: pd.DataFrame, name: str, bounds: tuple[float, float]) -> pd.DataFrame:
    """The rows that belong to a range: its own, and those of no particular range inside it."""
    own = (table["range"] == name) | ((table["range"] == "") & in_range(table.x, bounds))
    return table[own]


def energies_in(table: pd.DataFrame, name: str, bounds: tuple[float, float]) -> pd.DataFrame:
    """The rows of a range that have an energy.

    Raises:
        EnergyError: there are none.
    """
    rows = rows_of(table, name, bounds)
    rows = rows[np.isfinite(rows.energy_eV_per_cell)]
    if rows.empty:
        raise EnergyError(f"no energies for range {name}; enumerate orderings with x in {bounds}")
    return rows


def read_energies(path: str | Path) -> pd.DataFrame:
    """Read an energies table: an empty ``energy_eV_per_cell`` is an energy that is missing.

    Raises:
        EnergyError: with file, row (the header is row 1), column and fix: a column is missing,
            an ``id`` is empty, or an ``x`` or an energy is neither a finite number nor, for
            energies, empty.
    """
    rows = read_rows(path, COLUMNS, EnergyError)
    parsed = {
        "id": [row.text("id") for row in rows],
        "x": [row.number("x") for row in rows],
        "energy_eV_per_cell": [_energy(row) for row in rows],
    }
    try:
        text = dict.fromkeys(COLUMNS, str)
        table = pd.read_csv(path, dtype=text, keep_default_na=False)
        return table.assign(**parsed)
    except ValueError as error:
        raise EnergyError(
            f"{path}: is not regular CSV ({error}); look for a quotation mark that is not closed"
        ) from error


def _energy(row: Row) -> float:
    """The energy of a row; NaN where the field is empty."""
    if not (energy := row.fields["energy_eV_per_cell"].strip()):
        return np.nan
    try:
        return row.number("energy_eV_per_cell")
    except EnergyError as error:
        raise row.wrong(
            "energy_eV_per_cell", f"{energy!r} is not a finite number; correct it, or leave the "
            "field empty where there is no energy",
        ) from error  # fmt: skip


def mixing_reference(
    table: pd.DataFrame, species_range: tuple[float, float], *, outermost: bool = False
) -> Callable[[np.ndarray], np.ndarray]:
    """The straight line between the end members: ``x`` to eV per primitive cell.

    The end members are the lowest energies at the two ends of the whole composition range.

    Args:
        outermost: take the outermost x of the table that have an energy where the ends are not
            in it. Compositions of many species need not reach the ends of x.

    Raises:
        EnergyError: an end member has no energy.
    """
    low, high = species_range
    if outermost:
        known = table.x[np.isfinite(table.energy_eV_per_cell)]
        low, high = max(low, known.min()), min(high, known.max())
    ends = [
        table[np.abs(table.x - x) < COMPOSITION_TOLERANCE].energy_eV_per_cell.min()
        for x in (low, high)
    ]
    if not np.isfinite(ends).all():
        raise EnergyError(
            f"no energy at an end member, x = {low:g} or {high:g}; compute one at each"
        )
    slope = (ends[1] - ends[0]) / (high - low) if high > low else 0.0
    return lambda x: ends[0] + (np.asarray(x) - low) * slope


def mixing_energies(
    table: pd.DataFrame, species_range: tuple[float, float], *, outermost: bool = False
) -> np.ndarray:
    """Energies relative to the end members (paper, SI Eq. 7), eV per primitive cell."""
    line = mixing_reference(table, species_range, outermost=outermost)
    return table.energy_eV_per_cell.to_numpy() - line(table.x)

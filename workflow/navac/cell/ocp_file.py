"""Open circuits from files: a table of x and voltage, or a run of a campaign's ensembles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.optimize import isotonic_regression

from navac.cell.ocp import FLAT_V, OpenCircuit, make
from navac.cell.quantity import CellError
from navac.rows import Row, read_rows

NOISE_X = 1e-3
"""Amounts that differ by less tell no slope of the voltage."""


def read_open_circuit(path: str | Path, temperature: float, species: str) -> OpenCircuit:
    """The open circuit in a CSV file with the columns ``x`` and ``voltage_V``, or in ``<run>.csv``
    of a campaign's ensembles.

    Neighbours of equal voltage are taken for coexisting phases. An ensemble tells no phases: its
    curve is that of a solid solution.

    Args:
        species: whose amount an ensemble has counted.

    Raises:
        CellError: the file cannot be used; with row and column.
    """
    if _is_ensemble(path):
        return _of_ensemble(path, temperature, species)
    rows = read_rows(path, ("x", "voltage_V"), CellError)
    x = np.array([row.number("x") for row in rows])
    voltage = np.array([row.number("voltage_V") for row in rows])
    return make(x, voltage, np.abs(np.diff(voltage)) < FLAT_V, temperature, str(path))


def read_further(path: str | Path, temperature: float, species: str) -> dict[float, OpenCircuit]:
    """The open circuits of an ensemble at all other temperatures; none of other files."""
    if not _is_ensemble(path):
        return {}
    there = {row.number("temperature_K") for row in _amounts(path, species)}
    return {T: _of_ensemble(path, T, species) for T in sorted(there - {temperature})}


def _is_ensemble(path: str | Path) -> bool:
    rows = read_rows(path, (), CellError)
    return bool(rows) and "quantity" in rows[0].fields


def _amounts(path: str | Path, species: str) -> list[Row]:
    """Mean amounts of a species in an ensemble."""
    columns = ("temperature_K", "voltage_V", "quantity", "of", "mean", "stderr")
    return [
        row for row in read_rows(path, columns, CellError)
        if row.fields["quantity"] == "amount" and row.fields["of"] == species
    ]  # fmt: skip


def _of_ensemble(path: str | Path, temperature: float, species: str) -> OpenCircuit:
    """Mean amounts against voltage at a temperature; where sampling makes x fall it is pooled."""
    rows = _amounts(path, species)
    there = sorted({row.number("temperature_K") for row in rows})
    rows = [row for row in rows if row.number("temperature_K") == temperature]
    if len(rows) < 2:
        known = ", ".join(f"{T:g}" for T in there) or "none"
        raise CellError(
            f"{path}: has no amounts of {species} at two voltages or more at {temperature:g} K "
            f"(temperatures: {known}); name a run with a grid of its chemical potential"
        )
    rows.sort(key=lambda row: -row.number("voltage_V"))
    x = isotonic_regression([row.number("mean") for row in rows]).x
    voltage = np.array([row.number("voltage_V") for row in rows])
    found = make(x, voltage, np.zeros(len(x) - 1, bool), temperature, str(path))
    return replace(found, stderr=_stderr(rows, x, voltage))


def _stderr(rows: Sequence[Row], x: np.ndarray, voltage: np.ndarray) -> float:
    """Median error of the voltages of an ensemble, from those of its amounts.

    What starts scatter beyond their errors belongs to it: a particle has one arrangement.
    """
    beyond = (float(row.fields.get("scatter_beyond") or 0) for row in rows)
    errors = np.hypot([row.number("stderr") for row in rows], list(beyond))
    point = np.arange(len(x))
    before, after = np.maximum(point - 1, 0), np.minimum(point + 1, len(x) - 1)
    apart = np.maximum(x[after] - x[before], NOISE_X)
    return float(np.median(errors * (voltage[before] - voltage[after]) / apart))

"""Rows of total energies, from batches of calculations to the energies table."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from navac.composition import COMPOSITION_TOLERANCE, atoms_per_cell, in_range
from navac.energies.table import EnergyError, mixing_energies

Rows = Sequence[Mapping[str, Any]]

TOTAL = "total_energy_eV_per_cell"
VOLUME = "volume_A3_per_fu"
"""Of relaxed cells, where a backend knows them."""


def energies_table(
    rows: Rows, ends: tuple[float, float], *, outermost: bool = False
) -> pd.DataFrame:
    """The table that later stages read: mixing energies (paper, SI Eq. 7) of usable runs.

    Total energies differ by the end members' line, which changes no phase boundary, only the
    zero of the chemical potential.

    Args:
        rows: with the columns of the backend, ``status`` and ``total_energy_eV_per_cell`` among
            them; those beyond the ends are left out.
        ends: lowest and highest x of the campaign.
        outermost: of those x that have an energy, take the outermost for the ends.

    Raises:
        EnergyError: an end member has no usable energy.
    """
    table = pd.DataFrame(list(rows))
    table = table[in_range(table.x.astype(float), ends)].reset_index(drop=True)
    total = pd.to_numeric(table[TOTAL], errors="coerce")
    usable = (table.status == "done") & np.isfinite(total)
    energies = table.assign(energy_eV_per_cell=total.where(usable))
    energies["x"] = table.x.astype(float)
    try:
        energies["energy_eV_per_cell"] = mixing_energies(energies, ends, outermost=outermost)
    except EnergyError as error:
        failed = energies[~usable & energies.x.isin(ends)]
        why = "; ".join(f"{r.id}: {r.status}, {r.reason}" for r in failed.itertuples())
        raise EnergyError(
            f"{error}: mixing energies have no zero without it ({why or 'none enumerated'})"
        ) from error
    return energies


def unusable(table: pd.DataFrame) -> list[str]:
    """A line for every ordering without a usable energy."""
    rows = table[~np.isfinite(table.energy_eV_per_cell.astype(float))]
    return [f"{r.id} has no usable energy, {r.status}: {r.reason}" for r in rows.itertuples()]


def average_voltage(
    table: pd.DataFrame, ends: tuple[float, float], metal_eV_per_atom: float, formula_units: int
) -> float:
    """Mean voltage against the metal over the whole range of x, V: −ΔE/Δn + E(metal).

    The inserted ion carries one elementary charge.

    Args:
        table: with total energies.
        ends: lowest and highest x of the campaign.
        metal_eV_per_atom: energy of the metal by the same method.

    Raises:
        EnergyError: there are no total energies, or none at an end.
    """
    if TOTAL not in table:
        raise EnergyError(
            f"the table of energies has no column {TOTAL}: a voltage against the metal needs total "
            "energies; give energies.average_voltage_V"
        )
    usable = table[np.isfinite(table.energy_eV_per_cell)]
    total = pd.to_numeric(usable[TOTAL], errors="coerce")
    low, high = (total[(usable.x - x).abs() < COMPOSITION_TOLERANCE].min() for x in ends)
    if not np.isfinite([low, high]).all():
        raise EnergyError(f"no total energy at an end of x, {ends[0]:g} or {ends[1]:g}")
    return metal_eV_per_atom - (high - low) / atoms_per_cell(ends[1] - ends[0], formula_units)


def write_rows(path: str | Path, rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Write rows as CSV."""
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def read_rows(paths: Iterable[str | Path]) -> list[dict[str, str]]:
    """Read what :func:`write_rows` wrote, of several batches."""
    found: list[dict[str, str]] = []
    for path in paths:
        with open(path, newline="") as file:
            found += csv.DictReader(file)
    return found

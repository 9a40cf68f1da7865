"""The tables of a campaign's own energies: what each structure became, and the energies used."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from navac.energies.table import COLUMNS, EnergyError, mixing_energies
from navac.energies.user.mapped import Mapped

MAPPING_COLUMNS = (
    "file", "entry", "status", "ordering", "x", "cells", "strain", "max_displacement_A",
    "energy_eV", "energy_eV_per_cell", "reason",
)  # fmt: skip
"""``energy_eV`` as the file gives it; ``strain`` holds the principal elongations."""
NAMED = 5


def energies_table(mapped: Sequence[Mapped], ends: tuple[float, float]) -> pd.DataFrame:
    """The table that later stages read: mixing energies of what is used, by ordering.

    Args:
        ends: lowest and highest x of the campaign.

    Raises:
        EnergyError: nothing can be used, or nothing at an end.
    """
    used = sorted(
        (m for m in mapped if m.status == "used" and m.ordering),
        key=lambda m: (m.ordering.x, m.ordering.cells, m.ordering.id),  # type: ignore[union-attr]
    )
    if not used:
        raise EnergyError(f"no structure can be used: {_some_reasons(mapped)}")
    rows = [_row(m) for m in used]
    extra = ["total_energy_eV_per_cell", "volume_A3_per_fu", "strain", "max_displacement_A"]
    table = pd.DataFrame(rows, columns=[*COLUMNS, *extra])
    try:
        table["energy_eV_per_cell"] = mixing_energies(
            table.assign(energy_eV_per_cell=table.total_energy_eV_per_cell), ends
        )
    except EnergyError as error:
        missing = [x for x in ends if not (np.abs(table.x - x) < 1e-6).any()]
        at = " and ".join(f"x = {x:g}" for x in missing)
        raise EnergyError(
            f"no structure at {at} can be used, and mixing energies are measured from the ends of "
            f"the ranges; give one at {at}, or end ranges.*.x at compositions that there are "
            f"({table.x.min():g} to {table.x.max():g}); {_some_reasons(mapped)}"
        ) from error
    return table


def _row(one: Mapped) -> dict[str, Any]:
    assert one.ordering is not None
    return {
        "id": one.ordering.id, "range": "", "x": one.ordering.x,
        "provenance": f"user {one.given.name}",
        "total_energy_eV_per_cell": one.energy_eV_per_cell,
        "volume_A3_per_fu": _optional(one.volume_A3_per_fu),
        "strain": _words(one.strain), "max_displacement_A": _optional(one.max_displacement_A),
    }  # fmt: skip


def write_mapping(path: str | Path, mapped: Sequence[Mapped]) -> None:
    """A row per given structure, in the order of files and entries."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, MAPPING_COLUMNS, lineterminator="\n")
        writer.writeheader()
        for one in mapped:
            ordering = one.ordering
            writer.writerow({
                "file": one.given.file, "entry": one.given.entry, "status": one.status,
                "ordering": ordering.id if ordering else "",
                "x": ordering.x if ordering else "", "cells": ordering.cells if ordering else "",
                "strain": _words(one.strain),
                "max_displacement_A": _optional(one.max_displacement_A),
                "energy_eV": "" if one.given.energy_eV is None else one.given.energy_eV,
                "energy_eV_per_cell": (
                    one.energy_eV_per_cell if np.isfinite(one.energy_eV_per_cell) else ""
                ),
                "reason": one.reason,
            })  # fmt: skip


def unused(mapped: Sequence[Mapped]) -> Iterator[str]:
    """A line for every structure that is not used."""
    for one in mapped:
        if one.status != "used":
            yield f"{one.given.name} is not used, {one.status}: {one.reason}"


def summary(mapped: Sequence[Mapped]) -> str:
    """How many structures became what."""
    counts = Counter(m.status for m in mapped)
    said = ", ".join(f"{counts[s]} {s}" for s in ("used", "duplicate", "refused") if counts[s])
    return f"{len(mapped)} structures: {said}"


def _some_reasons(mapped: Sequence[Mapped]) -> str:
    refused = [m for m in mapped if m.status == "refused"]
    named = "; ".join(f"{m.given.name}: {m.reason}" for m in refused[:NAMED])
    more = f"; and {len(refused) - NAMED} more" if len(refused) > NAMED else ""
    return f"refused are {named}{more}" if refused else "none is refused"


def _words(values: np.ndarray | None) -> str:
    return "" if values is None else " ".join(f"{v:.5f}" for v in values)


def _optional(value: float | None) -> float | str:
    return "" if value is None else round(value, 5)

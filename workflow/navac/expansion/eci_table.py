"""Tables of effective cluster interactions with the columns of the paper."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from navac.expansion.clusters import Cluster, ClusterError, Orbit, renumbered, translated_home
from navac.expansion.expansion import Expansion, ExpansionError

COLUMNS = (
    "index", "order", "sites", "cells", "min_length_A", "max_length_A",
    "multiplicity", "eci_meV", "eci_per_multiplicity_meV",
)  # fmt: skip


def _printed_cluster(sites: str, cells: str) -> Cluster:
    """Parse ``4 0`` and ``(0 0 0) (0 0 1)`` into a cluster."""
    offsets = [tuple(map(int, c.split())) for c in cells.strip("() ").split(") (")]
    return translated_home(
        [(s, *cell) for s, cell in zip(map(int, sites.split()), offsets, strict=True)]
    )


def read_eci_table(path: str | Path, orbits: Sequence[Orbit]) -> Expansion:
    """Read an ECI table with the paper's columns; orbits it does not list have ECI 0.

    The orbits of the result carry the indices of the table. A row ``1`` of order 0, where
    there is one, is the constant.

    Raises:
        ExpansionError: a row does not belong to these orbits, or contradicts them.
    """
    table = pd.read_csv(path, dtype={"sites": str, "cells": str}, keep_default_na=False)
    if missing := set(COLUMNS) - set(table.columns):
        raise ExpansionError(f"{path}: columns {sorted(missing)} are missing")
    constant = float(table.loc[table.order == 0, "eci_meV"].sum()) / 1000
    rows = table[table.order > 0]
    known = {_printed_cluster(r.sites, r.cells): int(r["index"]) for _, r in rows.iterrows()}
    try:
        orbits = renumbered(orbits, known)
    except ClusterError as error:
        raise ExpansionError(f"{path}: {error}") from error
    position = {o.index: i for i, o in enumerate(orbits)}
    eci = np.zeros(len(orbits))
    for _, row in rows.iterrows():
        orbit = orbits[position[int(row["index"])]]
        total, each = float(row.eci_meV), float(row.eci_per_multiplicity_meV)
        # Printed numbers carry three decimals.
        if orbit.multiplicity != int(row.multiplicity) or abs(
            total - each * orbit.multiplicity
        ) > 6e-4 * (1 + orbit.multiplicity):
            raise ExpansionError(
                f"{path}: index {orbit.index}: ECI {total} meV, ECI/multiplicity {each} meV and "
                f"multiplicity {row.multiplicity} contradict each other or the orbit, which has "
                f"{orbit.multiplicity} clusters per primitive cell"
            )
        eci[position[orbit.index]] = total / orbit.multiplicity / 1000
    return Expansion(tuple(orbits), eci, constant)


def eci_table(expansion: Expansion) -> pd.DataFrame:
    """The expansion as a table with the paper's columns; row 1 is the constant."""
    meV = 1000
    rows = [(1, 0, "", "", "", "", 1, expansion.constant * meV, expansion.constant * meV)]
    for orbit, eci in zip(expansion.orbits, expansion.eci, strict=True):
        sites = " ".join(str(s) for s, *_ in orbit.prototype)
        cells = " ".join("({} {} {})".format(*cell) for _, *cell in orbit.prototype)
        point = orbit.order == 1
        rows.append((
            orbit.index, orbit.order, sites, cells,
            *([""] * 2 if point else (round(d, 3) for d in (orbit.min_length, orbit.max_length))),
            orbit.multiplicity, eci * orbit.multiplicity * meV, eci * meV,
        ))  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS)

"""Tables of effective cluster interactions with the columns of the paper."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from navac.expansion.clusters import Cluster, Orbit, Site, renumbered, translated_home
from navac.expansion.expansion import Expansion, ExpansionError
from navac.rows import Row, read_rows

COLUMNS = (
    "index", "order", "sites", "cells", "min_length_A", "max_length_A",
    "multiplicity", "eci_meV", "eci_per_multiplicity_meV",
)  # fmt: skip
_SITES = re.compile(r"\d+( +\d+)*")
_CELLS = re.compile(r"\( *-?\d+ +-?\d+ +-?\d+ *\)( *\( *-?\d+ +-?\d+ +-?\d+ *\))*")


def read_eci_table(path: str | Path, orbits: Sequence[Orbit]) -> Expansion:
    """Read an ECI table with the paper's columns; orbits it does not list have ECI 0.

    The orbits of the result carry the indices of the table. A row ``1`` of order 0, where
    there is one, is the constant.

    Raises:
        ExpansionError: with file, row (the header is row 1), column and fix: a field cannot be
            read, a cluster or an index is there twice, or a row contradicts the orbits.
    """
    rows = read_rows(path, COLUMNS, ExpansionError)
    constants = [row for row in rows if row.integer("order") == 0]
    if len(constants) > 1:
        raise constants[1].wrong(
            "order", f"a second constant, after that of row {constants[0].line}; remove one of them"
        )
    constant = sum(row.number("eci_meV") for row in constants) / 1000
    listed = [row for row in rows if row.integer("order") != 0]
    if not listed:
        raise ExpansionError(f"{path}: lists no cluster; give a row for each")
    known = _listed_clusters(listed, orbits)
    orbits = renumbered(orbits, known)
    position = {o.index: i for i, o in enumerate(orbits)}
    eci = np.zeros(len(orbits))
    for row in listed:
        at = position[row.integer("index")]
        eci[at] = _interaction(row, orbits[at])
    return Expansion(tuple(orbits), eci, constant)


def _listed_clusters(rows: Sequence[Row], orbits: Sequence[Orbit]) -> dict[Cluster, int]:
    """The index of every listed cluster, one cluster per orbit and index."""
    owner = {cluster: o.index for o in orbits for cluster in o.clusters}
    known: dict[Cluster, int] = {}
    row_of_orbit: dict[int, Row] = {}
    row_of_index: dict[int, Row] = {}
    for row in rows:
        cluster, index = _printed_cluster(row), row.integer("index")
        if index < 2:
            raise row.wrong("index", f"{index} is not that of a cluster; they count from 2")
        if cluster not in owner:
            raise row.wrong(
                "sites, cells", "this cluster is in no orbit of the prim; correct it, or check "
                "expansion.cutoffs_A and prim.symmetry_tolerance_A",
            )  # fmt: skip
        if (first := row_of_orbit.setdefault(owner[cluster], row)) is not row:
            raise row.wrong(
                "sites, cells", "this cluster is the same as, or by symmetry equivalent to, that "
                f"of row {first.line}; remove one of them",
            )  # fmt: skip
        if (first := row_of_index.setdefault(index, row)) is not row:
            raise row.wrong("index", f"{index} is already in row {first.line}; renumber one")
        known[cluster] = index
    return known


def _printed_cluster(row: Row) -> Cluster:
    """Parse ``4 0`` and ``(0 0 0) (0 0 1)`` into a cluster."""
    sites, cells, order = row.text("sites"), row.text("cells"), row.integer("order")
    if not _SITES.fullmatch(sites):
        raise row.wrong("sites", f"{sites!r} is not a list of active sites such as '4 0'")
    if not _CELLS.fullmatch(cells):
        raise row.wrong("cells", f"{cells!r} is not a list of cells such as '(0 0 0) (0 0 1)'")
    numbers = list(map(int, re.findall(r"-?\d+", cells)))
    offsets = list(zip(numbers[::3], numbers[1::3], numbers[2::3], strict=True))
    found = list(map(int, sites.split()))
    if not len(found) == len(offsets) == order:
        raise row.wrong(
            "sites, cells", f"{len(found)} sites and {len(offsets)} cells for a cluster of order "
            f"{order}; give {order} of each, or correct the order",
        )  # fmt: skip
    cluster: list[Site] = [(s, a, b, c) for s, (a, b, c) in zip(found, offsets, strict=True)]
    return translated_home(cluster)


def _interaction(row: Row, orbit: Orbit) -> float:
    """The ECI per cluster, eV, of a row that agrees with itself and with its orbit."""
    total, each = row.number("eci_meV"), row.number("eci_per_multiplicity_meV")
    # Printed numbers carry three decimals.
    if row.integer("multiplicity") != orbit.multiplicity or abs(
        total - each * orbit.multiplicity
    ) > 6e-4 * (1 + orbit.multiplicity):
        raise row.wrong(
            "eci_meV", f"index {orbit.index}: ECI {total} meV, ECI/multiplicity {each} meV and "
            f"multiplicity {row.integer('multiplicity')} contradict each other or the orbit, which "
            f"has {orbit.multiplicity} clusters per primitive cell; correct the row",
        )  # fmt: skip
    return total / orbit.multiplicity / 1000


def eci_table(expansion: Expansion) -> pd.DataFrame:
    """The expansion as a table with the paper's columns; row 1 is the constant."""
    meV = 1000
    rows: list[tuple] = [
        (1, 0, "", "", "", "", 1, expansion.constant * meV, expansion.constant * meV)
    ]
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

"""Tables of effective cluster interactions with the columns of the paper.

On sites of more than two species a column ``functions`` names the point function of each site.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from navac.crystal.sites import SiteSpace
from navac.expansion.clusters import Cluster, Orbit, Site, renumbered, translated_home
from navac.expansion.expansion import Expansion, ExpansionError
from navac.rows import Row, read_rows

COLUMNS = (
    "index", "order", "sites", "cells", "min_length_A", "max_length_A",
    "multiplicity", "eci_meV", "eci_per_multiplicity_meV",
)  # fmt: skip
FUNCTIONS = "functions"
"""The column that only sites of more than two species need."""
_SITES = re.compile(r"\d+( +\d+)*")
_CELLS = re.compile(r"\( *-?\d+ +-?\d+ +-?\d+ *\)( *\( *-?\d+ +-?\d+ +-?\d+ *\))*")


def read_eci_table(
    path: str | Path, orbits: Sequence[Orbit], spaces: tuple[SiteSpace, ...] = ()
) -> Expansion:
    """Read an ECI table with the paper's columns; orbits it does not list have ECI 0.

    The orbits of the result carry the indices of the table. A row ``1`` of order 0, where
    there is one, is the constant.

    Args:
        spaces: ``[sublattice]`` with the point functions that the table names; empty where every
            site is binary and its function is σ.

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
    known = _listed_clusters(listed, orbits, spaces)
    orbits = renumbered(orbits, known)
    position = {o.index: i for i, o in enumerate(orbits)}
    eci = np.zeros(len(orbits))
    for row in listed:
        at = position[row.integer("index")]
        eci[at] = _interaction(row, orbits[at])
    return Expansion(tuple(orbits), eci, constant, spaces)


def _listed_clusters(
    rows: Sequence[Row], orbits: Sequence[Orbit], spaces: Sequence[SiteSpace]
) -> dict[Cluster, int]:
    """The index of every listed cluster, one cluster per orbit and index."""
    owner = {cluster: o.index for o in orbits for cluster in o.decorated}
    known: dict[Cluster, int] = {}
    row_of_orbit: dict[int, Row] = {}
    row_of_index: dict[int, Row] = {}
    for row in rows:
        cluster, index = _printed_cluster(row, spaces), row.integer("index")
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


def _printed_cluster(row: Row, spaces: Sequence[SiteSpace]) -> Cluster:
    """Parse ``4 0``, ``(0 0 0) (0 0 1)`` and ``t1 t2`` into a decorated cluster."""
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
    functions = _printed_functions(row, found, spaces)
    cluster: list[Site] = [
        (s, *offset, f) for s, offset, f in zip(found, offsets, functions, strict=True)
    ]
    return translated_home(cluster)


def _printed_functions(
    row: Row, sites: Sequence[int], spaces: Sequence[SiteSpace]
) -> Sequence[int]:
    """The number of the point function on each site."""
    if all(space.is_spin for space in spaces):
        return [1] * len(sites)
    if FUNCTIONS not in row.fields:
        raise row.wrong(
            FUNCTIONS, "is not a column of the table, but sites hold more than two species; name "
            "the point function of each site, such as 't1 t2'",
        )  # fmt: skip
    names = row.text(FUNCTIONS).split()
    known = [spaces[s].names if s < len(spaces) else () for s in sites]
    if len(names) != len(sites) or any(n not in k for n, k in zip(names, known, strict=False)):
        raise row.wrong(
            FUNCTIONS, f"{' '.join(names)!r} does not name a point function of each site; they "
            f"have {'; '.join(', '.join(k) for k in known)}",
        )  # fmt: skip
    return [1 + k.index(name) for name, k in zip(names, known, strict=True)]


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
    """The expansion as a table with the paper's columns; row 1 is the constant.

    A last column names the point functions, unless σ is the only one.
    """
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
    table = pd.DataFrame(rows, columns=COLUMNS)
    if not expansion.is_spin:
        table[FUNCTIONS] = ["", *(_function_names(o, expansion.spaces) for o in expansion.orbits)]
    return table


def _function_names(orbit: Orbit, spaces: Sequence[SiteSpace]) -> str:
    return " ".join(spaces[s].names[f - 1] for s, _, _, _, f in orbit.decorated[0])

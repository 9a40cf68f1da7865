"""Schema records and files of results with some values given and the others made up."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from navac.results.fields import Record, entries
from navac.results.write import new_file, write_record

ATTRIBUTES = {
    "species": "A", "phases": ("one", "two"), "branches": ("one", "two"), "x_range": (1.0, 3.0),
    "begins_in": "sampled", "ends_in": "unresolved", "kind": "invariant", "order": ("none", "wave"),
    "regions": ("one", "two"),
}  # fmt: skip


def made_up(kind: type[Record], /, **given) -> Record:
    """A record with all its fields; arrays that are not given are of ones and fit the others."""
    known = entries(kind)
    plain = [name for name in given if not known[name].attribute and not known[name].mapping]
    values = given | {name: np.asarray(given[name]) for name in plain}
    sizes = {}
    for name in plain:
        sizes |= dict(zip(known[name].axes, values[name].shape, strict=True))
    for name, entry in known.items():
        if name not in values:
            ones = np.ones([sizes.get(axis, 2) for axis in entry.axes])
            array = {"A1": ones, "A2": 2 * ones} if entry.mapping else ones
            values[name] = ATTRIBUTES.get(name, np.nan) if entry.attribute else array
    return kind(**values)


def write_file(path: str | Path, records: dict) -> None:
    """A file of results from ``{(kind, key): given fields}``."""
    with new_file(path) as file:
        for (kind, key), given in records.items():
            write_record(file, made_up(kind, **given), key)

"""The block of the documentation that lists the HDF5 files, from the schema."""

from __future__ import annotations

from itertools import groupby

from navac.results.fields import UNITS, Entry, Record, entries
from navac.results.schema import KINDS, VERSION, VERSION_ATTRIBUTE

HEAD = f"""\
The root of every file carries the attribute `{VERSION_ATTRIBUTE}`, {VERSION} at present; files
without it are of version 1, which navac still reads. Names carry their units; a standard error has
the unit of its quantity. x is the amount of the inserted species per formula unit, and a chemical
potential belongs to the species that the attribute `species` of its dataset names."""


def documentation() -> str:
    """Every file, group, dataset and attribute with its unit, as Markdown."""
    parts = [HEAD]
    for file, kinds in groupby(KINDS, key=lambda kind: kind.place.file):
        parts.append(f"### `{file}`")
        parts += [_group(kind) for kind in kinds]
    return "\n\n".join(parts)


def _group(kind: type[Record]) -> str:
    about = " ".join((kind.__doc__ or "").split())
    head = f"`{kind.place.documented}`: {about}"
    parent = kind.__base__
    if issubclass(parent, Record) and parent is not Record:
        return f"{head} Datasets and attributes are those of `{parent.place.documented}`."
    rows = [_row(entry) for entry in entries(kind).values()]
    return "\n".join([head, "", "| name | axes | unit | |", "|---|---|---|---|", *rows])


def _row(entry: Entry) -> str:
    of = f" of `{entry.of}`" if entry.of else ""
    name = f"attribute `{entry.name}`{of}" if entry.attribute else f"`{entry.name}`"
    axes = "" if entry.attribute else f"[{', '.join(entry.axes)}]" if entry.axes else "scalar"
    return f"| {name} | {axes} | {UNITS[entry.unit]} | {entry.about} |"

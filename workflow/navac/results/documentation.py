"""The blocks of the documentation that list the HDF5 files, from the schema.

They stand between ``<!-- schema:begin -->`` and ``<!-- schema:end -->``: the whole of it in
``docs/formats.md``, the overview in the README.
"""

from __future__ import annotations

from itertools import groupby

from navac.results.fields import UNITS, Entry, Record, entries
from navac.results.schema import KINDS, ROOT

HEAD = """\
Names carry their units; a standard error has the unit of its quantity. x is the amount of the
inserted species per formula unit, and a chemical potential belongs to the species that the
attribute `species` of its dataset names. Attributes of the root of every file:"""


def documentation() -> str:
    """Every file, group, dataset and attribute with its unit, as Markdown."""
    rows = [f"| `{name}` | {about} |" for name, about in ROOT.items()]
    parts = [HEAD, "\n".join(["| attribute | |", "|---|---|", *rows])]
    for file, kinds in groupby(KINDS, key=lambda kind: kind.place.file):
        parts.append(f"### `{file}`")
        parts += [_group(kind) for kind in kinds]
    return "\n\n".join(parts)


def overview() -> str:
    """The groups of the two files of thermodynamics, a line each, as a block of text."""
    lines = []
    for file, kinds in groupby(KINDS, key=lambda kind: kind.place.file):
        if file.startswith("thermodynamics/"):
            lines.append(file)
            lines += [f"  {kind.place.documented:<38}{_sentence(kind)}" for kind in kinds]
    return "\n".join(["```", *lines, "```"])


def _sentence(kind: type[Record]) -> str:
    """The first sentence about a kind, in lower case and without its full stop."""
    text = (kind.__doc__ or "").split(".\n")[0].rstrip(".")
    return text[0].lower() + text[1:]


def _group(kind: type[Record]) -> str:
    about = " ".join((kind.__doc__ or "").split())
    head = f"`{kind.place.documented}`: {about}"
    parent = kind.__base__
    if parent is not None and issubclass(parent, Record) and parent is not Record:
        return f"{head} Datasets and attributes are those of `{parent.place.documented}`."
    rows = [_row(entry) for entry in entries(kind).values()]
    return "\n".join([head, "", "| name | axes | unit | |", "|---|---|---|---|", *rows])


def _row(entry: Entry) -> str:
    of = f" of `{entry.of}`" if entry.of else ""
    name = f"attribute `{entry.name}`{of}" if entry.attribute else f"`{entry.name}`"
    axes = "" if entry.attribute else f"[{', '.join(entry.axes)}]" if entry.axes else "scalar"
    return f"| {name} | {axes} | {UNITS[entry.unit]} | {entry.about} |"


if __name__ == "__main__":
    print(documentation())

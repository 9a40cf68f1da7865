"""navac's own file of an expansion: JSON that says all that is needed to evaluate it.

::

    {"format": "navac-expansion", "version": 1,
     "convention": "...", "units": {"energy": "eV", "length": "Å"},
     "prim": {"lattice_A", "formula_units", "sites": [{"label", "species", "frac"}, ...]},
     "constant_eV_per_cell": ...,
     "provenance": {...},
     "orbits": [{"index", "min_length_A", "max_length_A", "eci_eV", "clusters"}, ...]}

The energy per primitive cell is the constant and, for every orbit, ``eci_eV`` times the sum over
``clusters`` of the product of σ. A cluster is a list of ``[sublattice, a, b, c]``: the
sublattice counts the sites of the prim that may hold more than one species, from 0, in the order
of the prim; a, b, c is the lattice cell. All clusters of a primitive cell are listed, one per
lattice translation, so that no symmetry is needed to read the file. σ is −1 for the first
species of a site and +1 for the second. ``provenance`` says where the interactions come from.

Numbers are written so that they are read back to the bit.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from navac import __version__
from navac.crystal.prim import Prim
from navac.expansion.clusters import Cluster, Orbit, Site, translated_home
from navac.expansion.expansion import Expansion
from navac.expansion.foreign.terms import (
    Fields,
    ForeignExpansion,
    binary_sites,
    read_json,
)
from navac.files import replacing

FORMAT = "navac-expansion"
VERSION = 1
CONVENTION = (
    "energy per primitive cell = constant + sum over orbits of eci × sum over clusters of the "
    "product of sigma; sigma = -1 for the first species of a site, +1 for the second; a cluster "
    "is a list of [sublattice, a, b, c], sublattices count the sites of more than one species"
)


def write_expansion(
    path: str | Path, prim: Prim, expansion: Expansion, provenance: Mapping[str, str]
) -> None:
    """Write an expansion and its crystal, atomically.

    Args:
        provenance: where the interactions come from; the version of navac is added.
    """
    head = {
        "format": FORMAT,
        "version": VERSION,
        "convention": CONVENTION,
        "units": {"energy": "eV", "length": "Å"},
        "prim": prim.to_dict(),
        "constant_eV_per_cell": float(expansion.constant),
        "provenance": {"navac_version": __version__, **provenance},
        "orbits": [],
    }
    orbits = [
        {
            "index": orbit.index,
            "min_length_A": orbit.min_length,
            "max_length_A": orbit.max_length,
            "eci_eV": float(eci),
            "clusters": orbit.clusters,
        }
        for orbit, eci in zip(expansion.orbits, expansion.eci, strict=True)
    ]
    # One orbit per line: full indentation would put every number on a line.
    rows = ",\n  ".join(map(json.dumps, orbits))
    text = json.dumps(head, indent=1, ensure_ascii=False)
    with replacing(path) as part:
        part.write_text(
            text.replace('"orbits": []', f'"orbits": [\n  {rows}\n ]') + "\n", encoding="utf-8"
        )


def read_expansion(path: str | Path) -> tuple[Prim, Expansion]:
    """Read what :func:`write_expansion` wrote.

    Raises:
        InterchangeError: with file, field and fix.
    """
    return parse_expansion(str(path), read_json(path))


def parse_expansion(source: str, data: dict) -> tuple[Prim, Expansion]:
    """The crystal and the expansion in navac's own form; see :func:`read_expansion`."""
    file = Fields(source, data)
    if file["format"] != FORMAT:
        raise file.wrong("format", f"is {file['format']!r}, not {FORMAT!r}; name a file of navac's")
    if file["version"] != VERSION:
        raise file.wrong(
            "version", f"is {file['version']!r}; this navac reads {VERSION}: write the file again "
            "or use the navac that wrote it",
        )  # fmt: skip
    prim = _prim(file)
    entries = file.each("orbits")
    if not entries:
        raise file.wrong("orbits", "is empty, and an expansion has one cluster at least; write the "
                         "file again with its interactions")  # fmt: skip
    seen: dict[object, str] = {}
    orbits = tuple(_orbit(entry, len(prim.active), seen) for entry in entries)
    eci = np.array([_number(entry, "eci_eV") for entry in entries])
    return prim, Expansion(orbits, eci, _number(file, "constant_eV_per_cell"))


def _prim(file: Fields) -> Prim:
    try:
        prim = Prim.from_dict(file["prim"])
    except (KeyError, TypeError, ValueError) as error:
        raise file.wrong("prim", f"is not a prim ({error!r}); it needs lattice_A, formula_units "
                         "and sites with label, species, frac") from error  # fmt: skip
    binary_sites(file.source, prim.species)
    return prim


def _number(place: Fields, key: str) -> float:
    value = place[key]
    if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
        raise place.wrong(key, f"{value!r} is not a number; correct it")
    return float(value)


def _orbit(entry: Fields, sublattices: int, seen: dict[object, str]) -> Orbit:
    """One orbit; ``seen`` collects where each index and cluster of the file is listed."""
    index = entry["index"]
    if isinstance(index, bool) or not isinstance(index, int):
        raise entry.wrong("index", f"{index!r} is not an integer; correct it")
    clusters = _clusters(entry)
    if not clusters or len({len(c) for c in clusters}) != 1:
        raise entry.wrong("clusters", "are none, or of different orders; list the clusters of one "
                          "orbit per primitive cell")  # fmt: skip
    if any(not 0 <= site[0] < sublattices for c in clusters for site in c):
        raise entry.wrong("clusters", f"name sublattices beyond the {sublattices} of the prim; "
                          "sublattices count its sites of two species, from 0")  # fmt: skip
    for key, what in (("index", index), *(("clusters", translated_home(c)) for c in clusters)):
        if what in seen:
            raise entry.wrong(key, f"{what} is there twice, first in {seen[what]}; each index, and "
                              "each cluster of a primitive cell, is listed once")  # fmt: skip
        seen[what] = f"{entry.place}{key}"
    lengths = _number(entry, "min_length_A"), _number(entry, "max_length_A")
    return Orbit(index, clusters, *lengths)


def _clusters(entry: Fields) -> tuple[Cluster, ...]:
    try:
        return tuple(
            tuple((int(s), int(a), int(b), int(c)) for s, a, b, c in cluster)
            for cluster in entry["clusters"]
        )
    except (TypeError, ValueError) as error:
        raise entry.wrong("clusters", f"is not a list of clusters of [sublattice, a, b, c] "
                          f"({error}); correct it")  from error  # fmt: skip


def as_foreign(source: str, prim: Prim, expansion: Expansion) -> ForeignExpansion:
    """An expansion of navac's as one of another code, to be laid on another prim."""

    def on_prim_sites(cluster: Cluster) -> Cluster:
        sites: list[Site] = [(int(prim.active[s]), a, b, c) for s, a, b, c in cluster]
        return translated_home(sites)

    terms = {
        on_prim_sites(cluster): float(eci)
        for orbit, eci in zip(expansion.orbits, expansion.eci, strict=True)
        for cluster in orbit.clusters
    }
    return ForeignExpansion(
        source, prim.lattice, prim.frac, prim.species, expansion.constant, terms
    )

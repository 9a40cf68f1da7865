"""navac's own file of an expansion: JSON that says all that is needed to evaluate it.

::

    {"format": "navac-expansion", "version": 3,
     "convention": "...", "units": {"energy": "eV", "length": "Å"},
     "prim": {"lattice_A", "formula_units", "sites": [{"label", "species", "frac"}, ...]},
     "site_functions": [{"basis", "orthogonality", "species", "values": {name: [...], ...}}, ...],
     "constant_eV_per_cell": ...,
     "electrostatics": null or {"charges_e": {species: ...}, "inverse_dielectric_constant": ...},
     "provenance": {...},
     "orbits": [{"index", "min_length_A", "max_length_A", "eci_eV", "clusters", "functions"}, ...]}

The energy per primitive cell is the constant and, for every orbit, ``eci_eV`` times the sum over
``clusters`` of the product of point functions. A cluster is a list of ``[sublattice, a, b, c]``:
the sublattice counts the sites of the prim that may hold more than one species, from 0, in the
order of the prim; a, b, c is the lattice cell. ``functions`` has for every cluster the names of
the point functions on its sites; without it each site has its first. ``site_functions`` has for
every sublattice the values of each point function at the species of the site. All clusters of a
primitive cell are listed, one per lattice translation and decoration, so that no symmetry is
needed to read the file. ``provenance`` says where the interactions come from.

``electrostatics`` adds the Ewald energy of nominal charges on all sites of the prim, divided by the
dielectric constant; a uniform background makes a charged supercell neutral.

Files of version 1 are read too: their sites are binary, with −1 for the first species and +1 for
the second. Version 2 has no electrostatics.

Numbers are written so that they are read back to the bit.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from navac import __version__
from navac.crystal.prim import Prim
from navac.crystal.sites import VACANCY, SiteError, SiteSpace, site_spaces
from navac.expansion.basis import cluster_terms, conversions, spaces_of, substituted
from navac.expansion.clusters import Cluster, Orbit, translated_home
from navac.expansion.electrostatics import Electrostatics
from navac.expansion.expansion import Expansion
from navac.expansion.foreign.terms import (
    Fields,
    ForeignExpansion,
    read_json,
)
from navac.files import replacing

FORMAT = "navac-expansion"
VERSION = 3
READ_VERSIONS = (1, 2, 3)
CONVENTION = (
    "energy per primitive cell = constant + sum over orbits of eci × sum over clusters of the "
    "product of the point functions of its sites, the first of each site if no functions are "
    "named; a cluster is a list of [sublattice, a, b, c], sublattices count the sites of more than "
    "one species; site_functions has the values of each function, in the order of the species; "
    "electrostatics adds the Ewald energy of charges on all sites over a dielectric constant"
)
SAME_VALUE = 1e-12
"""Values of a point function that differ by less are the same."""


def write_expansion(
    path: str | Path, prim: Prim, expansion: Expansion, provenance: Mapping[str, str]
) -> None:
    """Write an expansion and its crystal, atomically.

    Args:
        provenance: where the interactions come from; the version of navac is added.
    """
    spaces = spaces_of(expansion, prim)
    head = {
        "format": FORMAT,
        "version": VERSION,
        "convention": CONVENTION,
        "units": {"energy": "eV", "length": "Å"},
        "prim": prim.to_dict(),
        "site_functions": list(map(_space_to_dict, spaces)),
        "constant_eV_per_cell": float(expansion.constant),
        "electrostatics": _charges_to_dict(expansion),
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
            **_named_functions(orbit, spaces),
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


def _charges_to_dict(expansion: Expansion) -> dict | None:
    if expansion.electrostatics is None:
        return None
    return {
        "charges_e": dict(expansion.electrostatics.charges),
        "inverse_dielectric_constant": expansion.electrostatics.strength,
    }


def _space_to_dict(space: SiteSpace) -> dict:
    values = zip(space.names, space.values[1:].tolist(), strict=True)
    return {
        "basis": space.basis,
        "orthogonality": space.orthogonality,
        "species": space.species,
        "values": dict(values),
    }


def _named_functions(orbit: Orbit, spaces: Sequence[SiteSpace]) -> dict[str, list[list[str]]]:
    """Names of the functions on the sites of every cluster, where they are not the first."""
    if not orbit.functions:
        return {}
    named = [[spaces[s].names[f - 1] for s, _, _, _, f in cluster] for cluster in orbit.decorated]
    return {"functions": named}


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
    if file["version"] not in READ_VERSIONS:
        raise file.wrong(
            "version", f"is {file['version']!r}; this navac reads "
            f"{', '.join(map(str, READ_VERSIONS))}: write the file again or use the navac that "
            "wrote it",
        )  # fmt: skip
    prim = _prim(file)
    spaces = _spaces(file, prim)
    entries = file.each("orbits")
    if not entries:
        raise file.wrong("orbits", "is empty, and an expansion has one cluster at least; write the "
                         "file again with its interactions")  # fmt: skip
    seen: dict[object, str] = {}
    orbits = tuple(_orbit(entry, spaces, seen) for entry in entries)
    eci = np.array([_number(entry, "eci_eV") for entry in entries])
    constant = _number(file, "constant_eV_per_cell")
    only_spins = all(space.is_spin for space in spaces)
    electrostatics = _electrostatics(file, prim)
    return prim, Expansion(orbits, eci, constant, () if only_spins else spaces, electrostatics)


def _electrostatics(file: Fields, prim: Prim) -> Electrostatics | None:
    """The charges of every species of the prim, where the file has them."""
    if file["version"] < 3 or file["electrostatics"] is None:
        return None
    term = file.within("electrostatics")
    charges = term.within("charges_e")
    names = dict.fromkeys(s for allowed in prim.species for s in allowed if s != VACANCY)
    given = {name: _number(charges, name) for name in names}
    return Electrostatics(prim, given, _number(term, "inverse_dielectric_constant"))


def _prim(file: Fields) -> Prim:
    try:
        return Prim.from_dict(file["prim"])
    except (KeyError, TypeError, ValueError) as error:
        raise file.wrong("prim", f"is not a prim ({error!r}); it needs lattice_A, formula_units "
                         "and sites with label, species, frac") from error  # fmt: skip


def _spaces(file: Fields, prim: Prim) -> tuple[SiteSpace, ...]:
    """The site spaces of the active sites, which the values in the file must agree with."""
    expected = site_spaces(prim.species)
    if file["version"] == 1:
        if large := [s for s in expected if len(s) > 2]:
            raise file.wrong("version", "is 1, but a site may hold "
                             f"{', '.join(large[0].species)}: write the file again")  # fmt: skip
        return expected
    entries = file.each("site_functions")
    if len(entries) != len(expected):
        raise file.wrong("site_functions", f"has {len(entries)} entries for the {len(expected)} "
                         "sites of the prim that may hold more than one species")  # fmt: skip
    return tuple(_space(e, s.species) for e, s in zip(entries, expected, strict=True))


def _space(entry: Fields, species: tuple[str, ...]) -> SiteSpace:
    if tuple(entry["species"]) != species:
        raise entry.wrong("species", f"are {', '.join(entry['species'])}, but the site of the prim "
                          f"holds {', '.join(species)}; write the file again")  # fmt: skip
    try:
        space = SiteSpace(species, entry["basis"])
    except SiteError as error:
        raise entry.wrong("basis", str(error)) from error
    given, known = entry["values"], dict(zip(space.names, space.values[1:], strict=True))
    if set(given) != set(known) or any(
        np.shape(v) != known[k].shape or np.abs(known[k] - v).max() > SAME_VALUE
        for k, v in given.items()
    ):
        raise entry.wrong(
            "values", f"are not those of the functions {', '.join(known)} of the basis "
            f"{space.basis!r}; name the basis that the file was made with: two files may name "
            "different functions alike",
        )  # fmt: skip
    return space


def _number(place: Fields, key: str) -> float:
    value = place[key]
    if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
        raise place.wrong(key, f"{value!r} is not a number; correct it")
    return float(value)


def _orbit(entry: Fields, spaces: Sequence[SiteSpace], seen: dict[object, str]) -> Orbit:
    """One orbit; ``seen`` collects where each index and cluster of the file is listed."""
    index = entry["index"]
    if isinstance(index, bool) or not isinstance(index, int):
        raise entry.wrong("index", f"{index!r} is not an integer; correct it")
    clusters = _clusters(entry)
    if not clusters or len({len(c) for c in clusters}) != 1:
        raise entry.wrong("clusters", "are none, or of different orders; list the clusters of one "
                          "orbit per primitive cell")  # fmt: skip
    if any(not 0 <= site[0] < len(spaces) for c in clusters for site in c):
        raise entry.wrong("clusters", f"name sublattices beyond the {len(spaces)} of the prim; "
                          "they count its sites of more than one species, from 0")  # fmt: skip
    functions = _functions(entry, clusters, spaces)
    lengths = _number(entry, "min_length_A"), _number(entry, "max_length_A")
    orbit = Orbit(index, clusters, *lengths, functions)
    listed = orbit.decorated if functions else clusters
    for key, what in (("index", index), *(("clusters", translated_home(c)) for c in listed)):
        if what in seen:
            raise entry.wrong(key, f"{what} is there twice, first in {seen[what]}; each index, and "
                              "each cluster of a primitive cell, is listed once")  # fmt: skip
        seen[what] = f"{entry.place}{key}"
    return orbit


def _functions(
    entry: Fields, clusters: Sequence[Cluster], spaces: Sequence[SiteSpace]
) -> tuple[tuple[int, ...], ...]:
    """Numbers of the functions that the orbit names."""
    if "functions" not in entry.data:
        return ()
    try:
        return tuple(
            tuple(
                1 + spaces[s].names.index(name)
                for (s, *_), name in zip(cluster, names, strict=True)
            )
            for cluster, names in zip(clusters, entry["functions"], strict=True)
        )
    except (TypeError, ValueError) as error:
        raise entry.wrong(
            "functions", f"do not name a point function of every site of every cluster ({error}); "
            "site_functions has their names; correct it",
        ) from error  # fmt: skip


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
    spaces = spaces_of(expansion, prim)
    shift, own = substituted(
        cluster_terms(expansion), conversions(spaces, site_spaces(prim.species))
    )

    def on_prim_sites(cluster: Cluster) -> Cluster:
        return translated_home([(int(prim.active[s]), *rest) for s, *rest in cluster])

    terms = {on_prim_sites(cluster): value for cluster, value in own.items()}
    return ForeignExpansion(
        source, prim.lattice, prim.frac, prim.species, expansion.constant + shift, terms,
        expansion.electrostatics,
    )  # fmt: skip

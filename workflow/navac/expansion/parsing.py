"""Checks of navac's own file of an expansion, whose form :mod:`navac.expansion.file` describes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from navac.crystal.prim import Prim
from navac.crystal.sites import VACANCY, SiteError, SiteSpace, site_spaces
from navac.expansion.basis import cluster_terms, conversions, spaces_of, substituted
from navac.expansion.clusters import Cluster, Orbit, translated_home
from navac.expansion.electrostatics import Electrostatics
from navac.expansion.expansion import Expansion
from navac.expansion.foreign.terms import Fields, ForeignExpansion

FORMAT = "navac-expansion"
VERSION = 3
READ_VERSIONS = (1, 2, 3)
SAME_VALUE = 1e-12
"""Values of a point function that differ by less are the same."""


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

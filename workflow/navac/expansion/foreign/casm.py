"""Expansions fitted with CASM, from its ``eci.json``; CASM is not needed.

``eci.json`` is the ``basis.json`` that CASM writes for a basis set (version 1, and casm-bset 2)
with a coefficient ``eci`` at every function that has one. It has the prim, the values of the site
functions, and per orbit one cluster ``[sublattice, i, j, k]``; the others follow from the
factor group of CASM's prim, which is found here again and checked against the orders and
multiplicities in the file. A coefficient multiplies the average of the function over the orbit;
their sum is the energy per primitive cell: eV, for navac.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from navac.crystal.prim import Prim, PrimError
from navac.crystal.symmetry import SpaceGroup, find_space_group
from navac.expansion.clusters import symmetry_orbits, translated_home
from navac.expansion.foreign.terms import (
    Fields,
    ForeignExpansion,
    binary_sites,
    linear_in_sigma,
    plain_species,
    sigma_products,
)

TOLERANCES_A = (1e-5, 1e-4, 1e-3, 1e-2, 1e-1)
"""Tried for the symmetry of CASM's prim; CASM's own default comes first."""

_SITE_FUNCTION = re.compile(r"\\phi(_\{[\d,]+\})?(\(s_\{?\d+\}?\))?")


def read_casm(source: str, data: dict) -> ForeignExpansion:
    """The expansion in CASM's ``eci.json``.

    Args:
        source: the file, for messages.

    Raises:
        InterchangeError: something is missing, or of a kind that is not supported.
    """
    file = Fields(f"{source} (CASM)", data)
    orbits = file.each("orbits")
    _supported(file, orbits)
    prim = _prim(file.within("prim"))
    group = _factor_group(file, prim, orbits)
    functions = _site_functions(file, prim, group)

    def clusters() -> Iterator[tuple]:
        for orbit in orbits:
            weight = sum(_interactions(orbit))
            if not weight:
                continue
            members = _members(orbit, prim, group)
            for sites in members:
                yield weight / len(members), sites, [functions[b] for b, *_ in sites]

    constant, terms = sigma_products(clusters())
    species = tuple(map(plain_species, prim.species))
    return ForeignExpansion(file.source, prim.lattice, prim.frac, species, constant, terms)


def _supported(file: Fields, orbits: list[Fields]) -> None:
    """Refuse anything but an expansion of a crystal's energy in occupations."""
    if "phenomenal" in file.data.get("bspecs", {}).get("cluster_specs", {}):
        raise file.wrong("bspecs.cluster_specs.phenomenal", "is a local expansion; name that of "
                         "the energy of the crystal")  # fmt: skip
    if not any("eci" in f for orbit in orbits for f in orbit["cluster_functions"]):
        raise file.wrong("orbits", "no function has an eci: this is the basis set alone; name "
                         "eci.json, or write the coefficients into a copy of basis.json as eci "
                         "of each function")  # fmt: skip


def _prim(prim: Fields) -> Prim:
    """CASM's prim; its species keep the names that the site functions use."""
    sites = prim.each("basis")
    moving = [place for place in (prim, *sites) if place.data.get("dofs")]
    if moving:
        raise moving[0].wrong("dofs", f"{', '.join(moving[0]['dofs'])} is not supported; fit an "
                              "expansion in occupations alone")  # fmt: skip
    occupants = "occupants" if "occupants" in sites[0].data else "occupant_dof"
    species = tuple(tuple(site[occupants]) for site in sites)
    binary_sites(prim.source, species)
    lattice = np.array(prim["lattice_vectors"], dtype=float)
    coordinates = np.array([site["coordinate"] for site in sites], dtype=float)
    mode = prim["coordinate_mode"].lower()
    if mode.startswith("c"):
        coordinates = coordinates @ np.linalg.inv(lattice)
    elif mode[:1] not in ("f", "d"):
        raise prim.wrong("coordinate_mode", f"{mode} is not supported; write Fractional")
    return Prim(lattice, coordinates, species, labels=("",) * len(sites), formula_units=1)


def _factor_group(file: Fields, prim: Prim, orbits: list[Fields]) -> SpaceGroup:
    """The symmetry that the file's orbits were made with, by their sizes and its order."""
    order = max(len(orbit.within("prototype")["invariant_group"]) for orbit in orbits)
    found = []
    for tolerance in TOLERANCES_A:
        try:
            group = find_space_group(prim, tolerance)
        except PrimError:
            continue
        found.append(f"{len(group)} at {tolerance:g} Å")
        if len(group) == order and all(
            len(_members(orbit, prim, group)) == orbit["mult"] for orbit in orbits
        ):
            return group
    raise file.wrong(
        "orbits", f"they were made with {order} symmetry operations, but the prim has "
        f"{', '.join(found) or 'none'}: their clusters cannot be reconstructed; refine the "
        "coordinates of the prim and generate the basis set again",
    )  # fmt: skip


def _members(orbit: Fields, prim: Prim, group: SpaceGroup) -> list[list[tuple[int, ...]]]:
    """The clusters of an orbit as (site, cell) lists, the empty cluster for its own."""
    prototype = orbit.within("prototype")["sites"]
    if not prototype:
        return [[]]
    active = {int(site): s for s, site in enumerate(prim.active)}
    if idle := [b for b, *_ in prototype if b not in active]:
        raise orbit.wrong("prototype.sites", f"names site {idle[0]}, which holds one species only")
    home = translated_home([(active[b], *cell) for b, *cell in prototype])
    (images,) = symmetry_orbits(prim, group, [home])
    return [[(int(prim.active[s]), *cell) for s, *cell in c] for c in images.clusters]


def _interactions(orbit: Fields) -> Iterator[float]:
    """Coefficients of the functions of an orbit, each the product of its site functions, eV."""
    size = len(orbit.within("prototype")["sites"])
    for function in orbit.each("cluster_functions"):
        if not function.data.get("eci"):
            continue
        formula = function[f"\\Phi_{{{function['linear_function_index']}}}"]
        rest, count = _SITE_FUNCTION.subn("", formula)
        if rest.strip("[]()* ") not in ("", "1") or count != size:
            raise function.wrong(
                "\\Phi", f"{formula} is not the product of one function per site; only "
                "occupations of binary sites are supported",
            )  # fmt: skip
        yield float(function["eci"])


def _site_functions(file: Fields, prim: Prim, group: SpaceGroup) -> dict[int, tuple[float, float]]:
    """Per active site its function a + bσ, the same for equivalent sites of one species.

    CASM numbers species by their place in the list of each site; where equivalent sites list
    them differently its functions are not simply carried from one to the other.
    """
    given = {entry["sublat"]: entry for entry in file.each("site_functions")}
    values = {}
    for b in map(int, prim.active):
        if b not in given:
            raise file.wrong("site_functions", f"has none for site {b}; write the file again")
        functions = given[b].within("occ")["basis"]
        (values[b],) = [v for k, v in functions.items() if k.endswith(",1}")] or [None]
        if values[b] is None or set(values[b]) != set(prim.species[b]):
            raise given[b].wrong("occ.basis", "has no values for the two species of the site")
    for b, value in values.items():
        for image in map(int, group.image_site[:, b]):
            if values[image] != value:
                raise given[image].wrong(
                    "occ.basis", f"differs from that of the equivalent site {b}; list the "
                    "occupants of equivalent sites in one order",
                )  # fmt: skip
    return {
        b: linear_in_sigma([value[name] for name in prim.species[b]]) for b, value in values.items()
    }

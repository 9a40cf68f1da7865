"""Expansions fitted with CASM, from its ``eci.json``; CASM is not needed.

``eci.json`` is the ``basis.json`` that CASM writes for a basis set (version 1, and casm-bset 2)
with a coefficient ``eci`` at every function that has one. It has the prim, the values of the site
functions, and per orbit one cluster ``[sublattice, i, j, k]``; the others follow from the
factor group of CASM's prim, which is found here again and checked against the orders and
multiplicities in the file. A function is a sum of products of site functions, each with a factor;
a coefficient multiplies its average over the orbit. The sum is the energy per primitive cell: eV,
for navac.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from navac.crystal.prim import Prim, PrimError
from navac.crystal.symmetry import SpaceGroup, find_space_group
from navac.expansion.clusters import symmetry_orbits, translated_home
from navac.expansion.foreign.terms import (
    Fields,
    ForeignExpansion,
    ForeignFunctions,
    function_products,
    plain_species,
    site_function,
)

TOLERANCES_A = (1e-5, 1e-4, 1e-3, 1e-2, 1e-1)
"""Tried for the symmetry of CASM's prim; CASM's own default comes first."""

_SITE_FUNCTION = re.compile(
    r"\\phi(?:_\{(?:\d+,)?(?P<number>\d+)\})?(?:\(s_\{?(?P<site>\d+)\}?\))?"
)
_SUM = re.compile(r"\s*\+\s*(?![^\[]*\])")
_TERM = re.compile(
    r"(?P<sign>-?)\s*(?:(?:\\sqrt\{(?P<root>\d+(?:/\d+)?)\}|(?P<ratio>\d+(?:/\d+)?))\s*\*\s*)?"
    r"(?P<product>\[?[^\[\]]*\]?)"
)


def read_casm(source: str, data: dict) -> ForeignExpansion:
    """The expansion in CASM's ``eci.json``.

    Args:
        source: the file, for messages.

    Raises:
        InterchangeError: something is missing, or of a kind that is not supported.
    """
    file = Fields(f"{source} (CASM)", data)
    if not any("eci" in f for orbit in file.each("orbits") for f in orbit["cluster_functions"]):
        raise file.wrong("orbits", "no function has an eci: this is the basis set alone; name "
                         "eci.json, or write the coefficients into a copy of basis.json as eci "
                         "of each function")  # fmt: skip
    basis = casm_functions(source, data, used=True)
    return basis.expansion([
        float(function["eci"]) for function in _functions_of(file) if function.data.get("eci")
    ])  # fmt: skip


def _functions_of(file: Fields) -> Iterator[Fields]:
    for orbit in file.each("orbits"):
        yield from orbit.each("cluster_functions")


def casm_functions(source: str, data: dict, used: bool = False) -> ForeignFunctions:
    """The functions of CASM's ``basis.json`` or ``eci.json``, in the order of the file.

    Args:
        used: whether only those with a coefficient are wanted.

    Raises:
        InterchangeError: something is missing, or of a kind that is not supported.
    """
    file = Fields(f"{source} (CASM)", data)
    orbits = file.each("orbits")
    _supported(file)
    prim = _prim(file.within("prim"))
    group = _factor_group(file, prim, orbits)
    functions = _site_functions(file, prim, group)
    binary = max(map(len, prim.species)) == 2

    def clusters(orbit: Fields, function: Fields) -> Iterator[tuple]:
        for product, weight in _products(orbit, function, binary).items():
            members = _members(orbit, prim, group, product)
            for sites in members:
                on_sites = [functions[b][k - 1] for b, _, _, _, k in sites]
                yield weight / len(members), [s[:4] for s in sites], on_sites

    polynomials = [
        function_products(clusters(orbit, function))
        for orbit in orbits for function in orbit.each("cluster_functions")
        if not used or function.data.get("eci")
    ]  # fmt: skip
    species = tuple(map(plain_species, prim.species))
    return ForeignFunctions(file.source, prim.lattice, prim.frac, species, tuple(polynomials))


def _supported(file: Fields) -> None:
    """Refuse anything but an expansion of a crystal's energy in occupations."""
    if "phenomenal" in file.data.get("bspecs", {}).get("cluster_specs", {}):
        raise file.wrong("bspecs.cluster_specs.phenomenal", "is a local expansion; name that of "
                         "the energy of the crystal")  # fmt: skip


def _prim(prim: Fields) -> Prim:
    """CASM's prim; its species keep the names that the site functions use."""
    sites = prim.each("basis")
    moving = [place for place in (prim, *sites) if place.data.get("dofs")]
    if moving:
        raise moving[0].wrong("dofs", f"{', '.join(moving[0]['dofs'])} is not supported; fit an "
                              "expansion in occupations alone")  # fmt: skip
    occupants = "occupants" if "occupants" in sites[0].data else "occupant_dof"
    species = tuple(tuple(site[occupants]) for site in sites)
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


def _members(
    orbit: Fields, prim: Prim, group: SpaceGroup, functions: tuple[int, ...] = ()
) -> list[list[tuple[int, ...]]]:
    """The clusters of an orbit as (site, cell) lists, the empty cluster for its own.

    Args:
        functions: of the sites of the prototype; the clusters are then decorated.
    """
    prototype = orbit.within("prototype")["sites"]
    if not prototype:
        return [[]]
    active = {int(site): s for s, site in enumerate(prim.active)}
    if idle := [b for b, *_ in prototype if b not in active]:
        raise orbit.wrong("prototype.sites", f"names site {idle[0]}, which holds one species only")
    decorations: list[list[int]] = [[f] for f in functions] or [[]] * len(prototype)
    home = translated_home([
        (active[b], *cell, *f) for (b, *cell), f in zip(prototype, decorations, strict=True)
    ])  # fmt: skip
    (images,) = symmetry_orbits(prim, group, [home])
    found = images.decorated if functions else images.clusters
    return [[(int(prim.active[s]), *rest) for s, *rest in c] for c in found]


def _products(orbit: Fields, function: Fields, binary: bool) -> dict[tuple[int, ...], float]:
    """Factors of the products of site functions, on the prototype, that a function is a sum of.

    Args:
        binary: whether no site has more than one function; CASM then leaves its number out, and
            a number is that of a sublattice.

    Returns:
        The key is the number of the function on each site.
    """
    size = len(orbit.within("prototype")["sites"])
    found: dict[tuple[int, ...], float] = defaultdict(float)
    formula = function[f"\\Phi_{{{function['linear_function_index']}}}"]
    for term in _SUM.split(formula.strip()):
        factor, numbers = _product(function, formula, term, size)
        found[(1,) * size if binary else numbers] += factor
    return {numbers: weight for numbers, weight in found.items() if weight}


def _product(function: Fields, formula: str, term: str, size: int) -> tuple[float, tuple[int, ...]]:
    """The factor of a product of site functions, and the number of the function on each site."""
    parts = _TERM.fullmatch(term)
    product = parts["product"] if parts else term
    named = [
        (int(m["site"] or k), int(m["number"] or 1))
        for k, m in enumerate(_SITE_FUNCTION.finditer(product))
    ]
    rest = _SITE_FUNCTION.sub("", product).strip("[]()* ")
    if parts is None or rest not in ("", "1") or sorted(s for s, _ in named) != list(range(size)):
        raise function.wrong(
            "\\Phi", f"{formula} is not a sum of products of one function per site; only "
            "occupations are supported",
        )  # fmt: skip
    factor = float(Fraction(parts["ratio"] or 1)) * float(Fraction(parts["root"] or 1)) ** 0.5
    return (-factor if parts["sign"] else factor), tuple(number for _, number in sorted(named))


def _site_functions(
    file: Fields, prim: Prim, group: SpaceGroup
) -> dict[int, list[tuple[float, ...]]]:
    """Per active site its functions, the same for equivalent sites.

    CASM numbers species by their place in the list of each site; where equivalent sites list
    them differently its functions are not simply carried from one to the other.
    """
    given = {entry["sublat"]: entry for entry in file.each("site_functions")}
    values = {}
    for b in map(int, prim.active):
        if b not in given:
            raise file.wrong("site_functions", f"has none for site {b}; write the file again")
        functions = given[b].within("occ")["basis"]
        numbered = {int(re.findall(r"\d+", name)[-1]): v for name, v in functions.items()}
        expected = range(len(prim.species[b]))
        if sorted(numbered) != list(expected) or any(
            set(v) != set(prim.species[b]) for v in numbered.values()
        ):
            raise given[b].wrong("occ.basis", "does not have one function per species of the site, "
                                 "with a value for each; write the file again")  # fmt: skip
        values[b] = [numbered[k] for k in expected[1:]]
    for b, value in values.items():
        for image in map(int, group.image_site[:, b]):
            if values[image] != value:
                raise given[image].wrong(
                    "occ.basis", f"differs from that of the equivalent site {b}; list the "
                    "occupants of equivalent sites in one order",
                )  # fmt: skip
    return {
        b: [site_function([f[name] for name in prim.species[b]]) for f in value]
        for b, value in values.items()
    }

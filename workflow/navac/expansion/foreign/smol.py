"""Expansions fitted with smol, from the JSON of its ``ClusterExpansion``; smol is not needed.

What the file says (smol 0.5, ``smol.cofe``): ``cluster_subspace.orbits`` has per cluster size
the orbits, each with the fractional coordinates of one cluster, the operations that make the
others of it, per site the values of its basis functions, and groups of combinations of these that
symmetry makes alike. ``coefs`` has the constant, then one coefficient per orbit and group in this
order; each multiplies the average of the products over the clusters and combinations, and the sum
is in the units of the fit, per cell: eV, for navac. With an ``EwaldTerm`` the last coefficient is
that of the Ewald energy of the oxidation states. For supercells with a charge smol leaves out the
energy of the background that navac counts, and its energy depends on the supercell.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

import numpy as np
from pymatgen.core import Composition
from pymatgen.core.periodic_table import get_el_sp

from navac.crystal.prim import Prim
from navac.crystal.sites import VACANCY
from navac.expansion.electrostatics import Electrostatics
from navac.expansion.foreign.terms import (
    Fields,
    ForeignExpansion,
    ForeignFunctions,
    InterchangeError,
    function_products,
    nearest_sites,
    plain_species,
    site_function,
)

ON_SITE_A = 0.05
"""Images of a cluster may miss the sites by this much, Å: operations are rounded."""
VACANT = 0.01
"""A site filled to less than 1 − this may be vacant, by smol's convention."""


def read_smol(source: str, data: dict) -> ForeignExpansion:
    """The expansion in smol's JSON.

    Args:
        source: the file, for messages.

    Raises:
        InterchangeError: something is missing, or of a kind that is not supported.
    """
    file = Fields(f"{source} (smol)", data)
    space = file.within("cluster_subspace")
    coefficients = np.array(file["coefs"], dtype=float)
    _supported(space)
    wanted = 1 + sum(len(o["_bit_combos"]) for o in _orbits(space)) + len(space["external_terms"])
    if len(coefficients) != wanted:
        raise file.wrong(
            "coefs", f"{len(coefficients)} coefficients for the constant and {wanted - 1} "
            "functions; write the expansion again",
        )  # fmt: skip
    basis, charges = smol_functions(file.source, space)
    if charges is None:
        return basis.expansion(coefficients.tolist())
    return basis.expansion(coefficients[:-1].tolist(), charges.scaled(coefficients[-1]))


def smol_functions(source: str, space: Fields) -> tuple[ForeignFunctions, Electrostatics | None]:
    """The functions of a ``ClusterSubspace``, and the charges of its ``EwaldTerm``.

    Raises:
        InterchangeError: something is missing, or of a kind that is not supported.
    """
    _supported(space)
    structure = space.within("structure")
    lattice = np.array(structure.within("lattice")["matrix"], dtype=float)
    sites = structure.each("sites")
    frac = np.array([site["abc"] for site in sites], dtype=float)
    species = tuple(_site_species(site) for site in sites)
    polynomials = [
        function_products(_clusters(orbit, group, 1.0, lattice, frac, list(map(len, species))))
        for orbit in _orbits(space) for group in orbit["_bit_combos"]
    ]  # fmt: skip
    plain = tuple(map(plain_species, species))
    basis = ForeignFunctions(source, lattice, frac, plain, ((1.0, {}), *polynomials))
    if not space["external_terms"]:
        return basis, None
    cell = Prim(lattice, frac, plain, ("",) * len(frac), formula_units=1)
    return basis, Electrostatics(cell, _charges(sites, plain))


def _orbits(space: Fields) -> list[Fields]:
    """The orbits by size, in the order of their coefficients."""
    sizes = sorted(space["orbits"], key=int)
    return list(chain.from_iterable(space.within("orbits").each(size) for size in sizes))


def _supported(space: Fields) -> None:
    """Refuse what a sum of products of site functions does not describe."""
    if space["@class"] != "ClusterSubspace":
        raise space.wrong(
            "@class", f"{space['@class']} is not supported; fit with a ClusterSubspace"
        )
    for term in space.each("external_terms"):
        kind, part = term.data.get("@class", "?"), term.data.get("use_term", "total")
        if kind != "EwaldTerm" or part != "total":
            raise space.wrong(
                "external_terms", f"{kind}({part}) is not supported; fit with the total EwaldTerm, "
                "or without external terms",
            )  # fmt: skip


def _site_species(site: Fields) -> tuple[str, ...]:
    """The species of a site in smol's order, a vacancy last."""
    return _ordered(site, {_name(item): item["occu"] for item in site.each("species")})


def _name(species: Fields) -> str:
    charge = species.data.get("oxidation_state")
    charge = "" if charge is None else f"{abs(charge):g}{'-' if charge < 0 else '+'}"
    return f"{species['element']}{charge}"


def _charges(sites: list[Fields], plain: Sequence[tuple[str, ...]]) -> dict[str, float]:
    """The oxidation state of every species by navac's name."""
    found: dict[str, float] = {}
    for site, names in zip(sites, plain, strict=True):
        for full, name in zip(_site_species(site), names, strict=True):
            if name == VACANCY:
                continue
            charge = getattr(get_el_sp(full), "oxi_state", None)
            if charge is None:
                raise site.wrong("species", f"{full} has no oxidation state, which the EwaldTerm "
                                 "needs; fit with oxidation states")  # fmt: skip
            if found.setdefault(name, float(charge)) != charge:
                raise site.wrong("species", f"{name} has the charges {found[name]:g} and "
                                 f"{charge:g}; a charge belongs to a species")  # fmt: skip
    return found


def _ordered(place: Fields, composition: dict[str, float]) -> tuple[str, ...]:
    """Species sorted as smol's ``SiteSpace`` does: pymatgen's order, then the vacancy."""
    try:
        parsed = Composition(composition)
    except ValueError as error:
        raise InterchangeError(f"{place.source}: {place.place}species: {error}") from error
    vacant = ["Va"] if parsed.num_atoms < 1 - VACANT else []
    return tuple([str(s) for s, _ in sorted(parsed.items())] + vacant)


def _clusters(
    orbit: Fields, group: list[list[int]], coefficient: float,
    lattice: np.ndarray, frac: np.ndarray, sizes: list[int],
) -> Iterator[tuple]:  # fmt: skip
    """(interaction, sites, site functions) of every decorated cluster of a group of an orbit.

    Args:
        sizes: number of species of each site of the cell.
    """
    functions = [_functions(basis) for basis in orbit.each("site_bases")]
    points = np.array(orbit["sites"], dtype=float)
    found = {}
    for operation in orbit.each("structure_symops"):
        matrix = np.array(operation["matrix"], dtype=float)
        moved = points @ matrix[:3, :3].T + matrix[:3, 3]
        site, cell, distance = nearest_sites(lattice, frac, moved)
        if distance.max() > ON_SITE_A:
            raise orbit.wrong(
                "structure_symops", f"an operation moves a cluster {distance.max():.3g} Å off the "
                "sites; fit again on a crystal with refined coordinates",
            )  # fmt: skip
        if [len(f) + 1 for f in functions] != [sizes[s] for s in site]:
            raise orbit.wrong(
                "site_bases", "have not one function fewer than the sites have species; write the "
                "file again",
            )  # fmt: skip
        order = np.lexsort(np.column_stack([cell, site]).T)
        sites = np.column_stack([site, cell - cell[order[0]]])[order]
        for combination in np.array(group, dtype=int).reshape(-1, len(points)):
            key = sites.tobytes() + combination[order].tobytes()
            found[key] = sites, [functions[k][combination[k]] for k in order]
    for sites, on_sites in found.values():
        yield coefficient / len(found), [tuple(map(int, s)) for s in sites], on_sites


def _functions(basis: Fields) -> list[tuple[float, ...]]:
    """The functions of a site; their values are in the order of the site's species."""
    values = np.array(basis["func_array"], dtype=float)
    if values.ndim != 2 or len(values) != values.shape[1]:
        raise basis.wrong("func_array", "does not have one function per species; write the file "
                          "again")  # fmt: skip
    return [site_function(v) for v in values[1:]]

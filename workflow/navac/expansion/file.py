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

from navac import __version__
from navac.crystal.prim import Prim
from navac.crystal.sites import SiteSpace
from navac.expansion.basis import spaces_of
from navac.expansion.clusters import Orbit
from navac.expansion.expansion import Expansion
from navac.expansion.foreign.terms import read_json
from navac.expansion.parsing import FORMAT, VERSION, parse_expansion
from navac.files import replacing

CONVENTION = (
    "energy per primitive cell = constant + sum over orbits of eci × sum over clusters of the "
    "product of the point functions of its sites, the first of each site if no functions are "
    "named; a cluster is a list of [sublattice, a, b, c], sublattices count the sites of more than "
    "one species; site_functions has the values of each function, in the order of the species; "
    "electrostatics adds the Ewald energy of charges on all sites over a dielectric constant"
)


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

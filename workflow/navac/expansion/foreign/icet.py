"""Expansions fitted with icet: a ``.ce`` file turned into plain JSON, and that JSON read.

A ``.ce`` file is a tar of pickles: reading one runs whatever its writer put into it. A campaign
therefore never opens it. Whoever trusts the file turns it into JSON on purpose, once, where icet
is installed (nothing else of navac's dependencies but NumPy is needed there):

    python -m navac.expansion.foreign.icet fitted.ce fitted.json

The file has cutoffs and no clusters, so icet makes those again. Its cluster vector has averages
over each orbit of products of cosines and sines, of species sorted by atomic number with X before
all: −1 and +1 where there are two. Several functions of one cluster that symmetry makes alike are
one element. The property is per atom of the primitive cell, X counted: eV per atom, for navac.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np

from navac import NavacError

FORMAT = "navac-icet-dump"
VERSION = 2
READ_VERSIONS = (1, 2)
"""Files of version 1 are of binary sites, and have no functions."""


def dump_icet(path: str | Path) -> dict:
    """What icet says of a ``.ce`` file, as plain data. Unpickles it: only for files you trust."""
    import icet

    expansion = icet.ClusterExpansion.read(str(path))
    space = expansion.get_cluster_space_copy()
    atoms = space.primitive_structure
    symbols = space.chemical_symbols
    # Not wrapped: −1e-16 would become 1, and the cells of clusters count from where icet sees it.
    frac_as_stored = atoms.get_scaled_positions(wrap=False)
    return {
        "format": FORMAT,
        "version": VERSION,
        "icet_version": icet.__version__,
        "lattice_A": np.array(atoms.cell).tolist(),
        "sites": [
            {
                "species": _by_number(s),
                "frac": frac.tolist(),
                "functions": _functions(space, len(s)),
            }
            for s, frac in zip(symbols, frac_as_stored, strict=True)
        ],
        "constant_eV_per_atom": float(expansion.parameters[0]),
        "orbits": list(_orbits(space, expansion.parameters)),
    }


def _by_number(symbols: list[str]) -> list[str]:
    """Species by atomic number, as icet's functions count them."""
    from ase.data import atomic_numbers

    return sorted(symbols, key=lambda symbol: atomic_numbers[symbol])


def _functions(space, n: int) -> list[list[float]]:
    """``[function, species]`` icet's values of the functions of a site of n species."""
    return [
        [float(space.evaluate_cluster_function(n, k, code)) for code in range(n)]
        for k in range(n - 1)
    ]


def _orbits(space, parameters) -> Iterator[dict]:
    """Clusters per primitive cell, functions and parameter of every element but the first."""
    elements = {
        (k, tuple(e["multicomponent_vector"])): e["site_permutations"]
        for k in range(len(space.orbit_list))
        for e in space.orbit_list.get_orbit(k).cluster_vector_elements
    }
    for entry, parameter in zip(space.as_list[1:], parameters[1:], strict=True):
        clusters = space.orbit_list.get_orbit(entry["orbit_index"]).clusters
        vector = tuple(entry["multicomponent_vector"])
        permutations = elements[entry["orbit_index"], vector]
        yield {
            "parameter_eV_per_atom": float(parameter),
            "clusters": [
                [[s.index, *map(int, s.unitcell_offset)] for s in c.lattice_sites] for c in clusters
            ],
            # On the sites of every cluster in turn: icet's function 0 is the first.
            "functions": [[1 + vector[k] for k in p] for p in permutations],
        }


def read_icet(source: str, data: dict):
    """The expansion in the JSON that :func:`dump_icet` makes.

    Returns:
        A :class:`navac.expansion.foreign.terms.ForeignExpansion`.

    Raises:
        InterchangeError: something is missing, or of another version.
    """
    from navac.expansion.foreign.terms import Fields

    functions = icet_functions(source, data)
    file = Fields(functions.source, data)
    parameters = [orbit["parameter_eV_per_atom"] for orbit in file.each("orbits")]
    return functions.expansion([file["constant_eV_per_atom"], *parameters])


def icet_functions(source: str, data: dict):
    """What icet expands in, by the JSON that :func:`dump_icet` makes.

    Returns:
        A :class:`navac.expansion.foreign.terms.ForeignFunctions`.

    Raises:
        InterchangeError: something is missing, or of another version.
    """
    # Here and not above: what makes the JSON needs none of navac's dependencies.
    from navac.expansion.foreign import terms as common

    file = common.Fields(f"{source} (icet)", data)
    if file["version"] not in READ_VERSIONS:
        raise file.wrong("version", f"is {file['version']!r}, not {VERSION}; make the file again "
                         "with python -m navac.expansion.foreign.icet")  # fmt: skip
    sites = file.each("sites")
    species = tuple(tuple(s["species"]) for s in sites)
    functions = [
        [common.site_function(v) for v in s.data.get("functions", [[-1, 1]][: len(names) - 1])]
        for s, names in zip(sites, species, strict=True)
    ]
    if wrong := [k for k, names in enumerate(species) if len(functions[k]) != len(names) - 1]:
        raise sites[wrong[0]].wrong("functions", "are not one fewer than the species of the site; "
                                    "make the file again")  # fmt: skip

    def clusters(orbit) -> Iterator[tuple]:
        decorations = orbit.data.get("functions", [[1] * len(orbit["clusters"][0])])
        # The parameter multiplies an average, per atom; a product's share is per cell.
        weight = len(sites) / (len(orbit["clusters"]) * len(decorations))
        for cluster, numbers in product(orbit["clusters"], decorations):
            on_sites = [functions[s[0]][f - 1] for s, f in zip(cluster, numbers, strict=True)]
            yield weight, [tuple(site) for site in cluster], on_sites

    return common.ForeignFunctions(
        source=file.source,
        lattice=np.array(file["lattice_A"], dtype=float),
        frac=np.array([s["frac"] for s in sites], dtype=float),
        species=tuple(map(common.plain_species, species)),
        functions=(
            (float(len(sites)), {}),
            *(common.function_products(clusters(orbit)) for orbit in file.each("orbits")),
        ),
    )


def main(arguments: list[str]) -> None:
    """``python -m navac.expansion.foreign.icet fitted.ce fitted.json``"""
    if len(arguments) != 2:
        sys.exit("usage: python -m navac.expansion.foreign.icet fitted.ce fitted.json\n"
                 "This unpickles fitted.ce: do it for files of people you trust.")  # fmt: skip
    source, target = arguments
    try:
        data = dump_icet(source)
    except ImportError:
        sys.exit("icet is not installed here; install it, or run this where it is")
    except NavacError as error:
        sys.exit(str(error))
    Path(target).write_text(json.dumps(data, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"wrote {target}: name it in the campaign as ranges.<name>.expansion_file")


if __name__ == "__main__":
    main(sys.argv[1:])

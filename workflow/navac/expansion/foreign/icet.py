"""Expansions fitted with icet: a ``.ce`` file turned into plain JSON, and that JSON read.

A ``.ce`` file is a tar of pickles: reading one runs whatever its writer put into it. A campaign
therefore never opens it. Whoever trusts the file turns it into JSON on purpose, once, where icet
is installed (nothing else of navac's dependencies but NumPy is needed there):

    python -m navac.expansion.foreign.icet fitted.ce fitted.json

The file has cutoffs and no clusters, so icet makes those again. Its cluster vector has the
averages of products of −1 (first of the species by atomic number, X before all) and +1 over each
orbit; its property is per atom of the primitive cell, X counted: eV per atom, for navac.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from navac import NavacError
from navac.expansion.foreign.terms import InterchangeError

FORMAT = "navac-icet-dump"
VERSION = 1


def dump_icet(path: str | Path) -> dict:
    """What icet says of a ``.ce`` file, as plain data. Unpickles it: only for files you trust.

    Raises:
        InterchangeError: a sublattice of three and more species.
    """
    import icet

    expansion = icet.ClusterExpansion.read(str(path))
    space = expansion.get_cluster_space_copy()
    atoms = space.primitive_structure
    symbols = space.chemical_symbols
    if large := [s for s in symbols if len(s) > 2]:
        raise InterchangeError(
            f"{path}: a site may hold {', '.join(large[0])}: only sites of two species are "
            "supported; fit an expansion with binary sublattices"
        )
    return {
        "format": FORMAT,
        "version": VERSION,
        "icet_version": icet.__version__,
        "lattice_A": np.array(atoms.cell).tolist(),
        "sites": [
            {"species": _by_number(s), "frac": frac.tolist()}
            for s, frac in zip(symbols, atoms.get_scaled_positions(), strict=True)
        ],
        "constant_eV_per_atom": float(expansion.parameters[0]),
        "orbits": list(_orbits(space, expansion.parameters)),
    }


def _by_number(symbols: list[str]) -> list[str]:
    """Species by atomic number; the first is icet's −1."""
    from ase.data import atomic_numbers

    return sorted(symbols, key=lambda symbol: atomic_numbers[symbol])


def _orbits(space, parameters) -> Iterator[dict]:
    """Clusters per primitive cell and parameter of every orbit but the empty one."""
    for entry, parameter in zip(space.as_list[1:], parameters[1:], strict=True):
        clusters = space.orbit_list.get_orbit(entry["orbit_index"]).clusters
        yield {
            "parameter_eV_per_atom": float(parameter),
            "clusters": [
                [[s.index, *map(int, s.unitcell_offset)] for s in c.lattice_sites] for c in clusters
            ],
        }


def read_icet(source: str, data: dict):
    """The expansion in the JSON that :func:`dump_icet` makes.

    Returns:
        A :class:`navac.expansion.foreign.terms.ForeignExpansion`.

    Raises:
        InterchangeError: something is missing, or of another version.
    """
    # Here and not above: what makes the JSON needs none of navac's dependencies.
    from navac.expansion.foreign import terms as common

    source = f"{source} (icet)"
    file = common.Fields(source, data)
    if file["version"] != VERSION:
        raise file.wrong("version", f"is {file['version']!r}, not {VERSION}; make the file again "
                         "with python -m navac.expansion.foreign.icet")  # fmt: skip
    sites = file.each("sites")
    species = tuple(tuple(s["species"]) for s in sites)
    common.binary_sites(source, species)

    def clusters() -> Iterator[tuple]:
        for orbit in file.each("orbits"):
            # The parameter multiplies an average, per atom; a cluster's share is per cell.
            weight = orbit["parameter_eV_per_atom"] * len(sites) / len(orbit["clusters"])
            for cluster in orbit["clusters"]:
                yield weight, [tuple(site) for site in cluster], [(0.0, 1.0)] * len(cluster)

    constant, terms = common.sigma_products(clusters())
    return common.ForeignExpansion(
        source=source,
        lattice=np.array(file["lattice_A"], dtype=float),
        frac=np.array([s["frac"] for s in sites], dtype=float),
        species=tuple(map(common.plain_species, species)),
        constant=file["constant_eV_per_atom"] * len(sites) + constant,
        terms=terms,
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

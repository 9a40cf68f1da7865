"""Templates for exports, made by smol, icet and CASM where they are installed.

Runs in the environment of the other code, which needs nothing of navac's dependencies but NumPy:

    python -m navac.expansion.foreign.template smol expansion.json template.json
    python -m navac.expansion.foreign.template icet expansion.json template.ce
    python -m navac.expansion.foreign.template casm expansion.json folder

The crystal and the cutoffs are those of navac's expansion. For smol and icet a distance in Å may
follow, ``prim.symmetry_tolerance_A`` of the campaign if that is not the default: the sites are
moved onto the positions that the symmetry found with it asks for, because both codes want them
exact. CASM takes the sites as they are. For icet, turn ``template.ce`` into JSON
(``navac.expansion.foreign.icet``), export to it, and make a ``.ce`` file of that:

    python -m navac.expansion.foreign.template filled template.ce exported.json exported.ce

For CASM the folder gets the basis set: ``prim.json``, ``basis.json`` and the clexulator.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

TOLERANCE_A = 1e-5
"""Within which sites are equivalent where the command names no other distance: navac's default."""
MARGIN_A = 2e-3
"""Added to the longest pair of each order: the other code's tolerance is not navac's."""


def crystal(data: dict) -> tuple[list, list[list[str]], list]:
    """Lattice vectors, species and fractional coordinates of the sites in navac's file."""
    sites = data["prim"]["sites"]
    return (
        data["prim"]["lattice_A"], [s["species"] for s in sites], [s["frac"] for s in sites]
    )  # fmt: skip


def exact(data: dict, tolerance: float) -> np.ndarray:
    """``[site, 3]`` fractional coordinates, averaged over the operations of the crystal."""
    import spglib

    lattice, species, frac = crystal(data)
    kinds = {tuple(s): k for k, s in enumerate(species)}
    found = spglib.get_symmetry((lattice, frac, [kinds[tuple(s)] for s in species]), tolerance)
    if found is None:
        sys.exit(f"no symmetry is found within {tolerance:g} Å; name another distance")
    start, total = np.array(frac), np.zeros((len(frac), 3))
    for rotation, translation in zip(found["rotations"], found["translations"], strict=True):
        offset = (start @ rotation.T + translation)[:, None] - start
        offset -= np.rint(offset)
        onto = np.linalg.norm(offset @ np.array(lattice), axis=-1).argmin(axis=1)
        total[onto] += offset[np.arange(len(start)), onto]
    return start + total / len(found["rotations"])


def cutoffs(data: dict) -> dict[int, float]:
    """The longest distance in clusters of each order, with a margin, Å."""
    found: dict[int, float] = {}
    for orbit in data["orbits"]:
        order = len(orbit["clusters"][0])
        if order > 1:
            found[order] = max(found.get(order, 0.0), orbit["max_length_A"] + MARGIN_A)
    return dict(sorted(found.items()))


def smol_subspace(data: dict, limits: dict[int, float], tolerance: float) -> Any:
    """smol's ``ClusterSubspace`` with sinusoids and the symmetry within a tolerance, Å."""
    from pymatgen.core import Structure
    from pymatgen.symmetry.analyzer import SpacegroupAnalyzer
    from smol.cofe import ClusterSubspace

    lattice, species, _ = crystal(data)
    charges = charges_of(data)

    def named(one: str) -> str:
        charge = charges.get(one)
        return one if charge is None else f"{one}{abs(charge):g}{'-' if charge < 0 else '+'}"

    filling = [{named(x): 1 / len(s) for x in s if x != "Va"} for s in species]
    structure = Structure(lattice, filling, exact(data, tolerance))
    active = Structure.from_sites(
        [site for site, s in zip(structure, species, strict=True) if len(s) > 1]
    )
    # ClusterSubspace.from_cutoffs does the same with the symmetry that is found at 0.01 Å.
    symmetry = SpacegroupAnalyzer(structure, symprec=tolerance).get_symmetry_operations()
    orbits = ClusterSubspace._gen_orbits_from_cutoffs(
        active, limits, symmetry, "sinusoid", False, False
    )
    return ClusterSubspace(structure, active, symmetry, orbits)


def charges_of(data: dict) -> dict[str, float]:
    """Charges of the electrostatic term in navac's file, e; empty where there is none."""
    return (data.get("electrostatics") or {}).get("charges_e", {})


def smol_template(data: dict, target: str, tolerance: float) -> None:
    """smol's ``ClusterSubspace``; an ``EwaldTerm`` where charges act."""
    from smol.cofe.extern import EwaldTerm

    space = smol_subspace(data, cutoffs(data), tolerance)
    if charges_of(data):
        space.add_external_term(EwaldTerm())
    Path(target).write_text(json.dumps(space.as_dict()))


def icet_template(data: dict, target: str, tolerance: float) -> None:
    """icet's ``ClusterExpansion`` with parameters of 0."""
    from ase import Atoms
    from icet import ClusterExpansion, ClusterSpace

    lattice, species, _ = crystal(data)
    symbols = [["X" if x == "Va" else x for x in s] for s in species]
    sites = exact(data, tolerance)
    atoms = Atoms([s[0] for s in symbols], cell=lattice, pbc=True, scaled_positions=sites)
    limits = cutoffs(data)
    orders = range(2, 1 + max(limits, default=1))
    lengths = [limits.get(k, 0.0) for k in orders]
    space = ClusterSpace(atoms, lengths, symbols, symprec=tolerance, position_tolerance=tolerance)
    ClusterExpansion(space, [0.0] * len(space)).write(target)


def casm_template(data: dict, target: str, _: float) -> None:
    """CASM's basis set, with occupation functions and the symmetry of the sites as they are."""
    import libcasm.configuration as configuration
    import libcasm.xtal as xtal
    from casm.bset import make_clex_basis_specs, write_clexulator

    lattice, species, frac = crystal(data)
    prim = configuration.Prim(
        xtal.Prim(xtal.Lattice(np.array(lattice).T), np.array(frac).T, species, title="navac")
    )
    limits = cutoffs(data)
    lengths = [limits.get(k, 0.0) for k in range(2, 1 + max(limits, default=1))]
    specs = make_clex_basis_specs(
        prim, max_length=[0, 0, *lengths], occ_site_basis_functions_specs="occupation"
    )
    os.makedirs(target, exist_ok=True)
    (Path(target) / "prim.json").write_text(json.dumps(prim.to_dict()))
    write_clexulator(prim, specs, bset_dir=target, project_name="navac", verbose=False)


def fill_icet(template: str, exported: str, target: str) -> None:
    """The ``.ce`` template with exported parameters. Unpickles it: only for files you trust."""
    from icet import ClusterExpansion

    data = json.loads(Path(exported).read_text())
    space = ClusterExpansion.read(template).get_cluster_space_copy()
    orbits = [orbit["parameter_eV_per_atom"] for orbit in data["orbits"]]
    ClusterExpansion(space, [data["constant_eV_per_atom"], *orbits]).write(target)


MAKERS: dict[str, Callable[[dict, str, float], Any]] = {
    "smol": smol_template, "icet": icet_template, "casm": casm_template,
}  # fmt: skip


def main(arguments: list[str]) -> None:
    """``python -m navac.expansion.foreign.template smol expansion.json template.json``"""
    match arguments:
        case ["filled", template, exported, target]:
            fill_icet(template, exported, target)
        case [code, source, target, *tolerance] if code in MAKERS and len(tolerance) < 2:
            found = float(tolerance[0]) if tolerance else TOLERANCE_A
            MAKERS[code](json.loads(Path(source).read_text()), target, found)
        case _:
            sys.exit("usage: python -m navac.expansion.foreign.template smol|icet|casm "
                     "expansion.json template [tolerance], or filled template.ce exported.json "
                     "exported.ce")  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1:])

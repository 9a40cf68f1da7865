"""Exports of expansions of many species, evaluated by smol, icet and CASM themselves.

    python tests/data/interchange/write_exports.py expansions FOLDER      # navac's environment
    python tests/data/interchange/write_exports.py template FOLDER smol   # that of smol, icet, casm
    python tests/data/interchange/write_exports.py export FOLDER          # navac's environment
    python tests/data/interchange/write_exports.py evaluate FOLDER smol   # the other code's
    python tests/data/interchange/write_exports.py compare FOLDER         # navac's environment

all in the root with ``PYTHONPATH=workflow``. ``expansions`` writes random expansions of crystals of
``species_prims.json``, in navac's bases ``indicator`` and ``chebyshev``, and random orderings with
navac's energies. ``template`` makes the other code's functions, ``export`` solves for their
coefficients, ``evaluate`` asks the other code for the energies of the orderings, ``compare``
prints the differences and writes ``exports.json``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

CRYSTALS = {"fcc": {2: 4.0, 3: 2.9}, "salt": {2: 3.0, 3: 3.0}, "spinel": {2: 3.6},
            "nasicon": {2: 5.0, 3: 4.9}}  # fmt: skip
BASES = {"fcc": "indicator", "salt": "chebyshev", "spinel": "indicator", "nasicon": "chebyshev"}
TOLERANCES = {"nasicon": 1e-2}
"""Within which sites are equivalent, Å, where it is not 1e-5: R-3c."""
HERE = Path("tests/data/interchange")
BOXES = [((1, 0, 0), (0, 1, 0), (0, 0, 1)), ((2, 0, 0), (1, 2, 0), (0, 0, 1)),
         ((3, 0, 0), (2, 1, 0), (1, 0, 2)), ((2, 0, 0), (0, 2, 0), (0, 0, 2)),
         ((1, 0, 0), (0, 2, 0), (0, 1, 4))]  # fmt: skip
PER_BOX = 10
CODES = ("smol", "icet", "casm")


def expansions(folder: Path) -> None:
    """Random expansions, and random orderings with their energies."""
    from navac.crystal.prim import Prim
    from navac.crystal.supercell import Supercell
    from navac.crystal.symmetry import find_space_group
    from navac.expansion.expansion import Expansion
    from navac.expansion.file import write_expansion
    from navac.expansion.functions import candidate_functions

    prims = json.loads((HERE / "species_prims.json").read_text())
    for name, cutoffs in CRYSTALS.items():
        prim, rng = Prim.from_dict(prims[name]), np.random.default_rng(6)
        group = find_space_group(prim, TOLERANCES.get(name, 1e-5))
        orbits, spaces = candidate_functions(prim, group, cutoffs, BASES[name])
        eci = 0.05 * rng.normal(size=len(orbits))
        one = Expansion(orbits, eci, -2.0, spaces)
        write_expansion(folder / f"{name}.json", prim, one, {"source": "random"})
        groups = []
        for hnf in BOXES:
            box = Supercell(hnf)
            kinds = [len(prim.species[site]) for site in prim.active]
            codes = np.concatenate([rng.integers(0, n, (PER_BOX, box.size)) for n in kinds], axis=1)
            groups.append({"hnf": hnf, "occupations": codes.tolist(),
                           "navac": one.energies_at(box, codes).tolist()})  # fmt: skip
        (folder / f"{name}_orderings.json").write_text(json.dumps(groups))


def template(folder: Path, code: str) -> None:
    """The functions of another code."""
    from navac.expansion.foreign.template import main

    for name in CRYSTALS:
        target = {"smol": f"{name}_smol.json", "icet": f"{name}.ce", "casm": f"{name}_casm"}[code]
        tolerance = str(TOLERANCES.get(name, 1e-5))
        main([code, str(folder / f"{name}.json"), str(folder / target), tolerance])
        if code == "icet":
            from navac.expansion.foreign.icet import main as dump

            dump([str(folder / target), str(folder / f"{name}_icet.json")])


def export(folder: Path) -> None:
    """The coefficients of the other codes."""
    from navac.expansion.foreign.export import main

    for name in CRYSTALS:
        for code in CODES:
            made = folder / (f"{name}_casm/basis.json" if code == "casm" else f"{name}_{code}.json")
            if made.exists():
                main([str(folder / f"{name}.json"), str(made),
                      str(folder / f"{name}_{code}_exported.json")])  # fmt: skip


def evaluate(folder: Path, code: str) -> None:
    """Energies by the other code, eV per primitive cell."""
    asked = {"smol": by_smol, "icet": by_icet, "casm": by_casm}[code]
    found = {}
    for name in CRYSTALS:
        groups = json.loads((folder / f"{name}_orderings.json").read_text())
        sites = json.loads((folder / f"{name}.json").read_text())["prim"]
        energy = asked(folder, name)
        found[name] = [
            [energy(structure(sites, group["hnf"], codes)) for codes in group["occupations"]]
            for group in groups
        ]
    (folder / f"energies_{code}.json").write_text(json.dumps(found))


def structure(prim: dict, hnf: list, codes: list) -> tuple:
    """Supercell, lattice vectors, species and Cartesian positions, vacancies as ``Va``."""
    from navac.crystal.supercell import Supercell

    box, lattice = Supercell(tuple(map(tuple, hnf))), np.array(prim["lattice_A"])
    rows = iter(np.reshape(codes, (-1, box.size)))
    names, positions = [], []
    for site in prim["sites"]:
        row = next(rows) if len(site["species"]) > 1 else np.zeros(box.size, int)
        names += [site["species"][k] for k in row]
        positions += list((np.array(site["frac"]) + box.cells) @ lattice)
    return np.array(hnf), np.array(hnf) @ lattice, names, np.array(positions)


def by_smol(folder: Path, name: str):
    """smol's ``ClusterExpansion`` of the exported file."""
    from pymatgen.core import Structure
    from smol.cofe import ClusterExpansion

    expansion = ClusterExpansion.from_dict(
        json.loads((folder / f"{name}_smol_exported.json").read_text())
    )

    def energy(made: tuple) -> float:
        hnf, cell, names, positions = made
        held = [k for k, one in enumerate(names) if one != "Va"]
        some = Structure(cell, [names[k] for k in held], positions[held],
                         coords_are_cartesian=True)  # fmt: skip
        return float(expansion.predict(some, normalized=True, scmatrix=hnf))

    return energy


def by_icet(folder: Path, name: str):
    """icet's ``ClusterExpansion`` in a ``.ce`` file of the exported parameters."""
    from ase import Atoms
    from icet import ClusterExpansion

    from navac.expansion.foreign.template import main

    target = str(folder / f"{name}_exported.ce")
    main(["filled", str(folder / f"{name}.ce"), str(folder / f"{name}_icet_exported.json"), target])
    expansion = ClusterExpansion.read(target)
    cells = len(expansion.primitive_structure)

    def energy(made: tuple) -> float:
        _, cell, names, positions = made
        atoms = Atoms(["X" if one == "Va" else one for one in names], cell=cell, pbc=True,
                      positions=positions)  # fmt: skip
        return cells * float(expansion.predict(atoms))

    return energy


def by_casm(folder: Path, name: str):
    """CASM's clexulator with the exported coefficients."""
    import os

    import libcasm.casmglobal
    import libcasm.configuration as configuration
    from libcasm.clexulator import (
        Correlations,
        PrimNeighborList,
        SuperNeighborList,
        make_clexulator,
    )

    os.environ["CASM_CXXFLAGS"] = "-O0 -fPIC --std=c++17"
    os.environ["CASM_PREFIX"] = str(Path(libcasm.casmglobal.__file__).parents[1])
    os.environ["CASM_SOFLAGS"] = "-shared -Wl,--no-as-needed"
    data = json.loads((folder / f"{name}_casm_exported.json").read_text())
    prim = configuration.Prim.from_dict(json.loads((folder / f"{name}_casm/prim.json").read_text()))
    neighbours = PrimNeighborList()
    clexulator = make_clexulator(
        source=str(next((folder / f"{name}_casm").glob("*.cc"))), prim_neighbor_list=neighbours
    )
    eci = np.zeros(clexulator.n_functions())
    for orbit in data["orbits"]:
        for function in orbit["cluster_functions"]:
            eci[function["linear_function_index"]] = function["eci"]

    def energy(made: tuple) -> float:
        hnf, cell, names, positions = made
        supercell = configuration.Supercell(prim, hnf.T)
        around = SuperNeighborList(supercell.transformation_matrix_to_super, neighbours)
        state = configuration.Configuration(supercell)
        convert = supercell.site_index_converter
        dof = prim.xtal_prim.occ_dof()
        for i in range(convert.total_sites()):
            site = convert.integral_site_coordinate(i)
            apart = (positions - site.coordinate_cart(prim.xtal_prim)) @ np.linalg.inv(cell)
            k = int(np.abs(apart - np.rint(apart)).sum(axis=1).argmin())
            state.set_occ(i, dof[site.sublattice()].index(names[k]))
        correlations = Correlations(around, clexulator, state.dof_values)
        return float(correlations.per_unitcell(correlations.per_supercell()) @ eci)

    return energy


def compare(folder: Path) -> None:
    """Differences, printed and recorded."""
    record = {}
    for code in CODES:
        if not (folder / f"energies_{code}.json").exists():
            continue
        theirs = json.loads((folder / f"energies_{code}.json").read_text())
        for name in CRYSTALS:
            own = json.loads((folder / f"{name}_orderings.json").read_text())
            own = np.concatenate([group["navac"] for group in own])
            found = np.concatenate(theirs[name])
            off = float(np.abs(found - own).max())
            print(f"{code} {name}: {len(own)} orderings, spread {own.std():.3f} eV, largest "
                  f"difference {off:.1e} eV per cell")  # fmt: skip
            record[f"{code} {name}"] = {"navac": own.tolist(), code: found.tolist()}
    (HERE / "exports.json").write_text(json.dumps(record, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    what, where, *more = sys.argv[1:]
    {"expansions": expansions, "template": template, "export": export, "evaluate": evaluate,
     "compare": compare}[what](Path(where), *more)  # fmt: skip

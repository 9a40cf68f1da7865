"""Forty relaxed structures of LixCoO2 with invented energies, written in every kind of file."""

import importlib
import json
import sys
import tarfile
from dataclasses import dataclass, replace
from pathlib import Path

import ase.db
import ase.io
import numpy as np
from ase import Atoms
from ase.calculators.singlepoint import SinglePointCalculator
from pymatgen.core import Lattice, Structure
from pymatgen.entries.computed_entries import ComputedStructureEntry

from navac.crystal.prim import Prim
from navac.crystal.symmetry import SpaceGroup, find_space_group
from navac.expansion.clusters import enumerate_orbits
from navac.expansion.expansion import Expansion
from navac.orderings.enumeration import enumerate_orderings
from navac.orderings.structures import decorate

STANDIN = Path(__file__).parents[1] / "vasp_standin"
CHARGES = {"Li": 1, "Co": 3, "O": -2}
COMPOSITIONS = {
    4: [0, 0.25, 0.5, 0.75, 1],
    5: [0, 0.2, 0.25, 1 / 3, 0.4, 0.5, 0.6, 2 / 3, 0.75, 0.8, 1],
}
SETTINGS = {"functional": "PE", "ENCUT": "520", "U": 3.3}


def lithium_cobaltate() -> tuple[Prim, SpaceGroup]:
    """Rhombohedral LixCoO2: one lithium site that may be empty."""
    a, c, z = 2.8161, 14.0536, 0.23951
    lattice = Lattice.rhombohedral(np.sqrt(a**2 / 3 + c**2 / 9), 2 * np.degrees(
        np.arcsin(3 / (2 * np.sqrt(3 + (c / a) ** 2)))))  # fmt: skip
    prim = Prim(
        lattice=lattice.matrix,
        frac=np.array([[0.5] * 3, [0] * 3, [z] * 3, [1 - z] * 3]),
        species=(("Li", "Va"), ("Co",), ("O",), ("O",)),
        labels=("Li", "Co", "O", "O"),
        formula_units=1,
    )
    return prim, find_space_group(prim, 1e-3)


@dataclass(frozen=True)
class Made:
    """A structure with the total energy of its cell, and what it was made from."""

    structure: Structure
    energy_eV: float
    ordering: object
    settings: dict


def forty(prim: Prim, group: SpaceGroup, seed: int = 0, max_cells: int = 5) -> list[Made]:
    """Distinct orderings of up to ``max_cells``, both ends among them, relaxed and turned about."""
    random = np.random.default_rng(seed)
    orderings = enumerate_orderings(
        prim, group, max_cells=max_cells, compositions=COMPOSITIONS[max_cells], species="Li",
        charges=CHARGES, max_per_composition=None,
    )  # fmt: skip
    ends = [o for o in orderings if o.x in (0, 1)]
    others = [o for o in orderings if o.x not in (0, 1)]
    some = ends + [others[i] for i in random.permutation(len(others))[: 40 - len(ends)]]
    energies = hidden_energies(prim, group, some)
    return [
        Made(turned(decorate(prim, o.supercell, o.occupation), random),
             round(o.cells * float(e), 8), o, dict(SETTINGS))
        for o, e in zip(some, energies, strict=True)
    ]  # fmt: skip


def hidden_energies(prim, group, orderings) -> np.ndarray:
    """Repulsion between neighbours in and between the planes, eV per primitive cell."""
    orbits = enumerate_orbits(prim, group, {2: 5.1})
    eci = np.array([0.3, *(0.02 / k for k in range(1, len(orbits)))])
    return Expansion(orbits, eci, constant=-22.5).energies_of(orderings)


def turned(structure, random, strain=0.02, moved_A=0.04, lattice_shift=True) -> Structure:
    """The same ordering rotated, strained, relaxed a little, in other vectors and another order."""
    lattice, frac = structure.lattice.matrix, structure.frac_coords
    basis = np.eye(3, dtype=int)
    for _ in range(4):
        i, j = random.choice(3, 2, replace=False)
        basis[i] += random.choice([-1, 1]) * basis[j]
    tensor = random.standard_normal((3, 3))
    tensor = tensor + tensor.T
    tensor *= strain / np.abs(np.linalg.eigvalsh(tensor)).max()
    rotation, _ = np.linalg.qr(random.standard_normal((3, 3)))
    rotation *= np.sign(np.linalg.det(rotation))
    new = basis @ lattice @ (np.eye(3) + tensor) @ rotation
    if np.linalg.det(new) < 0:  # VASP wants a right-handed cell
        basis[0] *= -1
        new[0] *= -1
    moves = random.standard_normal(frac.shape)
    moves *= moved_A / np.linalg.norm(moves, axis=1, keepdims=True)
    frac = frac @ np.linalg.inv(basis) + moves @ np.linalg.inv(new)
    frac += random.integers(-2, 3, frac.shape) if lattice_shift else 0
    frac += random.random(3)
    order = random.permutation(len(frac))
    return Structure(new, [structure[int(i)].specie for i in order], frac[order])


def write_xyz(folder: Path, made: list[Made]) -> str:
    images = [_atoms(m) for m in made]
    ase.io.write(folder / "relaxed.xyz", images, format="extxyz")
    return str(folder / "relaxed.xyz")


def _atoms(made: Made, **info) -> Atoms:
    s = made.structure
    atoms = Atoms(
        [x.specie.symbol for x in s],
        cell=s.lattice.matrix,
        pbc=True,
        scaled_positions=s.frac_coords,
        info={
            "functional": made.settings["functional"],
            "encut": made.settings["ENCUT"],
            "U_Co": made.settings["U"],
            **info,
        },
    )
    atoms.calc = SinglePointCalculator(atoms, energy=made.energy_eV)
    return atoms


def write_database(folder: Path, made: list[Made]) -> str:
    with ase.db.connect(folder / "relaxed.db") as database:
        for m in made:
            atoms = _atoms(m)
            database.write(atoms, functional=m.settings["functional"],
                           encut=float(m.settings["ENCUT"]), U_Co=m.settings["U"])  # fmt: skip
    return str(folder / "relaxed.db")


def write_entries(folder: Path, made: list[Made]) -> str:
    entries = [
        ComputedStructureEntry(
            m.structure, m.energy_eV, entry_id=f"mine-{k}",
            parameters={"run_type": m.settings["functional"], "hubbards": {"Co": m.settings["U"]},
                        "potcar_symbols": ["PBE Co", "PBE O"]},
        ).as_dict()
        for k, m in enumerate(made)
    ]  # fmt: skip
    (folder / "entries.json").write_text(json.dumps(entries, default=float))
    return str(folder / "entries.json")


def write_casm(folder: Path, made: list[Made]) -> str:
    """A project: version 0 in one half, structures of libcasm in the other, some beside."""
    for k, m in enumerate(made):
        s = m.structure
        at = folder / f"casm/training_data/SCEL{k}/0/calctype.default"
        at.mkdir(parents=True)
        told = {"functional": m.settings["functional"], "U_Co": m.settings["U"]}
        ordered = s.get_sorted_structure()
        if k % 3 == 0:
            data = {
                "relaxed_lattice": s.lattice.matrix.tolist(), "coord_mode": "direct",
                "relaxed_basis": ordered.frac_coords.tolist(),
                "atom_type": [e.symbol for e in _blocks(ordered)],
                "atoms_per_type": list(_blocks(ordered).values()), "relaxed_energy": m.energy_eV,
            }  # fmt: skip
        elif k % 3 == 1:
            data = _libcasm(s) | {"global_properties": {"energy": {"value": [m.energy_eV]}}}
        else:
            data = {"energy": m.energy_eV}
            (at.parent / "structure.json").write_text(json.dumps(_libcasm(s)))
        (at / "properties.calc.json").write_text(json.dumps(data | told))
    return str(folder / "casm")


def _blocks(structure):
    blocks: dict = {}
    for site in structure:
        blocks[site.specie] = blocks.get(site.specie, 0) + 1
    return blocks


def _libcasm(s: Structure) -> dict:
    return {
        "lattice_vectors": s.lattice.matrix.tolist(), "coordinate_mode": "Fractional",
        "atom_type": [x.specie.symbol for x in s], "atom_coords": s.frac_coords.tolist(),
    }  # fmt: skip


def write_container(folder: Path, made: list[Made]) -> str:
    """As icet writes it: energies per atom in a database inside a tar file."""
    inner = folder / "database.db"
    with ase.db.connect(inner, type="db") as database:
        for k, m in enumerate(made):
            atoms = _atoms(m)
            atoms.calc = None
            database.write(atoms, data={
                "user_tag": f"tag {k}", "cluster_vector": np.array([1.0, 0.5]),
                "properties": {"energy": m.energy_eV / len(atoms)},
            }, functional=m.settings["functional"], U_Co=m.settings["U"])  # fmt: skip
    (folder / "space").write_text("the cluster space is not read")
    with tarfile.open(folder / "structures.sc", "w") as tar:
        tar.add(inner, arcname="database")
        tar.add(folder / "space", arcname="cluster_space")
    return str(folder / "structures.sc")


def write_csv(folder: Path, made: list[Made]) -> str:
    lines = ["structure,energy_eV,functional,U_Co"]
    (folder / "structures").mkdir()
    for k, m in enumerate(made):
        name = f"structures/{k:02d}." + ("vasp" if k % 2 else "cif")
        if k % 2:
            m.structure.get_sorted_structure().to(filename=str(folder / name), fmt="poscar")
        else:
            m.structure.to(filename=str(folder / name), fmt="cif")
        lines.append(f"{name},{m.energy_eV!r},{m.settings['functional']},{m.settings['U']}")
    (folder / "energies.csv").write_text("\n".join(lines) + "\n")
    return str(folder / "energies.csv")


def write_vasp(folder: Path, made: list[Made]) -> str:
    """A tree of vasprun.xml, in the words of the stand-in."""
    sys.path.insert(0, str(STANDIN))
    try:
        inputs, text = importlib.import_module("inputs"), importlib.import_module("xml_text")
    finally:
        sys.path.remove(str(STANDIN))
    for k, m in enumerate(made):
        at = folder / f"vasp/run{k:02d}"
        at.mkdir(parents=True)
        (at / "vasprun.xml").write_text(_vasprun(inputs, text, m))
    return str(folder / "vasp")


def _vasprun(inputs, text, made: Made) -> str:
    s = made.structure.get_sorted_structure()
    blocks = _blocks(s)
    elements, counts = tuple(e.symbol for e in blocks), tuple(blocks.values())
    us = " ".join(str(made.settings["U"]) if e == "Co" else "0" for e in elements)
    given = {"ENCUT": made.settings["ENCUT"], "GGA": made.settings["functional"], "LDAU": "T",
             "LDAUL": " ".join("2" if e == "Co" else "-1" for e in elements), "LDAUU": us,
             "LDAUJ": " ".join("0" for _ in elements), "LDAUTYPE": "2", "NELM": "60"}  # fmt: skip
    asked = inputs.Inputs(
        tags=inputs.DEFAULTS | given, given=given, lattice=s.lattice.matrix, frac=s.frac_coords,
        elements=elements, counts=counts, potentials=tuple(f"PAW_PBE {e} 01Jan2000"
                                                           for e in elements),
        divisions=(1, 1, 1), valence=(1.0,) * len(elements),
    )  # fmt: skip
    energies = (made.energy_eV + 1, made.energy_eV)
    zero = np.zeros((len(s), 3))
    step = text.Step(s.lattice.matrix, s.frac_coords, zero, np.zeros((3, 3)), energies)
    return "".join([
        *text.xml_head(asked, "6.4.2", np.zeros((1, 3)), np.ones(1), 4),
        *text.xml_calculation(step), " </calculation>\n",
        *text.xml_structure("finalpos", step.lattice, step.frac), "</modeling>\n",
    ])  # fmt: skip


KINDS = {
    "vasp": write_vasp, "xyz": write_xyz, "ase": write_database, "entries": write_entries,
    "casm": write_casm, "icet": write_container, "csv": write_csv,
}  # fmt: skip


def of_other_u(made: Made) -> Made:
    return replace(made, settings=made.settings | {"U": 5.0})

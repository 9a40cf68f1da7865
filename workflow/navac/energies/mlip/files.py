"""Structures as ASE and pymatgen have them, and the file that keeps a relaxed one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from ase import Atoms
from ase.io.jsonio import decode, encode
from pymatgen.core import Structure

from navac.energies.mlip.relax import RelaxationError, Relaxed
from navac.files import replacing

RESULT = "relaxed.json"


def write_relaxed(path: Path, found: Relaxed) -> None:
    """Keep the result of a relaxation; numbers are kept to the bit."""
    atoms = found.atoms
    kept = {
        "symbols": atoms.get_chemical_symbols(), "positions": atoms.get_positions(),
        "cell": np.array(atoms.cell), "energy_eV": found.energy_eV,
        "max_force_eV_per_A": found.max_force_eV_per_A, "max_stress_GPa": found.max_stress_GPa,
        "moments_muB": found.moments_muB, "steps": found.steps,
    }  # fmt: skip
    with replacing(path) as part:
        part.write_text(encode(kept))


def read_relaxed(path: Path) -> Relaxed:
    """Inverse of :func:`write_relaxed`.

    Raises:
        RelaxationError: the file is missing or damaged.
    """
    try:
        kept = decode(path.read_text())
        atoms = Atoms(kept.pop("symbols"), kept.pop("positions"), cell=kept.pop("cell"), pbc=True)
        return Relaxed(atoms=atoms, **kept)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RelaxationError(
            f"{path}: is not the result of a relaxation ({error}); remove it with its state, the "
            ".json beside its folder, and run again"
        ) from error


def structure_of(atoms: Atoms) -> Structure:
    """A structure of pymatgen, with wrapped coordinates."""
    return Structure(
        np.array(atoms.cell), atoms.get_chemical_symbols(), atoms.get_positions(),
        coords_are_cartesian=True, to_unit_cell=True,
    )  # fmt: skip


def atoms_of(structure: Structure) -> Atoms:
    """An ordered structure of pymatgen as ASE has it, atom by atom."""
    symbols = [site.specie.symbol for site in structure]
    cell = structure.lattice.matrix
    return Atoms(symbols, positions=structure.cart_coords, cell=cell, pbc=True)

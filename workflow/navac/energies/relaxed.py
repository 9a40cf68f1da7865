"""What a relaxed structure tells: lattice, space group, strain, displacements from the sites."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from pymatgen.core import Structure
from pymatgen.io.vasp.inputs import Poscar
from pymatgen.symmetry.analyzer import SpacegroupAnalyzer

from navac.crystal.prim import Prim
from navac.crystal.symmetry import raising_errors
from navac.orderings.mapping import MappingError, check_relaxed
from navac.orderings.ordering import Ordering
from navac.orderings.structures import in_ordering_vectors


def mapped(prim: Prim, ordering: Ordering, structure: Structure, folder: Path) -> dict[str, Any]:
    """Columns of a relaxed structure that is still its ordering; status ``moved`` if it is not.

    The structure is written to ``folder``, in the lattice vectors of the ordering.
    """
    here = in_ordering_vectors(prim, ordering, structure)
    try:
        mapping = check_relaxed(prim, ordering, here)
    except MappingError as error:
        return {"status": "moved", "reason": str(error)}
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{ordering.id}.vasp"
    Poscar(here.get_sorted_structure(), comment=ordering.id).write_file(path)
    return {
        "structure": path.as_posix(),
        "strain": words(mapping.strain, 5),
        "max_displacement_A": mapping.displacements.max(),
        "rms_displacement_A": float(np.sqrt((mapping.displacements**2).mean())),
    }


@raising_errors()
def space_group(structure: Structure, tolerance_A: float) -> str:
    """International symbol of a structure without its magnetic moments."""
    return SpacegroupAnalyzer(structure, symprec=tolerance_A).get_space_group_symbol()


def lattice_columns(structure: Structure) -> dict[str, float]:
    """Lengths in Å and angles in degrees of the cell, by column."""
    lattice = structure.lattice
    names = ("a_A", "b_A", "c_A", "alpha_deg", "beta_deg", "gamma_deg")
    return dict(zip(names, (*lattice.abc, *lattice.angles), strict=True))


def words(values: Iterable[float], digits: int) -> str:
    """Numbers in one field, separated by spaces."""
    return " ".join(f"{v:.{digits}f}" for v in values)


def optional(value: float | None, per: float = 1.0) -> float | str:
    """A number as a field; empty where there is none."""
    return "" if value is None else value / per

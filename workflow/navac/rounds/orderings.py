"""Orderings that a round asks for, in the form that an enumeration gives its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from navac.crystal.prim import Prim
from navac.crystal.sites import VACANCY
from navac.crystal.symmetry import SpaceGroup
from navac.files import replacing
from navac.orderings.ewald import build_ewald
from navac.orderings.ordering import Ordering
from navac.orderings.structures import calculation_cell
from navac.orderings.symmetry import pack, supercell_symmetry
from navac.rounds.pool import Pool


def ordering_of(
    pool: Pool, row: int, prim: Prim, group: SpaceGroup, charges: Mapping[str, float], name: str
) -> Ordering:
    """A row of a pool as an ordering with an id that no enumeration gives."""
    supercell, occupation = pool.supercells[row], pool.occupations[row]
    symmetry = supercell_symmetry(prim, group, supercell)
    fixed, _ = symmetry.stabiliser(pack(occupation[None]))
    # Structures from elsewhere need no charges; without them there is no electrostatic energy.
    known = {s for site in prim.species for s in site} - {VACANCY} <= set(charges)
    ewald = build_ewald(prim, supercell, charges).energies(occupation[None])[0] if known else np.nan
    return Ordering(
        id=f"{name}-c{supercell.size}-x{pool.x[row]:.3f}",
        hnf=tuple(int(n) for n in np.ravel(supercell.hnf)),
        x=float(pool.x[row]),
        occupation=occupation,
        degeneracy=len(symmetry.permutations) // int(fixed[0]),
        ewald_eV_per_cell=round(float(ewald), 8),
    )


def write_structures(folder: Path, orderings: list[Ordering], prim: Prim) -> None:
    """A POSCAR per ordering, ``<id>.vasp``; those that are not wanted any more are removed.

    The folder is navac's own: it holds nothing else.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for left in set(folder.glob("*.vasp")) - {folder / f"{o.id}.vasp" for o in orderings}:
        left.unlink()
    for one in orderings:
        with replacing(folder / f"{one.id}.vasp") as part:
            structure = calculation_cell(prim, one)
            part.write_text(structure.to(fmt="poscar", comment=f"{one.id}"), encoding="utf-8")

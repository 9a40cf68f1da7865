"""The rows of the energies table of the model: every ordering, and what it relaxed into."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from pymatgen.core import Structure

from navac.crystal.prim import Prim
from navac.energies.mlip.calculators import Model
from navac.energies.mlip.files import RESULT, read_relaxed, structure_of
from navac.energies.mlip.relax import RelaxationError, Relaxed
from navac.energies.relaxed import lattice_columns, mapped, optional, space_group, words
from navac.energies.store import State, Store
from navac.orderings.mapping import principal_strain
from navac.orderings.ordering import Ordering
from navac.orderings.structures import calculation_cell

COLUMNS = (
    "id", "range", "x", "energy_eV_per_cell", "provenance", "structure", "status", "reason",
    "total_energy_eV_per_cell", "volume_A3_per_fu", "a_A", "b_A", "c_A", "alpha_deg", "beta_deg",
    "gamma_deg", "space_group", "total_moment_muB_per_fu", "moments_muB", "strain",
    "max_displacement_A", "rms_displacement_A", "max_force_eV_per_A", "max_stress_GPa", "steps",
    "level_of_theory",
)  # fmt: skip
"""``moments_muB`` is of the atoms with :data:`MOMENT` or more, each with its element; ``strain``
holds the principal elongations."""

MOMENT = 0.5
"""Moments below this are left out of the table, μB; all are in ``relaxed.json``."""


@dataclass(frozen=True)
class Reader:
    """Reads finished relaxations into rows.

    Attributes:
        prim: the crystal.
        model: that they were made with.
        max_strain: largest elongation or shortening of a cell that still is the crystal.
        tolerance_A: of space groups.
        structures: folder that relaxed structures are written to.
    """

    prim: Prim
    model: Model
    max_strain: float
    tolerance_A: float
    structures: Path
    columns: ClassVar = COLUMNS

    def row(self, ordering: Ordering, store: Store) -> dict[str, Any]:
        """The row of one ordering."""
        state = store.read(ordering.id) or State("missing", "", "was not relaxed")
        row: dict[str, Any] = dict.fromkeys(COLUMNS, "") | {
            "id": ordering.id, "x": ordering.x, "status": state.status, "reason": state.reason,
            "provenance": self.model.title, "level_of_theory": self.model.level,
        }  # fmt: skip
        if state.status != "done":
            return row
        try:
            found = read_relaxed(store.directory(ordering.id) / RESULT)
        except RelaxationError as error:
            return row | {"status": "unreadable", "reason": str(error)}
        return row | self._found(ordering, found)

    def _found(self, ordering: Ordering, found: Relaxed) -> dict[str, Any]:
        """What a relaxation gives, and whether it still is this ordering."""
        structure = structure_of(found.atoms)
        units = ordering.cells * self.prim.formula_units
        moments = found.moments_muB
        return {
            "total_energy_eV_per_cell": found.energy_eV / ordering.cells,
            "volume_A3_per_fu": structure.volume / units,
            "max_force_eV_per_A": found.max_force_eV_per_A,
            "max_stress_GPa": optional(found.max_stress_GPa), "steps": found.steps,
            "space_group": space_group(structure, self.tolerance_A),
            "total_moment_muB_per_fu": "" if moments is None else float(moments.sum()) / units,
            "moments_muB": " ".join(_moments(found)),
            **lattice_columns(structure),
            **self._mapped(ordering, structure),
        }  # fmt: skip

    def _mapped(self, ordering: Ordering, structure: Structure) -> dict[str, Any]:
        """Strain and displacements; status ``moved`` where it became something else."""
        # A relaxation keeps the vectors that it began with, however far it goes.
        start = calculation_cell(self.prim, ordering).lattice.matrix
        strain = principal_strain(start, structure.lattice.matrix)
        if abs(most := float(strain[np.abs(strain).argmax()])) > self.max_strain:
            limit = f"max_strain {self.max_strain:.0%}"
            reason = f"the cell is strained by {most:+.1%}, more than {limit}"
            return {"strain": words(strain, 5), "status": "moved", "reason": reason}
        return mapped(self.prim, ordering, structure, self.structures)


def _moments(found: Relaxed) -> Iterator[str]:
    """Large moments with their elements, as in ``V=1.94``."""
    if found.moments_muB is None:
        return
    for symbol, moment in zip(found.atoms.get_chemical_symbols(), found.moments_muB, strict=True):
        if abs(moment) >= MOMENT:
            yield f"{symbol}={words([moment], 2)}"

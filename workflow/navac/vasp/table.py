"""Rows of the energies table by VASP: every ordering's run, and what was found in it.

A run that cannot be used has a row too, without an energy and with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from pymatgen.core import Composition, Structure

from navac.crystal.prim import Prim
from navac.energies.relaxed import lattice_columns, mapped, optional, space_group, words
from navac.energies.store import State, Store
from navac.orderings.ordering import Ordering
from navac.orderings.structures import calculation_cell, holds_atoms
from navac.vasp.analysis import needed_charge, oxidation_states, shells
from navac.vasp.files import CalculationError
from navac.vasp.inputs import kpoint_divisions
from navac.vasp.output import Calculation, read_calculation
from navac.vasp.settings import VaspSettings

COLUMNS = (
    "id", "range", "x", "energy_eV_per_cell", "provenance", "structure", "status", "reason",
    "total_energy_eV_per_cell", "volume_A3_per_fu", "a_A", "b_A", "c_A", "alpha_deg", "beta_deg",
    "gamma_deg", "space_group", "band_gap_eV", "total_moment_muB_per_fu", "moments_muB",
    "oxidation_states", "oxidation_mean", "oxidation_needed", "bond_mean_A", "bond_min_A",
    "bond_max_A", "strain", "max_displacement_A", "rms_displacement_A", "max_force_eV_per_A",
    "max_stress_GPa", "functional", "vasp_version", "corrections",
)  # fmt: skip
"""``moments_muB`` and ``oxidation_states`` refer to the ions whose oxidation states the settings
tell apart, ``bond_*`` to all bonds that they name, ``strain`` holds the principal elongations."""


@dataclass(frozen=True)
class Reader:
    """Reads finished runs into rows.

    Attributes:
        prim: the crystal.
        settings: what the runs must have been made with.
        charges: oxidation state of every species.
        tolerance_A: of space groups.
        structures: folder that relaxed structures are written to.
    """

    prim: Prim
    settings: VaspSettings
    charges: Mapping[str, float]
    tolerance_A: float
    structures: Path
    columns: ClassVar = COLUMNS

    def row(self, ordering: Ordering, store: Store) -> dict[str, Any]:
        """The row of one ordering; one without atoms has the energy zero and no run."""
        if not holds_atoms(self.prim, ordering.occupation):
            return dict.fromkeys(COLUMNS, "") | {
                "id": ordering.id, "x": ordering.x, "status": "done", "reason": "no atoms",
                "provenance": "vacancies alone: zero", "total_energy_eV_per_cell": 0.0,
            }  # fmt: skip
        state = store.read(ordering.id) or State("missing", "", "was not run")
        row: dict[str, Any] = dict.fromkeys(COLUMNS, "") | {
            "id": ordering.id, "x": ordering.x, "status": state.status, "reason": state.reason,
            "provenance": f"VASP {store.directory(ordering.id).as_posix()}",
            "corrections": "; ".join(state.corrections),
        }  # fmt: skip
        if state.status != "done":
            return row
        try:
            found = read_calculation(store.directory(ordering.id))
        except CalculationError as error:
            return row | {"status": error.kind, "reason": str(error)}
        return row | self._found(ordering, found)

    def _found(self, ordering: Ordering, found: Calculation) -> dict[str, Any]:
        """What a calculation gives, and whether it belongs to this ordering."""
        units = ordering.cells * self.prim.formula_units
        cell, structure = ordering.cells, found.structure
        row: dict[str, Any] = {
            "total_energy_eV_per_cell": found.energy_eV / cell,
            "volume_A3_per_fu": structure.volume / units,
            "band_gap_eV": optional(found.band_gap_eV),
            "total_moment_muB_per_fu": optional(found.total_moment, units),
            "max_force_eV_per_A": found.max_force_eV_A,
            "max_stress_GPa": optional(found.max_stress_GPa),
            "functional": found.functional, "vasp_version": found.version,
            "space_group": space_group(structure, self.tolerance_A),
            **lattice_columns(structure), **self._ions(found),
        }  # fmt: skip
        if problem := composition_problem(self.prim, ordering, structure):
            return row | {"status": "foreign", "reason": problem}
        if problems := settings_problems(found, self.settings, cell):
            return row | {"status": "other settings", "reason": "; ".join(problems)}
        if (found.max_stress_GPa or 0) > self.settings.max_stress_GPa:
            return row | {"status": "unconverged", "reason": f"a stress of "
                          f"{found.max_stress_GPa:.2f} GPa is left, more than max_stress_GPa "
                          f"{self.settings.max_stress_GPa:g}"}  # fmt: skip
        return row | mapped(self.prim, ordering, structure, self.structures)

    def _ions(self, found: Calculation) -> dict[str, Any]:
        """Moments, oxidation states and bonds."""
        structure, moments = found.structure, found.moments
        row: dict[str, Any] = {}
        lengths = [shell.lengths_A for shell in shells(structure, self.settings)]
        if bonds := np.concatenate([*lengths, np.empty(0)]).tolist():
            row |= {"bond_mean_A": float(np.mean(bonds)), "bond_min_A": min(bonds),
                    "bond_max_A": max(bonds)}  # fmt: skip
        states = oxidation_states(structure, moments, self.settings)
        if moments is not None and states:
            elements = {structure[i].specie.symbol for i in states}
            row |= {
                "moments_muB": words((moments[i] for i in states), 3),
                "oxidation_states": " ".join(f"{s:g}" for s in states.values()),
                "oxidation_mean": float(np.mean(list(states.values()))),
            }
            others = set(structure.composition.get_el_amt_dict()) - elements
            if others <= set(self.charges):
                row["oxidation_needed"] = needed_charge(structure, self.charges, elements)
        return row


def composition_problem(prim: Prim, ordering: Ordering, structure: Structure) -> str:
    """Why a structure cannot be an ordering: it has other atoms; empty if it can."""
    wanted = calculation_cell(prim, ordering).composition
    if structure.composition == Composition(wanted):
        return ""
    return f"its composition is {structure.composition.formula}, the ordering's {wanted.formula}"


def settings_problems(found: Calculation, settings: VaspSettings, n_cells: int) -> list[str]:
    """Settings that make the energy of a calculation incomparable to the campaign's."""
    tags, wanted = found.tags, settings.incar
    pairs = [
        ("METAGGA", _functional(tags.get("METAGGA")), _functional(wanted.get("METAGGA"))),
        ("ENCUT", float(tags.get("ENMAX", tags.get("ENCUT", 0))), float(wanted.get("ENCUT", 0))),
        ("ISPIN", int(tags.get("ISPIN", 1)), int(wanted.get("ISPIN", 1))),
    ]
    if "GGA" in wanted:
        pairs.append(("GGA", _functional(tags.get("GGA")) or "PE", _functional(wanted["GGA"])))
    elements = [e.symbol for e in found.structure.composition]
    for element in elements:
        hubbard = settings.hubbard(element, elements)
        effective = 0.0 if hubbard is None else hubbard.U_eV - hubbard.J_eV
        pairs.append((f"U of {element}", float(found.hubbard_eV.get(element, 0)), effective))
    potentials = {settings.titel(e) for e in elements}
    pairs.append(("potentials", ", ".join(sorted(found.titels)), ", ".join(sorted(potentials))))
    # A mesh that follows from the lattice is another one after the relaxation.
    if found.kpoints is not None and n_cells in settings.kpoint_divisions:
        mesh = kpoint_divisions(found.structure.lattice.matrix, n_cells, settings)
        pairs.append(("k-points", sorted(found.kpoints), sorted(mesh)))
    problems = [f"{name} is {is_}, wanted {want}" for name, is_, want in pairs if is_ != want]
    if int(tags.get("ICHARG", 0) or 0) >= 10:
        problems.append("ICHARG is 10 or more: its energy is not self-consistent")
    return problems


def _functional(value: Any) -> str:
    """A functional's name, empty where VASP writes ``--`` for none."""
    name = str(value or "").strip().upper()
    return "" if name in ("--", "NONE", "F", "FALSE") else name

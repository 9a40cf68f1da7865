"""Ground states as in the paper's Tables S2 to S4 and Figure S1: cells, bonds, moments, DOS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pymatgen.electronic_structure.dos import CompleteDos
from pymatgen.symmetry.analyzer import SpacegroupAnalyzer

from navac.crystal.symmetry import raising_errors
from navac.energies.table import energies_in
from navac.hull import lower_hull
from navac.results import schema
from navac.results.write import new_file, write_record
from navac.vasp.analysis import Shell, oxidation_states, shells
from navac.vasp.output import Calculation
from navac.vasp.settings import VaspSettings


def hull_orderings(
    table: pd.DataFrame, ranges: Mapping[str, tuple[float, float]], formula_units: int
) -> list[str]:
    """Names of the orderings on the hull of their range, by rising x."""
    found: dict[str, float] = {}
    for name, bounds in ranges.items():
        rows = energies_in(table, name, bounds).reset_index(drop=True)
        hull = lower_hull(rows.x, rows.energy_eV_per_cell, formula_units)
        found |= {rows.id[i]: float(rows.x[i]) for i in hull.index}
    return sorted(found, key=lambda ordering: (found[ordering], ordering))


@raising_errors()
def cell_row(found: Calculation, units: int, tolerance_A: float) -> dict[str, Any]:
    """Table S2: the conventional cell, Å and degrees, and volume per formula unit."""
    analyser = SpacegroupAnalyzer(found.structure, symprec=tolerance_A)
    lattice = analyser.get_conventional_standard_structure().lattice
    names = ("a_A", "b_A", "c_A", "alpha_deg", "beta_deg", "gamma_deg")
    return dict(zip(names, (*lattice.abc, *lattice.angles), strict=True)) | {
        "volume_A3_per_fu": found.structure.volume / units,
        "space_group": analyser.get_space_group_symbol(),
        "band_gap_eV": found.band_gap_eV,
    }


def ion_rows(found: Calculation, settings: VaspSettings) -> list[dict[str, Any]]:
    """Tables S3 and S4: bonds and moments of each oxidation state of each element.

    Without moments there are no oxidation states, and no rows.
    """
    ions = found.moments
    if ions is None:
        return []
    states = oxidation_states(found.structure, ions, settings)
    groups: dict[tuple[str, float], list[Shell]] = {}
    for shell in shells(found.structure, settings):
        if shell.site in states and len(shell.lengths_A):
            groups.setdefault((shell.element, states[shell.site]), []).append(shell)
    rows = []
    for (element, state), members in sorted(groups.items()):
        lengths = np.concatenate([m.lengths_A for m in members])
        moments = np.abs([ions[m.site] for m in members])
        rows.append({
            "element": element, "oxidation_state": state, "ions": len(members),
            "bond_mean_A": lengths.mean(), "bond_min_A": lengths.min(),
            "bond_max_A": lengths.max(), "moment_mean_muB": moments.mean(),
            "moment_min_muB": moments.min(), "moment_max_muB": moments.max(),
        })  # fmt: skip
    return rows


def write_dos(path: str | Path, calculations: Mapping[str, Calculation], made: str = "{}") -> None:
    """Densities of states per ordering, spins added up: total and of each element."""
    with new_file(path, made) as file:
        for name, found in calculations.items():
            if found.dos is not None:
                write_record(file, _density_of_states(found.dos, found.band_gap_eV), name)


def _density_of_states(dos: CompleteDos, band_gap_eV: float | None) -> schema.DensityOfStates:
    return schema.DensityOfStates(
        energy_eV=dos.energies - dos.efermi,
        total_per_eV=np.sum(list(dos.densities.values()), axis=0),
        elements={
            getattr(element, "symbol", str(element)): np.sum(list(part.densities.values()), axis=0)
            for element, part in dos.get_element_dos().items()
        },
        band_gap_eV=np.nan if band_gap_eV is None else band_gap_eV,
    )


def report_tables(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Rows as a table, rounded to the digits that VASP's results are good for."""
    return pd.DataFrame(rows).round(4)

"""Ground states as in the paper's Tables S2 to S4 and Figure S1: cells, bonds, moments, DOS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pymatgen.symmetry.analyzer import SpacegroupAnalyzer

from navac.energies import energies_in
from navac.figure_style import PALETTE, legend_above, new_figure, styled
from navac.hull import lower_hull
from navac.vasp_analysis import oxidation_states, shells
from navac.vasp_output import Calculation
from navac.vasp_settings import VaspSettings

WINDOW_EV = (-6.0, 4.0)
"""Shown of a density of states, relative to the Fermi energy."""


def ground_states(
    table: pd.DataFrame, ranges: Mapping[str, tuple[float, float]], formula_units: int
) -> list[str]:
    """Orderings on the hull of some range, by rising x."""
    found: dict[str, float] = {}
    for name, bounds in ranges.items():
        rows = energies_in(table, name, bounds).reset_index(drop=True)
        hull = lower_hull(rows.x, rows.energy_eV_per_cell, formula_units)
        found |= {rows.id[i]: float(rows.x[i]) for i in hull.index}
    return sorted(found, key=lambda ordering: (found[ordering], ordering))


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
    """Tables S3 and S4: bonds and moments of each oxidation state of each element."""
    states = oxidation_states(found.structure, found.moments, settings)
    groups: dict[tuple[str, float], list] = {}
    for shell in shells(found.structure, settings):
        if shell.site in states and len(shell.lengths_A):
            groups.setdefault((shell.element, states[shell.site]), []).append(shell)
    rows = []
    for (element, state), members in sorted(groups.items()):
        lengths = np.concatenate([m.lengths_A for m in members])
        moments = np.abs([found.moments[m.site] for m in members])
        rows.append({
            "element": element, "oxidation_state": state, "ions": len(members),
            "bond_mean_A": lengths.mean(), "bond_min_A": lengths.min(),
            "bond_max_A": lengths.max(), "moment_mean_muB": moments.mean(),
            "moment_min_muB": moments.min(), "moment_max_muB": moments.max(),
        })  # fmt: skip
    return rows


def write_dos(path: str | Path, calculations: Mapping[str, Calculation]) -> None:
    """Densities of states per ordering, spins added up: total and of each element."""
    with h5py.File(path, "w") as file:
        for name, found in calculations.items():
            if (dos := found.dos) is None:
                continue
            group = file.create_group(name)
            group.attrs["band_gap_eV"] = np.nan if found.band_gap_eV is None else found.band_gap_eV
            group["energy_eV"] = dos.energies - dos.efermi
            group["total_per_eV"] = sum(dos.densities.values())
            for element, part in dos.get_element_dos().items():
                group[f"{element.symbol}_per_eV"] = sum(part.densities.values())


@styled
def dos_figure(path: str | Path, titles: Mapping[str, str], width_mm: float) -> Figure:
    """Densities of states, one panel per ordering, energies from the Fermi energy (Figure S1)."""
    with h5py.File(path) as file:
        names = [n for n in titles if n in file]
        figure = new_figure(width_mm, 10 + 26 * max(1, len(names)))
        axes = figure.subplots(max(1, len(names)), 1, sharex=True, squeeze=False)[:, 0]
        for panel, name in zip(axes, names, strict=False):
            _draw_dos(panel, file[name])
            gap = file[name].attrs["band_gap_eV"]
            panel.set_title(f"{titles[name]}, gap {gap:.1f} eV")
    axes[-1].set_xlabel("$E - E_F$ (eV)")
    legend_above(figure, axes[0])
    return figure


def _draw_dos(panel, group: h5py.Group) -> None:
    energy = group["energy_eV"][:]
    panel.fill_between(energy, group["total_per_eV"][:], color="0.85", label="total")
    elements = [k.removesuffix("_per_eV") for k in group if k.endswith("_per_eV")]
    for element, colour in zip(sorted(set(elements) - {"total"}), PALETTE, strict=False):
        panel.plot(energy, group[f"{element}_per_eV"][:], color=colour, label=element)
    panel.axvline(0, color="k", linestyle="--", linewidth=0.6)
    panel.set_xlim(*WINDOW_EV)
    panel.set_ylim(bottom=0)
    panel.set_ylabel("states / eV")


def report_tables(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Rows as a table, rounded to what VASP's results mean."""
    return pd.DataFrame(rows).round(4)

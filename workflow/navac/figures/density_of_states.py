"""Densities of states of the ground states."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import h5py
from matplotlib.figure import Figure

from navac.figures.style import PALETTE, legend_above, new_figure, styled

WINDOW_EV = (-6.0, 4.0)
"""Shown of a density of states, relative to the Fermi energy."""


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

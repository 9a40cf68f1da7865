"""Densities of states of the ground states."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from navac.figures.style import PALETTE, legend_above, new_figure, styled
from navac.results import schema
from navac.results.read import read_records

WINDOW_EV = (-6.0, 4.0)
"""Shown of a density of states, relative to the Fermi energy."""


@styled
def dos_figure(path: str | Path, titles: Mapping[str, str], width_mm: float) -> Figure:
    """Densities of states, one panel per ordering, energies from the Fermi energy (Figure S1)."""
    found = read_records(path, schema.DensityOfStates)
    names = [n for n in titles if n in found]
    figure = new_figure(width_mm, 10 + 26 * max(1, len(names)))
    axes = figure.subplots(max(1, len(names)), 1, sharex=True, squeeze=False)[:, 0]
    for panel, name in zip(axes, names, strict=False):
        _draw_dos(panel, found[name])
        panel.set_title(f"{titles[name]}, gap {found[name].band_gap_eV:.1f} eV")
    axes[-1].set_xlabel("$E - E_F$ (eV)")
    legend_above(figure, axes[0])
    return figure


def _draw_dos(panel: Axes, states: schema.DensityOfStates) -> None:
    energy = states.energy_eV
    panel.fill_between(energy, states.total_per_eV, color="0.85", label="total")
    for element, colour in zip(sorted(states.elements), PALETTE, strict=False):
        panel.plot(energy, states.elements[element], color=colour, label=element)
    panel.axvline(0, color="k", linestyle="--", linewidth=0.6)
    panel.set_xlim(*WINDOW_EV)
    panel.set_ylim(bottom=0)
    panel.set_ylabel("states / eV")

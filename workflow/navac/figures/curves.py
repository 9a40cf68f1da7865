"""Figures of a campaign, drawn from its tables and HDF5 files.

Every function reads one file or table and returns a :class:`matplotlib.figure.Figure`;
:func:`save` writes it. A file whose group is missing or empty gives a figure that says so.
The phase diagram, the voltage and the fits have modules of their own and are offered here too.
"""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from navac.figures.data import read_curves, regions_of, runs, sampled_spans, stretches
from navac.figures.expansion import expansion_errors, interactions
from navac.figures.order import order
from navac.figures.phases import phase_diagram
from navac.figures.short_range_order import short_range_order
from navac.figures.style import (
    COLUMN_MM,
    break_axis,
    legend_above,
    new_figure,
    note_figure,
    save,
    series_colours,
    sign,
    styled,
    with_colours,
)
from navac.figures.uncertainty import uncertainty
from navac.figures.voltage import voltage_curves
from navac.results import schema
from navac.results.read import read_records

__all__ = [
    "entropy",
    "expansion_errors",
    "heat_capacity",
    "interactions",
    "mixing_energies",
    "occupancies",
    "order",
    "phase_diagram",
    "save",
    "short_range_order",
    "sign",
    "uncertainty",
    "voltage_curves",
]

_POINTS: dict[str, Any] = {"marker": ".", "ms": 2.5, "lw": 0.8}


@styled
def mixing_energies(
    table: pd.DataFrame, *, composition_label: str = "$x$", width_mm: float = COLUMN_MM
) -> Figure:
    """Mixing energies of all orderings with the convex hull of each range.

    Args:
        table: a row per ordering: ``x``, ``mixing_energy_meV_per_fu``, ``range`` (the name of
            its composition range) and the boolean ``on_hull``. An end shared by two ranges may
            be listed in both.
    """
    if table.empty:
        return note_figure(width_mm, "no orderings in the table of mixing energies")
    figure = new_figure(width_mm, 0.8 * width_mm)
    axes = figure.subplots()
    ranges = list(table.sort_values("x", kind="stable").groupby("range", sort=False))
    for (name, rows), colour in zip(ranges, series_colours(len(ranges)), strict=True):
        energy = rows["mixing_energy_meV_per_fu"]
        axes.plot(rows["x"], energy, "o", ms=2.2, mew=0, color=colour, alpha=0.6, label=str(name))
    for _, rows in ranges:
        hull = rows[rows["on_hull"]].groupby("x")["mixing_energy_meV_per_fu"].min()
        axes.plot(hull.index, hull.to_numpy(), "k-", zorder=3)
        axes.plot(hull.index, hull.to_numpy(), "h", ms=6, mfc="white", mec="k", zorder=4)
    axes.plot([], [], "k-h", ms=6, mfc="white", label="hull and ground states")
    axes.axhline(0.0, color="0.7", lw=0.6, zorder=0)
    axes.set(xlabel=composition_label, ylabel="Mixing energy (meV per f.u.)")
    legend_above(figure, axes)
    return figure


@styled
def occupancies(
    path: str | PathLike, *, composition_label: str = "$x$", width_mm: float = COLUMN_MM
) -> Figure:
    """Occupied fraction of every sublattice, a panel per temperature.

    Dots where one phase is stable, dashed lines across two-phase regions.
    """
    curves = read_curves(path, schema.Occupancy)
    if not curves:
        return note_figure(width_mm, f"no /occupancy in {Path(path).name}")
    figure = new_figure(width_mm, (8 + 38 * len(curves)) * width_mm / COLUMN_MM)
    panels = figure.subplots(len(curves), sharex=True, sharey=True, squeeze=False)[:, 0]
    for index, (axes, (temperature, curve)) in enumerate(zip(panels, curves.items(), strict=True)):
        single = curve.single_phase.astype(bool)
        colours = series_colours(len(curve.occupied))
        for (label, occupied), colour in zip(curve.occupied.items(), colours, strict=True):
            _plot_occupancy(axes, curve.x, occupied, single, colour, label)
        letter = f"({chr(ord('a') + index)}) " if len(curves) > 1 else ""
        axes.set(title=f"{letter}{temperature:g} K", ylim=(-0.05, 1.05))
    panels[-1].set_xlabel(composition_label)
    figure.supylabel("Occupied fraction of sites")
    panels[0].plot([], [], "--", color="0.4", label="two-phase")
    legend_above(figure, panels[0])
    return figure


@styled
def heat_capacity(
    path: str | PathLike, *, composition_label: str = "$x$", width_mm: float = COLUMN_MM
) -> Figure:
    """Composition and heat capacity against chemical potential.

    The axis is broken where a wide interval of the chemical potential was not sampled.
    """
    curves = read_curves(path, schema.HeatCapacity)
    if not curves:
        return note_figure(width_mm, f"no /heat_capacity in {Path(path).name}")
    spans = sampled_spans(np.concatenate([curve.mu_eV for curve in curves.values()]))
    widths = [max(high - low, 0.25 * np.ptp(spans)) for low, high in spans]
    figure = new_figure(width_mm, 0.95 * width_mm)
    panels = figure.subplots(
        2, len(spans), sharex="col", sharey="row", squeeze=False, width_ratios=widths
    )
    for column, span in zip(panels.T, spans, strict=True):
        _plot_response(column, curves, span)
    for left, right in zip(panels[:, :-1].flat, panels[:, 1:].flat, strict=True):
        break_axis(left, right)
    panels[0, 0].set_ylabel(composition_label)
    panels[1, 0].set_ylabel("$C_\\mu$ ($k_\\mathrm{B}$ per f.u.)")
    species = next(iter(curves.values())).species
    figure.supxlabel(f"$\\mu_\\mathrm{{{species}}}$ (eV per {species})")
    legend_above(figure, panels[0, 0])
    return figure


@styled
def entropy(
    path: str | PathLike, *, composition_label: str = "$x$", width_mm: float = COLUMN_MM
) -> Figure:
    """Configurational entropy against composition at every temperature.

    Dots where one phase is stable, dashed lines across two-phase regions. Curves are cut where one
    expansion ends and another begins.
    """
    curves = read_curves(path, schema.Entropy)
    if not curves:
        return note_figure(width_mm, f"no /entropy in {Path(path).name}")
    figure = new_figure(width_mm, 0.75 * width_mm)
    axes = figure.subplots()
    regions = regions_of(read_records(path, schema.Boundary))
    edges = [edge for of in read_records(path, schema.States).values() for edge in of.x_range]
    for temperature, curve, colour in with_colours(curves):
        style = _POINTS | {"color": colour, "label": f"{temperature:g} K"}
        for part, two_phases in stretches(curve.x, temperature, regions, edges):
            style |= {"ls": "--", "marker": ""} if two_phases else {"ls": "-", "marker": "."}
            axes.plot(curve.x[part], curve.entropy_kB_per_fu[part], **style)
            style["label"] = None
    axes.set(xlabel=composition_label, ylabel="$S$ ($k_\\mathrm{B}$ per f.u.)")
    axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0]))
    legend_above(figure, axes)
    return figure


def _plot_occupancy(
    axes: Axes, x: np.ndarray, occupied: np.ndarray, single: np.ndarray, colour: str, label: str
) -> None:
    axes.plot(x[single], occupied[single], "o", ms=2.2, mew=0, color=colour, label=label)
    for start, stop in runs(~single):
        part = slice(max(start - 1, 0), stop + 1)
        known = np.isfinite(occupied[part])
        axes.plot(x[part][known], occupied[part][known], "--", color=colour, lw=0.8)


def _plot_response(
    panels: np.ndarray,
    curves: Mapping[float, schema.HeatCapacity],
    span: tuple[float, float],
) -> None:
    """x and C_μ of every temperature inside one interval of μ."""
    for temperature, curve, colour in with_colours(curves):
        inside = (curve.mu_eV >= span[0]) & (curve.mu_eV <= span[1])
        style = _POINTS | {"color": colour, "label": f"{temperature:g} K"}
        for axes, values in zip(panels, (curve.x, curve.heat_capacity_kB_per_fu), strict=True):
            axes.plot(curve.mu_eV[inside], values[inside], **style)
    panels[-1].xaxis.set_major_locator(MaxNLocator(4))

"""Figures of cells: voltage against capacity, rate capability, titration."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from navac.cell.parameters import Parameters
from navac.figures.labels import mathtext
from navac.figures.style import (
    COLUMN_MM,
    legend_above,
    legend_outside,
    new_figure,
    note_figure,
    series_colours,
    styled,
)

LINES = {"SPM": "-", "DFN": "--"}
TITLES = {"half": "against the metal", "full": "against hard carbon"}


@styled
def voltages(points: pd.DataFrame, *, width_mm: float = COLUMN_MM) -> Figure:
    """Voltage against capacity at every rate, by SPM (solid) and DFN (dashed).

    Args:
        points: with cell, model, direction, rate_C, capacity_mAh_per_g, voltage_V.
    """
    rates = sorted(points.rate_C.unique())
    if not rates:
        return note_figure(width_mm, "no cell was cycled")
    colours = dict(zip(rates, series_colours(len(rates)), strict=True))
    figure = new_figure(width_mm, 1.45 * width_mm)
    panels = figure.subplots(2, 1, sharex=True)
    for axes, (kind, title) in zip(panels, TITLES.items(), strict=True):
        for (model, _, rate), rows in points[points.cell == kind].groupby(
            ["model", "direction", "rate_C"]
        ):
            axes.plot(rows.capacity_mAh_per_g, rows.voltage_V, LINES[model], color=colours[rate])
        axes.set(ylabel="Voltage (V)")
        axes.set_title(title)
    panels[-1].set(xlabel="Capacity (mAh/g)")
    handles = [panels[0].plot([], [], color=colours[rate])[0] for rate in rates]
    handles += [panels[0].plot([], [], line, color="0.4")[0] for line in LINES.values()]
    legend_outside(figure, handles, [*(f"{rate:g} C" for rate in rates), *LINES], "upper")
    return figure


@styled
def capability(rows: pd.DataFrame, *, width_mm: float = COLUMN_MM) -> Figure:
    """Capacity of the discharge against the rate.

    Args:
        rows: with cell, model, direction, rate_C, capacity_mAh_per_g; NaN where the solver failed.
    """
    figure = new_figure(width_mm, 0.8 * width_mm)
    axes = figure.subplots()
    chosen = rows[rows.direction == "discharge"]
    colours = dict(zip(TITLES, series_colours(len(TITLES)), strict=True))
    for (kind, model), part in chosen.groupby(["cell", "model"]):
        known = part.dropna(subset=["capacity_mAh_per_g"])
        axes.plot(
            known.rate_C, known.capacity_mAh_per_g, f"o{LINES[model]}", color=colours[kind],
            ms=3, label=f"{TITLES[kind]}, {model}",
        )  # fmt: skip
    axes.set(xscale="log", xlabel="Rate (C)", ylabel="Capacity (mAh/g)", ylim=(0, None))
    axes.legend(loc="best", handlelength=3.2)  # dashes show beside the marks
    return figure


@styled
def titrations(
    rows: pd.DataFrame, sets: Mapping[str, Parameters], *, width_mm: float = COLUMN_MM
) -> Figure:
    """Logarithm of the diffusivity against capacity, as titration finds it, a panel per material.

    Args:
        rows: of :func:`navac.cell.gitt.diffusivities`, with a column material.
        sets: by the material; the line is the chemical diffusivity that the cell was computed with.
    """
    figure = new_figure(width_mm, 0.7 * width_mm * len(sets))
    panels = figure.subplots(len(sets), 1, squeeze=False)[:, 0]
    for axes, (name, set_) in zip(panels, sets.items(), strict=True):
        _titration(axes, rows[rows.material == name], set_)
        axes.set_title(mathtext(name))
    panels[-1].set(xlabel="Capacity from the charged cell (mAh/g)")
    legend_above(figure, panels[-1])
    figure.align_ylabels(panels)
    return figure


def _titration(axes: Axes, rows: pd.DataFrame, set_: Parameters) -> None:
    low, high = set_.window

    def capacity(x: np.ndarray) -> np.ndarray:
        return set_.capacity * (x - low) / (high - low)

    colours = dict(zip(("charge", "discharge"), series_colours(2), strict=True))
    marks = {"weppner_huggins": ("o", "Weppner and Huggins"), "sphere": ("s", "sphere")}
    for direction, part in rows.groupby("direction"):
        for formula, (mark, label) in marks.items():
            found = part[f"diffusivity_{formula}_m2_per_s"]
            axes.plot(
                capacity(part.x), np.log10(1e4 * found), mark, ms=3, mfc="none",
                color=colours[direction], label=f"{direction}, {label}",
            )  # fmt: skip
    x, given = set_.chemical_diffusivities()
    axes.plot(capacity(x), np.log10(1e4 * given), color="0.4", lw=0.8, label="given")
    regions = [capacity(np.array(ends)) for ends in set_.open_circuit.regions()]
    for ends in regions:
        axes.axvspan(*ends, color="0.9", lw=0)
    if regions:
        axes.text(
            float(np.mean(max(regions, key=np.ptp))), 0.9, "two phases", color="0.4", ha="center",
            transform=axes.get_xaxis_transform(),
        )  # fmt: skip
    axes.set(ylabel=r"$\log_{10}\,D$ (cm$^2$/s)", xlim=(0, set_.capacity))

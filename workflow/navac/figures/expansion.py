"""Figures of the fits: energies beside the expansion's, interactions."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from navac.figures.style import (
    COLUMN_MM,
    legend_above,
    new_figure,
    note_figure,
    series_colours,
    styled,
)
from navac.hull import lower_hull

BANDS = (10.0, 20.0)
"""Errors marked by dashed lines, meV per formula unit."""
ORDERS = {1: "points", 2: "pairs", 3: "triplets", 4: "quadruplets"}


@styled
def expansion_errors(
    tables: Mapping[str, pd.DataFrame],
    *,
    composition_label: str = "$x$",
    width_mm: float = COLUMN_MM,
) -> Figure:
    """Mixing energies, hulls and errors of every range, two panels each.

    Args:
        tables: per range, a row per ordering: ``x``, ``data_meV_per_fu`` (NaN where there is no
            energy), ``predicted_meV_per_fu`` and the boolean ``fitted``. The hull of the data
            is that of the fitted ones, the hull of the expansion that of all.
    """
    tables = {name: table for name, table in tables.items() if table["fitted"].any()}
    if not tables:
        return note_figure(width_mm, "no energies were fitted to")
    figure = new_figure(width_mm, (8 + 78 * len(tables)) * width_mm / COLUMN_MM)
    panels = figure.subplots(2 * len(tables), squeeze=False, height_ratios=[3, 2] * len(tables))
    for row, (name, table) in enumerate(tables.items()):
        above, below = panels[2 * row : 2 * row + 2, 0]
        _plot_energies(above, table)
        _plot_errors(below, table)
        below.sharex(above)
        for axes, letter in ((above, 2 * row), (below, 2 * row + 1)):
            axes.set_title(f"({chr(ord('a') + letter)}) {name}")
    panels[-1, 0].set_xlabel(composition_label)
    legend_above(figure, panels[0, 0])
    return figure


@styled
def interactions(tables: Mapping[str, pd.DataFrame], *, width_mm: float = COLUMN_MM) -> Figure:
    """ECI per cluster against the index of the cluster, a panel per range.

    Args:
        tables: per range, an ECI table with the paper's columns and ``stderr_meV``, the standard
            error of an ECI per cluster, drawn as bars. Terms that are exactly 0 are not drawn.
    """
    tables = {
        name: table[(table["order"] > 0) & (table["eci_meV"] != 0)]
        for name, table in tables.items()
    }
    if not any(map(len, tables.values())):
        return note_figure(width_mm, "no interactions in the tables")
    figure = new_figure(width_mm, (8 + 45 * len(tables)) * width_mm / COLUMN_MM)
    panels = figure.subplots(len(tables), sharex=True, squeeze=False)[:, 0]
    orders = sorted(set().union(*(table["order"] for table in tables.values())))
    for row, (axes, (name, table)) in enumerate(zip(panels, tables.items(), strict=True)):
        for order, colour in zip(orders, series_colours(len(orders)), strict=True):
            some = table[table["order"] == order]
            axes.errorbar(
                some["index"], some["eci_per_multiplicity_meV"], some["stderr_meV"], fmt="o",
                ms=2.5, mew=0, elinewidth=0.6, color=colour,
                label=ORDERS.get(order, f"{order} sites"),
            )  # fmt: skip
        axes.axhline(0.0, color="0.7", lw=0.6, zorder=0)
        axes.set_title(f"({chr(ord('a') + row)}) {name}")
    panels[-1].set_xlabel("Index of the cluster")
    figure.supylabel("ECI / multiplicity (meV)")
    legend_above(figure, panels[0])
    return figure


def _plot_energies(axes: Axes, table: pd.DataFrame) -> None:
    data, model = series_colours(6)[0], series_colours(6)[5]
    fitted = table[table["fitted"]]
    for rows, column, colour, size, label in (
        (fitted, "data_meV_per_fu", data, 3.4, "data"),
        (table, "predicted_meV_per_fu", model, 1.6, "CE"),
    ):
        axes.plot(rows["x"], rows[column], "o", ms=size, mew=0, color=colour, label=label)
    for rows, column, colour, marker, size in (
        (fitted, "data_meV_per_fu", data, "*", 8.0),
        (table, "predicted_meV_per_fu", model, "h", 5.0),
    ):
        hull = lower_hull(rows["x"].to_numpy(), rows[column].to_numpy(), 1)
        axes.plot(hull.x, hull.energy, "-", color=colour, marker=marker, ms=size, mfc="none",
                  lw=0.8, label=f"hull, {'data' if colour is data else 'CE'}")  # fmt: skip
    axes.tick_params(labelbottom=False)
    axes.set_ylabel("Mixing energy\n(meV per f.u.)")


def _plot_errors(axes: Axes, table: pd.DataFrame) -> None:
    fitted = table[table["fitted"]]
    errors = fitted["predicted_meV_per_fu"] - fitted["data_meV_per_fu"]
    axes.plot(fitted["x"], errors, "o", ms=2.2, mew=0, color=series_colours(6)[5])
    axes.axhline(0.0, color="0.7", lw=0.6, zorder=0)
    for band, style in zip(BANDS, ("--", ":"), strict=True):
        for sign in (-1, 1):
            axes.axhline(sign * band, color="0.4", lw=0.6, ls=style, zorder=0)
    reach = max(1.2 * BANDS[-1], 1.1 * np.abs(errors).max())
    axes.set(ylabel="Error of CE\n(meV per f.u.)", ylim=(-reach, reach))

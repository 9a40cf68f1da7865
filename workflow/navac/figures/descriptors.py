"""Figures of compositions: entropy by every way of counting, and a grid that was screened."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from navac.descriptors.entropy import HIGH, MEDIUM
from navac.figures.style import (
    PALETTE,
    find_place,
    legend_above,
    new_figure,
    note_figure,
    raster,
    series_colours,
    styled,
    take_place,
)

BEST = 10
"""Compositions of a grid that are circled."""
PER = ("formula unit", "site", "atom")


@styled
def entropy_figure(table: pd.DataFrame, *, width_mm: float) -> Figure:
    """Entropy per formula unit, site and atom of named compositions, by part, with the classes.

    Args:
        table: of :func:`navac.descriptors.report.entropy_table`.
    """
    table = table[table.equation == 4]
    parts = sorted(dict.fromkeys(table.part), key=lambda part: part == "all")
    names = list(dict.fromkeys(table.composition))
    figure = new_figure(width_mm, 0.62 * width_mm)
    panels = figure.subplots(1, len(PER), sharey=True)
    height = 0.8 / len(names)
    for axes, per in zip(panels, PER, strict=True):
        for k, (name, colour) in enumerate(zip(names, series_colours(len(names)), strict=True)):
            own = table[(table.composition == name) & (table.per == per)].set_index("part")
            at = [i + height * (k - (len(names) - 1) / 2) for i, p in enumerate(parts)
                  if p in own.index]  # fmt: skip
            values = [own.entropy_R[p] for p in parts if p in own.index]
            axes.barh(at, values, height, color=colour, label=name)
        for limit in (MEDIUM, HIGH):
            axes.axvline(limit, color="0.4", lw=0.6, ls="--")
        axes.set_xlabel(f"per {per} ($R$)")
        axes.set_yticks(range(len(parts)), parts)
    panels[0].invert_yaxis()
    legend_above(figure, panels[0])
    return figure


@styled
def screening_figure(
    table: pd.DataFrame, known: pd.DataFrame, species: str, *, width_mm: float
) -> Figure:
    """Entropy against size mismatch, coloured by the amount of the inserted species.

    Args:
        table: the ranked compositions.
        known: named ones.
        species: the inserted one.
    """
    if table.empty:
        return note_figure(width_mm, "No composition lies within the limits.")
    figure = new_figure(width_mm, 0.75 * width_mm)
    axes = figure.subplots()
    dots = axes.scatter(
        table.delta_percent, table.entropy_R, c=table.x, s=4, cmap="cividis", linewidths=0
    )
    figure.colorbar(dots, ax=axes, label=f"{species} per formula unit")
    best = table.head(BEST)
    axes.scatter(best.delta_percent, best.entropy_R, s=22, fc="none", ec=PALETTE[5], lw=0.8,
                 label=f"best {len(best)}")  # fmt: skip
    axes.plot(known.delta_percent, known.entropy_R, "x", color=PALETTE[5], ms=5)
    for limit in (MEDIUM, HIGH):
        axes.axhline(limit, color="0.4", lw=0.6, ls="--")
    axes.set_xlabel("size mismatch $δ$ (%)")
    axes.set_ylabel("entropy ($R$ per formula unit)")
    axes.set_ylim(0, 1.35 * float(np.max([table.entropy_R.max(), HIGH])))
    legend_above(figure, axes)
    figure.draw_without_rendering()
    _write_names(axes, known, table)
    return figure


def _write_names(axes: Axes, known: pd.DataFrame, table: pd.DataFrame) -> None:
    """Names of known compositions where nothing else is drawn, as near to them as may be.

    The layout of the figure has to be settled.
    """
    x, y = raster(axes)
    free = np.ones((len(y), len(x)), bool)
    for some, reach in ((known, 0.02), (table, 0.006)):
        for at in some[["delta_percent", "entropy_R"]].to_numpy():
            near = (
                np.abs(v - c) < reach * np.ptp(v) for v, c in zip((y, x), at[::-1], strict=True)
            )
            free[np.ix_(*near)] = False
    for row in known.itertuples():
        at = row.delta_percent, row.entropy_R
        take_place(axes, str(row.name), find_place(axes, str(row.name), at, free) or at, free)

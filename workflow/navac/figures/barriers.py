"""Figure of hops: energy along their paths."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from navac.figures.style import legend_above, new_figure, series_colours, styled


@styled
def barrier_figure(points: pd.DataFrame, *, width_mm: float) -> Figure:
    """Energies of the images along the way of the moving atom, a colour for each kind of hop.

    Args:
        points: columns hop, kind, way_A, energy_eV.
    """
    kinds = list(dict.fromkeys(points.kind))
    figure = new_figure(width_mm, 0.75 * width_mm)
    axes = figure.subplots()
    for kind, colour in zip(kinds, series_colours(len(kinds)), strict=True):
        own = points[points.kind == kind]
        for n, (_, path) in enumerate(own.groupby("hop")):
            axes.plot(path.way_A, path.energy_eV, "o-", ms=2.5, lw=0.7, color=colour,
                      label=kind if n == 0 else None)  # fmt: skip
    axes.axhline(0, color="0.6", lw=0.5)
    axes.set_xlabel("way of the atom (Å)")
    axes.set_ylabel("energy (eV)")
    legend_above(figure, axes)
    return figure

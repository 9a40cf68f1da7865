"""Figures of hops: energy along their paths, how barriers are spread, diffusivity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
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


BIN_EV = 0.025


@styled
def histogram_figure(
    barriers: Mapping[str, Sequence[float]], published: Mapping[str, tuple[float, float]],
    *, width_mm: float,
) -> Figure:  # fmt: skip
    """How many hops have which barrier, and published ranges above them.

    Args:
        barriers: eV, by what is counted together.
        published: lowest and highest, eV, by what they are of.
    """
    figure = new_figure(width_mm, 0.6 * width_mm)
    axes = figure.subplots()
    every = [*np.concatenate([*barriers.values()]), *np.concatenate([*published.values()])]
    edges = np.arange(0, max(every) + 2 * BIN_EV, BIN_EV)
    colours = series_colours(len(barriers) + len(published))
    axes.hist(list(barriers.values()), edges.tolist(), stacked=True, color=colours[: len(barriers)],
              label=list(barriers))  # fmt: skip
    top = axes.get_ylim()[1]
    for n, (name, ends) in enumerate(published.items(), start=1):
        axes.plot(ends, [top * (1 + 0.08 * n)] * 2, "|-", ms=5, lw=1.5,
                  color=colours[len(barriers) + n - 1], label=name)  # fmt: skip
    axes.set_xlabel("barrier (eV)")
    axes.set_ylabel("hops")
    legend_above(figure, axes)
    return figure


@styled
def diffusivity_figure(table: pd.DataFrame, *, species: str, width_mm: float) -> Figure:
    """Diffusivity of jumps against composition, a line for each temperature.

    Args:
        table: columns temperature_K, x, diffusivity_m2_per_s.
    """
    figure = new_figure(width_mm, 0.75 * width_mm)
    axes = figure.subplots()
    groups = list(table.groupby("temperature_K"))
    for (kelvin, own), colour in zip(groups, series_colours(len(groups)), strict=True):
        axes.semilogy(own.x, own.diffusivity_m2_per_s, color=colour, label=f"{kelvin:g} K")
    axes.set_xlabel(f"{species} per formula unit")
    axes.set_ylabel("diffusivity of jumps (m²/s)")
    legend_above(figure, axes)
    return figure

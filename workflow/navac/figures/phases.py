"""The temperature–composition phase diagram of a campaign."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from navac.figures.data import Region, regions_of
from navac.figures.names import phase_positions, write_names
from navac.figures.outlines import draw_critical, draw_errors, draw_invariants, draw_lines
from navac.figures.spread import draw_spread
from navac.figures.style import (
    COLUMN_MM,
    PALETTE,
    legend_above,
    legend_outside,
    new_figure,
    note_figure,
    styled,
)
from navac.results import schema
from navac.results.read import read_records

_SMALL = 0.2  # regions ending below this part of the temperature axis get a panel of their own
_LOW = 0.05  # part of the temperature axis within which those begin
_ELECTRONIC = "#D55E00"
_FILLS = tuple(PALETTE[index] for index in (4, 1, 2, 3, 0))
_TINTS = (0.42, 0.24, 0.66)  # of the fill, each for as many regions as there are colours


@styled
def phase_diagram(
    path: str | PathLike, *, composition_label: str = "$x$", width_mm: float = COLUMN_MM
) -> Figure:
    """Two-phase regions, their phases and critical points from ``phase_diagram.h5``.

    Names are written inside the regions, or below the panels for those that are too small. Lines
    are dashed where electronic entropy is included; level lines with three dots join phases that
    coexist at an invariant point. Bands, bars and hair lines of another colour are the uncertainty
    of the expansion, where the file has it. Regions that end below a fifth of the temperature axis
    are shown once more, enlarged, in a second panel.
    """
    found = regions_of(read_records(path, schema.Boundary))
    electronic = regions_of(read_records(path, schema.ElectronicBoundary))
    # One temperature spans nothing that could be filled; its boundary is a point.
    regions = [region for region in found if len(region.dome) > 1] or found
    if not regions:
        return note_figure(width_mm, f"no /boundaries in {Path(path).name}")
    top = 1.12 * max(region.top_K for region in regions + electronic)
    small = _small(regions, top)
    large = [region for region in regions if region not in small]
    height_mm = (1.2 if small else 0.85) * width_mm
    figure = new_figure(width_mm, height_mm)
    ratios = [5, 3] if small else [1]
    panels = figure.subplots(len(ratios), squeeze=False, height_ratios=ratios)
    main, *detail = panels[:, 0]
    colours = _colours(regions)
    _draw(main, regions, electronic, colours, _limits(regions + electronic, top))
    invariants = read_records(path, schema.Invariant).values()
    for axes in panels[:, 0]:
        draw_invariants(axes, invariants, color="k", ls="-", lw=0.7)
        draw_spread(axes, path)
    shown: list[Panel] = [(main, large, phase_positions(regions))]
    for axes in detail:
        _draw(axes, regions, electronic, colours, _detail_limits(small, large, top))
        main.set_title("(a)")
        axes.set_title("(b) low temperatures enlarged")
        shown.append((axes, small, phase_positions(small)))
    panels[-1, 0].set_xlabel(composition_label)
    legend_above(figure, main)
    _write_all(figure, shown, regions, electronic, colours)
    return figure


Panel = tuple[Axes, Sequence[Region], Mapping[str, tuple[float, float]]]
"""Axes, the regions that have their names there, and the positions of phases."""


def _write_all(
    figure: Figure,
    shown: Sequence[Panel],
    regions: Sequence[Region],
    electronic: Sequence[Region],
    colours: Mapping[Region, tuple[float, float, float]],
) -> None:
    """Write names inside the panels, and below them those that have no room there."""
    height = figure.get_figheight()
    listed: set[Region] = set()
    legend = None
    while True:  # what has no room goes to the legend, which may take the room of others
        figure.draw_without_rendering()
        missing = {
            region
            for axes, inside, phases in shown
            for region in write_names(axes, regions, electronic, inside, phases)
        }
        if missing <= listed:
            return
        listed |= missing
        for text in [text for axes, *_ in shown for text in axes.texts]:
            text.remove()
        if legend is not None:
            legend.remove()
        entries = [region for region in regions if region in listed]
        handles = [Patch(fc=colours[region], ec="0.4", lw=0.4) for region in entries]
        legend = legend_outside(figure, handles, [region.label for region in entries], "lower")
        if legend is not None:
            added = legend.get_window_extent().height / figure.dpi
            figure.set_figheight(height + added)


def _small(regions: Sequence[Region], top: float) -> list[Region]:
    """The regions that begin at the lowest temperatures and end soon, whatever follows higher."""
    limit = min(region.dome[0, 0] for region in regions) + _LOW * top
    return [region for region in regions if 0 < region.top_of_low_K(limit) < _SMALL * top]


def _limits(regions: Sequence[Region], top: float) -> tuple[float, float, float]:
    """Left, right and upper end of axes that hold the regions, with room at the sides."""
    x = np.concatenate([region.dome[:, 1:].ravel() for region in regions])
    return *_widened(x.min(), x.max()), top


def _detail_limits(
    small: Sequence[Region], large: Sequence[Region], top: float
) -> tuple[float, float, float]:
    """Limits about what small regions have at low temperature, up to the large ones beside it."""
    begin = min(region.dome[0, 0] for region in small) + _LOW * top
    pieces = [piece for region in small for piece in region.pieces() if piece[0, 0] <= begin]
    low, high = min(p[:, 1].min() for p in pieces), max(p[:, 2].max() for p in pieces)
    sides = [region.dome[0, 1:] for region in large if region.dome[0, 0] <= begin]
    left = max([right for _, right in sides if right < (low + high) / 2], default=low)
    right = min([left for left, _ in sides if left > (low + high) / 2], default=high)
    end = max(piece[-1, 0] for piece in pieces)
    return *_widened(min(low, left), max(high, right)), 1.2 * end


def _widened(low: float, high: float) -> tuple[float, float]:
    margin = 0.04 * ((high - low) or 1.0)
    return low - margin, high + margin


def _colours(regions: Sequence[Region]) -> dict[Region, tuple[float, float, float]]:
    """A colour for every region, others than those of its neighbours."""
    found = {}
    for n, region in enumerate(regions):
        colour, tint = _FILLS[n % len(_FILLS)], _TINTS[n // len(_FILLS) % len(_TINTS)]
        found[region] = tuple(1 - tint * (1 - np.array(to_rgb(colour))))
    return found


def _draw(
    axes: Axes,
    regions: Sequence[Region],
    electronic: Sequence[Region],
    colours: Mapping[Region, tuple[float, float, float]],
    limits: tuple[float, float, float],
) -> None:
    fill: dict[str, Any] = {"lw": 0.3, "zorder": 1}  # the edge closes the seam to the next fill
    for region in regions:
        for temperature, low, high in (p.T for p in region.pieces() if len(p) > 1):
            axes.fill_betweenx(temperature, low, high, color=colours[region], **fill)
        draw_errors(axes, region)
    draw_lines(axes, regions, "phase boundary", color="k", ls="-", lw=0.9)
    draw_lines(axes, electronic, "with electronic entropy", color=_ELECTRONIC, ls="--", lw=0.9)
    draw_critical(axes, regions, "critical point", color="k", mfc="k")
    draw_critical(axes, electronic, None, color=_ELECTRONIC, mfc="white")
    axes.set(ylabel="$T$ (K)", xlim=limits[:2], ylim=(0.0, limits[2]))

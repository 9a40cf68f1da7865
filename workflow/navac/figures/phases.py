"""The temperature–composition phase diagram of a campaign (paper Fig. 2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle, islice
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from navac.figures.data import Region, bridges, families, gaps, own_x, regions_of
from navac.figures.style import (
    COLUMN_MM,
    PALETTE,
    legend_above,
    legend_outside,
    line_cells,
    new_figure,
    note_figure,
    phase_symbol,
    place_label,
    raster,
    styled,
)
from navac.results import schema
from navac.results.read import read_records

_SMALL = 0.2  # regions ending below this part of the temperature axis get a panel of their own
_LOW = 0.05  # part of the temperature axis within which those begin
_ELECTRONIC = "#D55E00"
_FILLS = tuple(PALETTE[index] for index in (4, 1, 2, 3, 0))
_TINTS = (0.42, 0.24, 0.66)  # of the fill: for the named dome, and in turn for what interrupts it
_JUMP = 0.15  # change of x in one step of temperature across which no boundary line is drawn
_FEW = 3  # temperatures of a region that is too poorly known for a label inside it
_SIDEWAYS = 0.12  # a phase's name stays this near to its composition, in widths of the axes


@styled
def phase_diagram(
    path: str | PathLike, *, composition_label: str = "$x$", width_mm: float = COLUMN_MM
) -> Figure:
    """Two-phase regions, their phases and critical points from ``phase_diagram.h5``.

    Regions between the same named phases have tints of one colour. Names are written inside the
    regions, or below the panels for those that are too small. Lines are dashed where electronic
    entropy is included; dots are boundary points that no line joins as they lie far from both
    neighbours. Regions that end below a fifth of the temperature axis are shown once more,
    enlarged, in a second panel.
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
    shown = [(main, large, _phase_positions(regions))]
    for axes in detail:
        _draw(axes, regions, electronic, colours, _detail_limits(small, large, top))
        main.set_title("(a)")
        axes.set_title("(b) low temperatures enlarged")
        shown.append((axes, small, _phase_positions(small)))
    panels[-1, 0].set_xlabel(composition_label)
    legend_above(figure, main)
    listed: set[Region] = set()
    legend = None
    while True:  # what has no room goes to the legend, which may take the room of others
        figure.draw_without_rendering()
        missing = {
            region
            for axes, inside, phases in shown
            for region in _write_labels(axes, regions, electronic, inside, phases)
        }
        if missing <= listed:
            return figure
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
            figure.set_figheight(height_mm / 25.4 + added)


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
    """A colour for every family and a tint of it for every region."""
    found = {}
    for members, colour in zip(families(regions).values(), cycle(_FILLS)):
        tints = [_TINTS[0], *islice(cycle(_TINTS[1:]), len(members) - 1)]
        for region, tint in zip(members, tints, strict=True):
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
    for members in families(regions).values():
        for temperature, low, high in (piece.T for piece in bridges(members)):
            axes.fill_betweenx(temperature, low, high, color=colours[members[0]], **fill)
    for region in regions:
        for temperature, low, high in (p.T for p in region.pieces() if len(p) > 1):
            axes.fill_betweenx(temperature, low, high, color=colours[region], **fill)
        _draw_errors(axes, region)
    _draw_lines(axes, regions, "phase boundary", color="k", ls="-", lw=0.9)
    _draw_lines(axes, electronic, "with electronic entropy", color=_ELECTRONIC, ls="--", lw=0.9)
    _draw_critical(axes, regions, "critical point", color="k", mfc="k")
    _draw_critical(axes, electronic, None, color=_ELECTRONIC, mfc="white")
    axes.set(ylabel="$T$ (K)", xlim=limits[:2], ylim=(0.0, limits[2]))


def _draw_errors(axes: Axes, region: Region) -> None:
    """Bands of one standard error about both boundaries."""
    temperature = region.dome[:, 0]
    for x, stderr in zip(region.dome[:, 1:].T, region.stderr.T, strict=True):
        for rows in np.split(np.arange(len(x)), gaps(temperature)):
            low, high = (x - stderr)[rows], (x + stderr)[rows]
            axes.fill_betweenx(temperature[rows], low, high, color="k", alpha=0.25, lw=0)


def _draw_lines(axes: Axes, regions: Sequence[Region], label: str | None, **style: Any) -> None:
    for x, temperature in _outlines(regions):
        if len(x) > 1:
            axes.plot(x, temperature, label=label, **style)
            label = None
        else:
            axes.plot(x, temperature, ".", ms=2.0, mew=0, color=style["color"])


def _outlines(regions: Sequence[Region]) -> list[tuple[np.ndarray, np.ndarray]]:
    """x and T of every boundary line; of a lone temperature, the tie line.

    A line ends where x jumps, except to the critical point; a point between two jumps is left
    as a line of one point.
    """
    lines, joined = [], set()
    for members in families(regions).values():
        for bridge in bridges(members):
            joined |= {tuple(row) for row in bridge}
            lines += [(x, bridge[:, 0]) for x in bridge.T[1:]]
    for region in regions:
        for piece in region.pieces():
            if len(piece) == 1:
                if tuple(piece[0]) not in joined:
                    lines.append((piece[0, 1:], piece[[0, 0], 0]))
                continue
            closed = piece[-1, 1] == piece[-1, 2]
            for x in piece.T[1:]:
                jumps = np.abs(np.diff(x)) >= _JUMP
                jumps[-1] &= not closed
                cuts = np.flatnonzero(jumps) + 1
                lines += zip(np.split(x, cuts), np.split(piece[:, 0], cuts), strict=True)
    return lines


def _draw_critical(axes: Axes, regions: Sequence[Region], label: str | None, **style: Any) -> None:
    points = np.array([region.critical for region in regions if region.closes])
    if len(points):
        x, temperature, stderr = points.T
        axes.errorbar(
            x, temperature, np.nan_to_num(stderr), fmt="o", ms=2.8, mew=0.6, elinewidth=0.7,
            capsize=1.8, capthick=0.7, label=label, zorder=5, **style,
        )  # fmt: skip


def _write_labels(
    axes: Axes,
    regions: Sequence[Region],
    electronic: Sequence[Region],
    shown: Sequence[Region],
    phases: Mapping[str, tuple[float, float]],
) -> list[Region]:
    """Write the names of shown regions and of phases where there is room.

    Returns the shown and filled regions without a name inside. A phase without a name of its
    own is written only if it bounds a region with its name inside.
    """
    lines = _drawn_cells(axes, regions, electronic)
    outside = _between(axes, regions) & ~lines
    unplaced: list[Region] = []
    bounding: set[str] = set()
    for region in regions:
        inside = _inside(axes, region.pieces())
        outside &= ~_inside(axes, [np.concatenate(region.pieces())])  # gaps are no single phase
        if region not in shown:
            continue
        if (region.dome[:, 0] < axes.get_ylim()[1]).sum() > _FEW and place_label(
            axes, region.label, _middle(axes, inside), inside & ~lines
        ):
            bounding.update(region.phases)
        elif any(len(piece) > 1 for piece in region.pieces()):  # otherwise it has no colour
            unplaced.append(region)
    for members in families(regions).values():
        outside &= ~_inside(axes, bridges(members))
    for phase, target in phases.items():
        if phase in bounding or own_x(phase) is None:
            place_label(axes, phase_symbol(phase), target, outside, sideways=_SIDEWAYS)
    return unplaced


def _between(axes: Axes, regions: Sequence[Region]) -> np.ndarray:
    """Raster cells inside the composition range of the regions, not below their temperatures."""
    x, temperature = raster(axes)
    ends = np.concatenate([region.dome[:, 1:].ravel() for region in regions])
    lowest = min(region.dome[0, 0] for region in regions)
    return (x >= ends.min()) & (x <= ends.max()) & (temperature >= lowest)[:, None]


def _inside(axes: Axes, pieces: Sequence[np.ndarray]) -> np.ndarray:
    """Raster cells inside pieces of a region."""
    x, temperature = raster(axes)
    cells = np.zeros((len(temperature), len(x)), dtype=bool)
    for piece in pieces:
        low, high = (
            np.interp(temperature, piece[:, 0], side, left=np.nan, right=np.nan)
            for side in piece.T[1:]
        )
        cells |= (x >= low[:, None]) & (x <= high[:, None])
    return cells


def _drawn_cells(axes: Axes, regions: Sequence[Region], electronic: Sequence[Region]) -> np.ndarray:
    """Raster cells under boundary lines and critical points."""
    lines = _outlines([*regions, *electronic])
    for x, temperature, stderr in (r.critical for r in [*regions, *electronic] if r.closes):
        reach = max(np.nan_to_num(stderr), 0.02 * axes.get_ylim()[1])
        lines.append((np.array([x, x]), temperature + np.array([-reach, reach])))
    return np.any([line_cells(axes, *line) for line in lines], axis=0)


def _middle(axes: Axes, cells: np.ndarray) -> tuple[float, float]:
    """Centre of the visible part of a region; of the axes where there is none."""
    x, temperature = raster(axes)
    row, column = np.nonzero(cells if cells.any() else ~cells)
    return x[column].mean(), temperature[row].mean()


def _phase_positions(regions: Sequence[Region]) -> dict[str, tuple[float, float]]:
    """x of every phase at its lowest temperature, and 0.6 of where its first region ends."""
    found: dict[str, list[tuple[float, float, float]]] = {}
    for region in regions:
        temperature, *sides = region.dome[0]
        for phase, x in zip(region.phases, sides, strict=True):
            found.setdefault(phase, []).append((temperature, x, 0.6 * region.pieces()[0][-1, 0]))
    return {
        phase: (min(ends)[1], min(height for *_, height in ends)) for phase, ends in found.items()
    }

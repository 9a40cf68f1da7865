"""The temperature–composition phase diagram of a campaign."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from navac.figures.data import Region, regions_of, zones_of
from navac.figures.fields import extent
from navac.figures.names import Names
from navac.figures.outlines import Marks, draw_critical, draw_errors, draw_lines, draw_marks
from navac.figures.smooth import smooth
from navac.figures.spread import draw_spread
from navac.figures.style import (
    COLUMN_MM,
    ELECTRONIC,
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
_THIN = 0.005  # part of the axis of T below which a region is seen as a line, without a name
_LOW = 0.05  # part of the temperature axis within which those begin
_FILLS = tuple(PALETTE[index] for index in (4, 1, 2, 3, 0))
_TINTS = (0.42, 0.24, 0.66)  # of the fill, each for as many regions as there are colours


@styled
def phase_diagram(
    path: str | PathLike, *, composition_label: str = "$x$", width_mm: float = COLUMN_MM
) -> Figure:
    """Two-phase regions, their phases and critical points from ``phase_diagram.h5``.

    Names are written inside regions and one-phase fields, or beside them with a line where these
    are too small, or below the panels. Lines are dashed where electronic entropy is included; level
    lines with three dots join phases that coexist at an invariant point. Zones that could not be
    resolved are hatched. Bands, bars and hair lines of another colour are the uncertainty of the
    expansion, where the file has it. Regions that end below a fifth of the temperature axis are
    shown once more, enlarged, in a second panel.
    """
    found = [smooth(r) for r in regions_of(read_records(path, schema.Boundary))]
    electronic = [smooth(r) for r in regions_of(read_records(path, schema.ElectronicBoundary))]
    # One temperature spans nothing that could be filled; its boundary is a point.
    regions = [region for region in found if len(region.dome) > 1] or found
    if not regions:
        return note_figure(width_mm, f"no /boundaries in {Path(path).name}")
    states = read_records(path, schema.States)
    top = top_of(regions + electronic, states)
    small = _small(regions, top)
    large = [region for region in regions if region not in small]
    height_mm = (1.2 if small else 0.85) * width_mm
    figure = new_figure(width_mm, height_mm)
    ratios = [5, 3] if small else [1]
    panels = figure.subplots(len(ratios), squeeze=False, height_ratios=ratios)
    main, *detail = panels[:, 0]
    colours = region_colours(regions)
    _draw(
        main,
        regions,
        electronic,
        colours,
        (*_widened(*extent(regions + electronic, states.values())), top),
    )
    marks = _marks(path)
    for axes in panels[:, 0]:
        draw_marks(axes, *marks)
        draw_spread(axes, path)
    shown: list[tuple[Axes, Sequence[Region]]] = [(main, large)]
    for axes in detail:
        _draw(axes, regions, electronic, colours, _detail_limits(small, large, top))
        main.set_title("(a)")
        axes.set_title("(b) low temperatures enlarged")
        shown.append((axes, small))
    panels[-1, 0].set_xlabel(composition_label)
    legend_above(figure, main)
    _write_all(figure, shown, regions, electronic, colours, states)
    return figure


def _marks(path: str | PathLike) -> tuple[Marks, Marks]:
    """Invariant points and unresolved zones without and with electronic entropy."""
    plain = Marks(
        invariants=list(read_records(path, schema.Invariant).values()),
        zones=zones_of(read_records(path, schema.Unresolved)),
        colour="k", line="-", entry=True,
    )  # fmt: skip
    electronic = Marks(
        invariants=list(read_records(path, schema.ElectronicInvariant).values()),
        zones=zones_of(read_records(path, schema.ElectronicUnresolved)),
        colour=ELECTRONIC, line="--", entry=not plain.zones,
    )  # fmt: skip
    return plain, electronic


def _write_all(
    figure: Figure,
    shown: Sequence[tuple[Axes, Sequence[Region]]],
    regions: Sequence[Region],
    electronic: Sequence[Region],
    colours: Mapping[Region, tuple[float, float, float]],
    states: Mapping[str, schema.States],
) -> None:
    """Write names inside the panels, or beside, and below the panels what has no room there."""
    height = figure.get_figheight()
    listed: set[Region] = set()
    legend = None
    while True:  # what has no room goes to the legend, which may take the room of others
        figure.draw_without_rendering()
        panels = [Names(axes, regions, electronic, inside, states) for axes, inside in shown]
        missing = _write_names(panels, regions, listed)
        if missing <= listed:
            return
        listed |= missing
        for axes, _ in shown:
            for artist in [*axes.texts, *(li for li in axes.lines if li.get_gid() == "leader")]:
                artist.remove()
        if legend is not None:
            legend.remove()
        entries = [region for region in regions if region in listed]
        handles = [Patch(fc=colours[region], ec="0.4", lw=0.4) for region in entries]
        legend = legend_outside(figure, handles, [region.label for region in entries], "lower")
        if legend is not None:
            added = legend.get_window_extent().height / figure.dpi
            figure.set_figheight(height + added)


def _write_names(
    panels: Sequence[Names], regions: Sequence[Region], listed: Collection[Region]
) -> set[Region]:
    """Write names in all panels; returns the regions that had no room."""
    named = {name for panel in panels for name in panel.write_inside()}
    phases = {phase for panel in panels for phase in panel.of_phase}
    filled = [r for r in regions if any(_seen(r, p.axes) for p in panels if r in p.shown)]
    missing: set[Region] = set()
    # Regions without room are listed below the figure, phases are not.
    wanted: list[Region | str] = [*sorted(phases), *filled]
    for name in (n for n in wanted if n not in named and n not in listed):
        rooms = [panel.room(name) for panel in panels]
        best = panels[int(np.argmax(rooms))]
        if not (max(rooms) and best.write_beside(name)) and isinstance(name, Region):
            missing.add(name)
    return missing


def _seen(region: Region, axes: Axes) -> bool:
    """Whether a region is more than a line in a panel."""
    least = _THIN * float(np.ptp(axes.get_ylim()))
    return any(np.ptp(piece[:, 0]) > least for piece in region.pieces())


def _small(regions: Sequence[Region], top: float) -> list[Region]:
    """The regions that begin at the lowest temperatures and end soon, whatever follows higher."""
    limit = min(region.dome[0, 0] for region in regions) + _LOW * top
    return [region for region in regions if 0 < region.top_of_low_K(limit) < _SMALL * top]


def top_of(regions: Sequence[Region], states: Mapping[str, schema.States]) -> float:
    """Upper end of the temperature axis: above the regions, but not above what was sampled."""
    reached = max(region.top_K for region in regions)
    sampled = [float(of.temperature_K[-1]) for of in states.values()]
    return max(min([1.12 * reached, *sampled]), reached)


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


def region_colours(regions: Sequence[Region]) -> dict[Region, tuple[float, float, float]]:
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
    for region in electronic:
        draw_errors(axes, region, colour=ELECTRONIC, alpha=0.08)  # wide, over the other regions
    draw_lines(axes, regions, "phase boundary", color="k", ls="-", lw=0.9)
    draw_lines(axes, electronic, "with electronic entropy", color=ELECTRONIC, ls="--", lw=0.9)
    draw_critical(axes, regions, "critical point", color="k", mfc="k", ms=2.8, zorder=5)
    # Wider, so that it shows around a point at the same place.
    draw_critical(axes, electronic, None, color=ELECTRONIC, mfc="white", ms=4.6, zorder=4.9)
    axes.set(ylabel="$T$ (K)", xlim=limits[:2], ylim=(0.0, limits[2]))

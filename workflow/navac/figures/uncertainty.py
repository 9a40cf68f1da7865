"""How well a phase diagram is known: standard errors of its boundaries and of its points."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from navac.figures.data import Region, regions_of
from navac.figures.style import (
    COLUMN_MM,
    ELECTRONIC,
    legend_above,
    new_figure,
    note_figure,
    phase_symbol,
    series_colours,
    styled,
)
from navac.results import schema
from navac.results.read import read_records

LEAST = 1e-6
"""Standard errors of x below this are drawn at it: the axis is logarithmic."""
MARKERS = {"invariant": "o", "congruent": "D", "critical": "s"}
_WIDE_MM = 120  # from which on the figure is flatter, to fit a page
_SYMBOLS = "os^vDPX*"


@dataclass(frozen=True, kw_only=True)
class Point:
    """A point of a diagram whose temperature has a standard error: K and K."""

    name: str
    kind: str
    temperature: float
    stderr: float
    electronic: bool


@styled
def uncertainty(path: str | PathLike, *, width_mm: float = COLUMN_MM) -> Figure:
    """Standard errors of x on the boundaries against T, and of the temperatures of points.

    A dot in the first panel is the x of a phase on one of its boundaries at one temperature.
    """
    regions = regions_of(read_records(path, schema.Boundary))
    if not regions:
        return note_figure(width_mm, f"no /boundaries in {Path(path).name}")
    points = [p for p in points_of(path) if np.isfinite(p.stderr)]
    rows = 0.042 * len(points) + 0.16 if points else 0.0
    flat = 0.7 if width_mm > _WIDE_MM else 1.0
    figure = new_figure(width_mm, flat * (0.75 + rows) * width_mm)
    ratios = [0.6, rows - 0.08] if points else [1]
    panels = figure.subplots(len(ratios), squeeze=False, height_ratios=ratios)[:, 0]
    _plot_boundaries(panels[0], regions)
    legend_above(figure, panels[0])
    if points:
        panels[0].set_title("(a)")
        panels[1].set_title("(b)")
        _plot_points(panels[1], points)
    return figure


def points_of(path: str | PathLike) -> list[Point]:
    """Invariant, congruent and critical points by rising temperature, both diagrams."""
    found = [
        *_points(read_records(path, schema.Invariant), read_records(path, schema.Boundary), False),
        *_points(
            read_records(path, schema.ElectronicInvariant),
            read_records(path, schema.ElectronicBoundary), True,
        ),
    ]  # fmt: skip
    return sorted(found, key=lambda point: (point.temperature, point.electronic))


def _points(
    invariants: Mapping[str, schema.Invariant],
    boundaries: Mapping[str, schema.Boundary],
    electronic: bool,
) -> Iterator[Point]:
    for of in invariants.values():
        yield Point(
            name=" + ".join(map(phase_symbol, of.phases)), kind=of.kind,
            temperature=of.temperature_K, stderr=of.temperature_stderr_K, electronic=electronic,
        )  # fmt: skip
    for region in regions_of(boundaries):
        if region.closes and region.ends_in != "congruent":
            _, temperature, stderr = region.critical
            yield Point(
                name=region.label, kind="critical", temperature=temperature, stderr=stderr,
                electronic=electronic,
            )  # fmt: skip


def _plot_boundaries(axes: Axes, regions: Sequence[Region]) -> None:
    """A dot per phase, boundary and temperature; errors that are not known are not drawn."""
    phases = list(dict.fromkeys(phase for region in regions for phase in region.phases))
    for n, (phase, colour) in enumerate(zip(phases, series_colours(len(phases)), strict=True)):
        T, error = (np.concatenate(c) for c in zip(*_sides(regions, phase), strict=True))
        known = error > 0  # regions hold 0 where it is not known
        style = {"ms": 2.6, "mew": 0, "color": colour, "label": phase_symbol(phase)}
        axes.plot(
            T[known], error[known].clip(LEAST), _SYMBOLS[n % len(_SYMBOLS)], alpha=0.8, **style
        )
    axes.set_yscale("log")
    axes.set(xlabel="$T$ (K)", ylabel="Standard error of $x$")


def _sides(regions: Sequence[Region], phase: str) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """T and the standard error of x of a phase, on every boundary of it."""
    for region in regions:
        for side, name in enumerate(region.phases):
            if name == phase:
                yield region.dome[:, 0], region.stderr[:, side]


def _plot_points(axes: Axes, points: Sequence[Point]) -> None:
    """A row per point, the coldest below."""
    for row, point in enumerate(points):
        colour = ELECTRONIC if point.electronic else "k"
        axes.plot(
            max(point.stderr, 1e-3), row, MARKERS[point.kind], ms=3.5, mew=0.8, mec=colour,
            mfc="white" if point.electronic else colour,
        )  # fmt: skip
    labels = [f"{p.name}, {p.temperature:.0f} K" for p in points]
    axes.set_yticks(range(len(points)), labels)
    for text, point in zip(axes.get_yticklabels(), points, strict=True):
        text.set_color(ELECTRONIC if point.electronic else "k")
    axes.set_ylim(-0.7, len(points) - 0.3)
    axes.set_xscale("log")
    axes.set_xlabel("Standard error of $T$ (K)")
    axes.grid(axis="y", lw=0.3, color="0.85")
    axes.set_axisbelow(True)

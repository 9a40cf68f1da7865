"""What the uncertainty of the expansion makes of a phase diagram: bands, bars, drawn boundaries."""

from __future__ import annotations

from os import PathLike

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from navac.results import schema
from navac.results.read import read_records

COLOUR = "#882255"
"""Of all that comes from the expansion, apart from fills and lines under every colour vision."""


def draw_spread(axes: Axes, path: str | PathLike) -> None:
    """One standard error by the expansion about boundaries and invariant temperatures.

    Boundaries of drawn interactions are hair lines. Nothing is drawn where the file has no such
    groups.
    """
    _draw_bands(axes, path)
    _draw_bars(axes, path)
    for drawn in read_records(path, schema.DrawnBoundaries).values():
        lines = LineCollection(_lines(drawn), colors=COLOUR, lw=0.25, alpha=0.35, zorder=2)
        axes.add_collection(lines, autolim=False)


def _draw_bands(axes: Axes, path: str | PathLike) -> None:
    """Bands of one standard error of x."""
    regions = read_records(path, schema.Boundary)
    label: str | None = "± expansion"
    for name, of in read_records(path, schema.BoundaryUncertainty).items():
        region = regions[name]
        sides = (region.x_low, of.x_low_stderr_expansion), (
            region.x_high, of.x_high_stderr_expansion
        )  # fmt: skip
        for x, stderr in sides:
            axes.fill_betweenx(
                of.temperature_K, x - stderr, x + stderr, where=np.isfinite(stderr), color=COLOUR,
                alpha=0.25, lw=0, zorder=2, label=label,
            )  # fmt: skip
            label = None


def _draw_bars(axes: Axes, path: str | PathLike) -> None:
    """Bars of one standard error of T, at the middle phase of an invariant point."""
    points = read_records(path, schema.Invariant)
    for name, of in read_records(path, schema.InvariantUncertainty).items():
        point = points[name]
        axes.errorbar(
            [np.median(point.x)], [point.temperature_K], [of.temperature_stderr_expansion_K],
            fmt="none", ecolor=COLOUR, elinewidth=0.8, capsize=1.8, capthick=0.8, zorder=4,
        )  # fmt: skip


def _lines(drawn: schema.DrawnBoundaries) -> list[np.ndarray]:
    """``[point, 2]`` x and T of both sides of every region of every draw."""
    lines = []
    for key in np.unique(np.column_stack([drawn.draw, drawn.region]), axis=0):
        own = (drawn.draw == key[0]) & (drawn.region == key[1])
        lines += [
            np.column_stack([x[own], drawn.temperature_K[own]]) for x in (drawn.x_low, drawn.x_high)
        ]
    return lines

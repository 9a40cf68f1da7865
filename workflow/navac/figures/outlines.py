"""Lines and points of a phase diagram: boundaries with their errors, critical points."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from navac.figures.data import Region, gaps
from navac.results import schema


def draw_errors(axes: Axes, region: Region) -> None:
    """Bands of one standard error about both boundaries."""
    temperature = region.dome[:, 0]
    for x, stderr in zip(region.dome[:, 1:].T, region.stderr.T, strict=True):
        for rows in np.split(np.arange(len(x)), gaps(temperature)):
            low, high = (x - stderr)[rows], (x + stderr)[rows]
            axes.fill_betweenx(temperature[rows], low, high, color="k", alpha=0.25, lw=0)


def draw_lines(axes: Axes, regions: Sequence[Region], label: str | None, **style: Any) -> None:
    for x, temperature in outlines(regions):
        if len(x) > 1:
            axes.plot(x, temperature, label=label, **style)
            label = None
        else:
            axes.plot(x, temperature, ".", ms=2.0, mew=0, color=style["color"])


def outlines(regions: Sequence[Region]) -> list[tuple[np.ndarray, np.ndarray]]:
    """x and T of every boundary line; of a lone temperature, the tie line."""
    lines = []
    for piece in (piece for region in regions for piece in region.pieces()):
        if len(piece) == 1:
            lines.append((piece[0, 1:], piece[[0, 0], 0]))
        else:
            lines += [(x, piece[:, 0]) for x in piece.T[1:]]
    return lines


def draw_critical(axes: Axes, regions: Sequence[Region], label: str | None, **style: Any) -> None:
    closing = [r for r in regions if r.closes and r.ends_in != "congruent"]
    points = np.array([region.critical for region in closing])
    if len(points):
        x, temperature, stderr = points.T
        axes.errorbar(
            x, temperature, np.nan_to_num(stderr), fmt="o", ms=2.8, mew=0.6, elinewidth=0.7,
            capsize=1.8, capthick=0.7, label=label, zorder=5, **style,
        )  # fmt: skip


def draw_invariants(axes: Axes, points: Iterable[schema.Invariant], **style: Any) -> None:
    """Tie lines at which three phases coexist, with a dot for each phase."""
    for point in points:
        if point.kind == "invariant":
            x = np.sort(point.x)
            axes.plot(x, np.full(len(x), point.temperature_K), marker=".", ms=2.2, mew=0, **style)

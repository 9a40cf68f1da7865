"""Lines and points of a phase diagram: boundaries with their errors, critical points."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle

from navac.figures.data import Region, Zone, gaps
from navac.results import schema


@dataclass(frozen=True, kw_only=True)
class Marks:
    """What belongs to a whole diagram: its invariant points, and zones that are not resolved.

    Attributes:
        colour, line: of level lines and hatching.
        entry: whether zones have an entry in the legend.
    """

    invariants: Sequence[schema.Invariant]
    zones: Sequence[Zone]
    colour: str
    line: str
    entry: bool


_WIDEST = 0.2
"""Standard error of x beyond which nothing is known of a boundary, and no band is drawn."""


def draw_marks(axes: Axes, *marks: Marks) -> None:
    """Level lines and zones of several diagrams, the last one below the others."""
    for n, one in enumerate(marks):
        style: dict[str, Any] = {"color": one.colour, "ls": one.line, "zorder": 3 - 0.1 * n}
        draw_invariants(axes, one.invariants, lw=0.7, **style)
        draw_zones(axes, one.zones, one.colour, "unresolved" if one.entry else None)


def draw_zones(axes: Axes, zones: Iterable[Zone], colour: str, label: str | None) -> None:
    """Hatched rectangles where it is not known which phases there are."""
    for zone in zones:
        (cold, hot), (low, high) = zone.temperature, zone.x
        axes.add_patch(Rectangle(
            (low, cold), high - low, hot - cold, fc=(*to_rgb(colour), 0.15), ec=colour, lw=0.4,
            hatch="//////", zorder=1.5, label=label,
        ))  # fmt: skip
        label = None


def draw_errors(axes: Axes, region: Region, colour: str = "k", alpha: float = 0.25) -> None:
    """Bands of one standard error about both boundaries, where anything is known of them."""
    temperature = region.dome[:, 0]
    known = np.where(region.stderr < _WIDEST, region.stderr, np.nan)
    for x, stderr in zip(region.dome[:, 1:].T, known.T, strict=True):
        for rows in np.split(np.arange(len(x)), gaps(temperature)):
            low, high = (x - stderr)[rows], (x + stderr)[rows]
            axes.fill_betweenx(temperature[rows], low, high, color=colour, alpha=alpha, lw=0)


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
            x, temperature, np.nan_to_num(stderr), fmt="o", mew=0.6, elinewidth=0.7,
            capsize=1.8, capthick=0.7, label=label, **style,
        )  # fmt: skip


def draw_invariants(axes: Axes, points: Iterable[schema.Invariant], **style: Any) -> None:
    """Tie lines at which three phases coexist, with a dot for each phase and the error of T."""
    for point in points:
        if point.kind != "invariant":
            continue
        x, T = np.sort(point.x), point.temperature_K
        axes.plot(x, np.full(len(x), T), marker=".", ms=2.2, mew=0, **style)
        if np.isfinite(point.temperature_stderr_K):
            axes.errorbar(
                x[len(x) // 2], T, point.temperature_stderr_K, fmt="none", elinewidth=0.7,
                ecolor=style["color"], zorder=style["zorder"] + 1,
            )  # fmt: skip

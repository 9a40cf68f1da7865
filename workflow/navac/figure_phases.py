"""The temperature–composition phase diagram of a campaign (paper Fig. 2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle
from os import PathLike
from pathlib import Path

import h5py
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from navac.figure_data import Region, gaps, read_regions
from navac.figure_style import (
    COLUMN_MM,
    PALETTE,
    legend_above,
    line_cells,
    new_figure,
    note_figure,
    phase_symbol,
    place_label,
    raster,
    styled,
)

_SMALL = 0.2  # regions ending below this part of the temperature axis get a panel of their own
_ELECTRONIC = "#D55E00"
_ALPHA = 0.4
_FILLS = tuple(PALETTE[index] for index in (4, 1, 2, 3, 0))


@styled
def phase_diagram(
    path: str | PathLike, *, composition_label: str = "$x$", width_mm: float = COLUMN_MM
) -> Figure:
    """Two-phase regions, their phases and critical points from ``phase_diagram.h5``.

    Lines are dashed where electronic entropy is included. Regions that end below a fifth of the
    temperature axis are shown once more, enlarged, in a second panel.
    """
    with h5py.File(path) as file:
        regions = read_regions(file.get("boundaries", {}))
        electronic = read_regions(file.get("boundaries_electronic", {}))
    if not regions:
        return note_figure(width_mm, f"no /boundaries in {Path(path).name}")
    top = 1.12 * max(region.top_K for region in regions + electronic)
    small = [region for region in regions if region.top_K < _SMALL * top]
    figure = new_figure(width_mm, (1.25 if small else 0.85) * width_mm)
    ratios = [5, 3] if small else [1]
    panels = figure.subplots(len(ratios), squeeze=False, height_ratios=ratios)
    main, *detail = panels[:, 0]
    _draw(main, regions, electronic, _limits(regions + electronic, top))
    for axes in detail:
        _draw(axes, regions, electronic, _limits(small, 1.35 * max(r.top_K for r in small)))
        main.set_title("(a)")
        axes.set_title("(b) low temperatures enlarged")
    panels[-1, 0].set_xlabel(composition_label)
    legend_above(figure, main)
    figure.draw_without_rendering()
    large = [region for region in regions if region not in small]
    _write_labels(main, regions, electronic, large, _phase_positions(regions))
    for axes in detail:
        _write_labels(axes, regions, electronic, small, _phase_positions(small))
    return figure


def _limits(regions: Sequence[Region], top: float) -> tuple[float, float, float]:
    """Left, right and upper end of axes that hold the regions, with room at the sides."""
    x = np.concatenate([region.dome[:, 1:].ravel() for region in regions])
    margin = 0.04 * (np.ptp(x) or 1.0)
    return x.min() - margin, x.max() + margin, top


def _draw(
    axes: Axes,
    regions: Sequence[Region],
    electronic: Sequence[Region],
    limits: tuple[float, float, float],
) -> None:
    for region, colour in zip(regions, cycle(_FILLS)):
        for temperature, low, high in (piece.T for piece in region.pieces()):
            axes.fill_betweenx(temperature, low, high, color=colour, alpha=_ALPHA, lw=0)
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


def _draw_lines(axes: Axes, regions: Sequence[Region], label: str, **style) -> None:
    for line in _outlines(regions):
        axes.plot(*line, label=label, **style)
        label = None


def _outlines(regions: Sequence[Region]) -> list[tuple[np.ndarray, np.ndarray]]:
    """x and T of every boundary line; of a piece with one temperature, the tie line."""
    pieces = [piece for region in regions for piece in region.pieces()]
    lines = [(x, piece[:, 0]) for piece in pieces if len(piece) > 1 for x in piece.T[1:]]
    ties = [(piece[0, 1:], piece[[0, 0], 0]) for piece in pieces if len(piece) == 1]
    return lines + ties


def _draw_critical(axes: Axes, regions: Sequence[Region], label: str | None, **style) -> None:
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
) -> None:
    """Names of the shown regions inside them, or in a legend where too small, and of phases."""
    lines = _drawn_cells(axes, regions, electronic)
    outside = _between(axes, regions) & ~lines
    unplaced = []
    for region, colour in zip(regions, cycle(_FILLS)):
        inside = _inside(axes, region.pieces())
        outside &= ~_inside(axes, [np.concatenate(region.pieces())])  # gaps are no single phase
        if region not in shown:
            continue
        if not place_label(axes, region.label, _middle(axes, inside), inside & ~lines):
            unplaced.append(Patch(color=colour, alpha=_ALPHA, lw=0, label=region.label))
    for phase, target in phases.items():
        place_label(axes, phase_symbol(phase), target, outside)
    if unplaced:
        place = {"loc": "lower right", "bbox_to_anchor": (1.0, 1.0), "borderpad": 0.1}
        axes.legend(handles=unplaced, ncols=len(unplaced), **place)


def _between(axes: Axes, regions: Sequence[Region]) -> np.ndarray:
    """Raster cells inside the composition range of the regions."""
    x, temperature = raster(axes)
    ends = np.concatenate([region.dome[:, 1:].ravel() for region in regions])
    return np.broadcast_to((x >= ends.min()) & (x <= ends.max()), (len(temperature), len(x)))


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
            found.setdefault(phase, []).append((temperature, x, 0.6 * region.top_K))
    return {
        phase: (min(ends)[1], min(height for *_, height in ends)) for phase, ends in found.items()
    }

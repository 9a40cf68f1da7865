"""Names of regions and phases, written where the phase diagram has room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from navac.figures.data import Region, own_x
from navac.figures.outlines import outlines
from navac.figures.style import (
    line_cells,
    phase_symbol,
    place_label,
    raster,
)

_FEW = 3  # temperatures of a region that is too poorly known for a label inside it
_SIDEWAYS = 0.12  # a phase's name stays this near to its composition, in widths of the axes


def write_names(
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
    lines = outlines([*regions, *electronic])
    for x, temperature, stderr in (r.critical for r in [*regions, *electronic] if r.closes):
        reach = max(np.nan_to_num(stderr), 0.02 * axes.get_ylim()[1])
        lines.append((np.array([x, x]), temperature + np.array([-reach, reach])))
    return np.any([line_cells(axes, *line) for line in lines], axis=0)


def _middle(axes: Axes, cells: np.ndarray) -> tuple[float, float]:
    """Centre of the visible part of a region; of the axes where there is none."""
    x, temperature = raster(axes)
    row, column = np.nonzero(cells if cells.any() else ~cells)
    return x[column].mean(), temperature[row].mean()


def phase_positions(regions: Sequence[Region]) -> dict[str, tuple[float, float]]:
    """x of every phase at its lowest temperature, and 0.6 of where its first region ends."""
    found: dict[str, list[tuple[float, float, float]]] = {}
    for region in regions:
        temperature, *sides = region.dome[0]
        for phase, x in zip(region.phases, sides, strict=True):
            found.setdefault(phase, []).append((temperature, x, 0.6 * region.pieces()[0][-1, 0]))
    return {
        phase: (min(ends)[1], min(height for *_, height in ends)) for phase, ends in found.items()
    }

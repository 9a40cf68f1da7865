"""Names of two-phase regions and one-phase fields, written where the phase diagram has room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from scipy.ndimage import distance_transform_edt, label

from navac.figures.data import Region
from navac.figures.fields import UNKNOWN, extent, inside, phase_map
from navac.figures.outlines import outlines
from navac.figures.style import (
    find_place,
    line_cells,
    near_places,
    phase_symbol,
    raster,
    take_place,
)
from navac.results import schema

_LARGE = 0.01  # part of the axes from which a further piece of a field has its name once more
_LEAST = 12  # cells of a field that a leader can point at
_CROSSING = 0.06  # a boundary that a leader crosses counts as so many widths of the axes
_LEADER: dict[str, Any] = {"color": "0.25", "lw": 0.5, "zorder": 5.5}


class Names:
    """The names in one panel; each is written at most once, but for large pieces of a field.

    The layout of the figure has to be settled.

    Attributes:
        shown: the regions that have their names here if there is room.
        of_phase: cells of every one-phase field.
        of_region: cells of every region.
    """

    def __init__(
        self,
        axes: Axes,
        regions: Sequence[Region],
        electronic: Sequence[Region],
        shown: Sequence[Region],
        states: Mapping[str, schema.States],
    ):
        self.axes, self.shown = axes, shown
        x, temperature = raster(axes)
        fields = phase_map(x, temperature, regions, states.values())
        low, high = extent(regions, states.values())
        sampled = temperature >= min(region.dome[0, 0] for region in regions)
        within = (x >= low) & (x <= high) & sampled[:, None]
        self.of_region = {r: inside(x, temperature, r.pieces()) for r in regions}
        # What is missing in a region is no single phase.
        gaps = [inside(x, temperature, [np.concatenate(r.pieces())]) for r in regions]
        self._white = ~np.any(gaps, axis=0)
        self.of_phase = {
            str(name): (fields == name) & within & self._white
            for name in np.unique(fields[fields != UNKNOWN].astype(str))
        }
        self._drawn = _drawn_cells(axes, regions, electronic)
        self._free = ~self._drawn
        self._written = np.zeros_like(self._free)

    def write_inside(self) -> set[Region | str]:
        """Write names inside what they name, the regions first; returns what has its name."""
        named: set[Region | str] = set()
        for region in self.shown:
            cells = self.of_region[region]
            if cells.any() and self._write(region.label, _middle(self.axes, cells), cells):
                named.add(region)
        for phase, cells in self.of_phase.items():
            for piece in _pieces(cells):
                if self._write(phase_symbol(phase), _middle(self.axes, piece), piece):
                    named.add(phase)
        return named

    def room(self, name: Region | str) -> int:
        """Cells that a name could point at here; one at most of a region that is cut off."""
        if isinstance(name, str):
            return int(self.of_phase.get(name, np.zeros(1)).sum())
        cells = int(self.of_region[name].sum())
        return cells if name.top_K <= self.axes.get_ylim()[1] else min(cells, 1)

    def write_beside(self, name: Region | str) -> bool:
        """Write a name in a white place nearby, with a line to what it names; False without."""
        text = phase_symbol(name) if isinstance(name, str) else name.label
        cells = self.of_phase[name] if isinstance(name, str) else self.of_region[name]
        if cells.sum() < _LEAST:
            return False
        x, temperature = raster(self.axes)
        row, column = np.unravel_index(distance_transform_edt(cells).argmax(), cells.shape)
        point = float(x[column]), float(temperature[row])
        place = self._beside(text, point, self._free & self._white & ~cells)
        if place is None:
            return False
        self._take(text, place)
        self._point(place, point)
        return True

    def _beside(
        self, text: str, point: tuple[float, float], free: np.ndarray
    ) -> tuple[float, float] | None:
        """A free place near a point whose line crosses no name and few boundaries."""
        best, least = None, np.inf
        for place, distance in near_places(self.axes, text, point, free):
            if distance >= least:
                break
            line = line_cells(self.axes, *np.array([place, point]).T)
            if (line & self._written).any():
                continue
            cost = distance + _CROSSING * label(line & self._drawn, np.ones((3, 3)))[1]
            if cost < least:
                best, least = place, cost
        return best

    def _write(self, text: str, target: tuple[float, float], cells: np.ndarray) -> bool:
        place = find_place(self.axes, text, target, cells & self._free)
        if place is not None:
            self._take(text, place)
        return place is not None

    def _take(self, text: str, place: tuple[float, float]) -> None:
        before = self._free.copy()
        take_place(self.axes, text, place, self._free)
        self._written |= before & ~self._free

    def _point(self, place: tuple[float, float], point: tuple[float, float]) -> None:
        """A line from the edge of a written name to the point that it names."""
        box = self.axes.texts[-1].get_window_extent()
        start, end = self.axes.transData.transform([place, point])
        away = end - start
        half = np.array([box.width, box.height]) / 2 + 0.02 * self.axes.figure.dpi
        reach = np.min(half / np.maximum(np.abs(away), 1e-9))
        start = self.axes.transData.inverted().transform(start + min(reach, 1.0) * away)
        line = np.array([start, point])
        self.axes.plot(*line.T, "-", gid="leader", **_LEADER)
        self.axes.plot(*point, "D", ms=1.4, mew=0, gid="leader", **_LEADER)
        cells = line_cells(self.axes, *line.T)
        self._free &= ~cells
        self._written |= cells


def _pieces(cells: np.ndarray) -> list[np.ndarray]:
    """The largest connected piece of some cells, and others that are large."""
    numbered, count = label(cells)
    sizes = np.bincount(numbered.ravel())[1:]
    order = np.argsort(sizes)[::-1][:count]
    large = [k for k in order if sizes[k] > _LARGE * cells.size]
    return [numbered == k + 1 for k in (large or order[:1])]


def _drawn_cells(axes: Axes, regions: Sequence[Region], electronic: Sequence[Region]) -> np.ndarray:
    """Raster cells under boundary lines and critical points."""
    lines = outlines([*regions, *electronic])
    for x, temperature, stderr in (r.critical for r in [*regions, *electronic] if r.closes):
        reach = max(np.nan_to_num(stderr), 0.02 * axes.get_ylim()[1])
        lines.append((np.array([x, x]), temperature + np.array([-reach, reach])))
    return np.any([line_cells(axes, *line) for line in lines], axis=0)


def _middle(axes: Axes, cells: np.ndarray) -> tuple[float, float]:
    """Centre of some cells."""
    x, temperature = raster(axes)
    row, column = np.nonzero(cells)
    return float(x[column].mean()), float(temperature[row].mean())

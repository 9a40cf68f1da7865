"""The look of every figure: size, fonts, colours, text that keeps clear of the data, files.

Nothing here touches matplotlib's global state: figures are made without pyplot and styled
inside :data:`styled`.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from scipy.ndimage import minimum_filter

COLUMN_MM = 85.0
PNG_DPI = 300
SIGNATURE_MM = 3.0
# Okabe and Ito's colour-blind-safe palette without its yellow, too pale for lines.
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#000000")
ELECTRONIC = "#D55E00"
"""Colour of what includes electronic entropy."""
STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 7.0,
    "axes.labelsize": 7.5,
    "axes.titlesize": 7.0,
    "axes.titlelocation": "left",
    "axes.linewidth": 0.6,
    "figure.labelsize": 7.5,
    "legend.fontsize": 6.5,
    "legend.frameon": False,
    "legend.handlelength": 1.6,
    "legend.columnspacing": 1.0,
    "lines.linewidth": 1.0,
    "xtick.labelsize": 6.5,
    "ytick.labelsize": 6.5,
    "xtick.direction": "in",
    "ytick.direction": "in",
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "pdf.fonttype": 42,
}
_LETTER_IN = 0.08  # free space on either side of a name
_CELLS = 300  # of the raster on which places for labels are searched, along each axis

styled = mpl.rc_context(STYLE)


def new_figure(width_mm: float, height_mm: float) -> Figure:
    """An empty figure of that size with constrained layout, drawn by Agg."""
    inches = (width_mm / 25.4, height_mm / 25.4)
    figure = Figure(figsize=inches, dpi=PNG_DPI, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def sign(figure: Figure, text: str) -> None:
    """Write along the right edge of a figure where its numbers come from."""
    share = SIGNATURE_MM / 25.4 / figure.get_figwidth()
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.set(rect=(0, 0, 1 - share, 1))  # type: ignore[call-arg]  # of constrained layout
    style: dict[str, Any] = {"rotation": 90, "size": 5, "color": "0.4"}
    figure.text(1 - 0.3 * share, 0.5, text, ha="right", va="center", **style)


def note_figure(width_mm: float, message: str) -> Figure:
    """A figure that only says why there is nothing to show."""
    figure = new_figure(width_mm, 0.4 * width_mm)
    figure.text(0.5, 0.5, message, ha="center", va="center", wrap=True)
    return figure


def series_colours(count: int) -> Sequence:
    """Colours for ``count`` curves: the palette, or samples of cividis where it is too short."""
    if count <= len(PALETTE):
        return PALETTE[:count]
    return list(mpl.colormaps["cividis"](np.linspace(0.0, 0.92, count)))


def with_colours(curves: Mapping[float, Any]) -> Iterator[tuple[float, Any, Any]]:
    """Temperature, curve and colour of every curve; 0 K is black."""
    colours = iter(series_colours(sum(temperature > 0 for temperature in curves)))
    for temperature, curve in curves.items():
        yield temperature, curve, next(colours) if temperature > 0 else "k"


def legend_above(figure: Figure, axes: Axes) -> None:
    """A legend of what ``axes`` holds above all panels, in as many rows as it needs."""
    legend_outside(figure, *axes.get_legend_handles_labels(), "upper")


def legend_outside(
    figure: Figure, handles: Sequence, labels: Sequence[str], side: str
) -> Legend | None:
    """A legend at the ``upper`` or ``lower`` edge in as many columns as the figure has room for."""
    room = figure.bbox.width - 0.04 * figure.dpi
    for columns in range(len(labels), 0, -1):
        rows = -(-len(labels) // columns)
        if columns != -(-len(labels) // rows):
            continue  # fewer columns are filled with the same number of rows
        legend = figure.legend(handles, labels, loc=f"outside {side} center", ncols=columns)  # type: ignore[call-overload]  # no "outside" in the stubs
        if columns == 1 or legend.get_window_extent().width <= room:
            return legend
        legend.remove()
    return None


def break_axis(left: Axes, right: Axes) -> None:
    """Open the frames of neighbours that face each other, with slanted marks at the ends."""
    left.spines.right.set_visible(False)
    right.spines.left.set_visible(False)
    right.tick_params(left=False)
    marks: dict[str, Any] = {
        "marker": [(-0.5, -1), (0.5, 1)],
        "ms": 4,
        "mew": 0.6,
        "ls": "none",
        "clip_on": False,
    }
    left.plot([1, 1], [0, 1], transform=left.transAxes, color="k", **marks)
    right.plot([0, 0], [0, 1], transform=right.transAxes, color="k", **marks)


_FOUND = {"modulated": "M", "ordered": "O", "disordered": "D"}
"""Symbols of phases that sampling found, see :mod:`navac.thermodynamics.assignment`."""

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def phase_symbol(name: str) -> str:
    """``zeta`` → ``ζ``, ``modulated2`` → ``M₂``; any other name stays as it is."""
    kind = name.rstrip("0123456789")
    if kind in _FOUND:
        return _FOUND[kind] + name[len(kind) :].translate(_SUBSCRIPTS)
    try:
        return unicodedata.lookup(f"GREEK SMALL LETTER {name.upper()}")
    except KeyError:
        return name


def raster(axes: Axes) -> tuple[np.ndarray, np.ndarray]:
    """Data coordinates ``x[column]``, ``y[row]`` of the cells that :func:`find_place` uses."""
    fraction = (np.arange(_CELLS) + 0.5) / _CELLS
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    return left + fraction * (right - left), bottom + fraction * (top - bottom)


def line_cells(axes: Axes, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Cells ``bool[row, column]`` that a polyline in data coordinates passes through."""
    cells = np.zeros((_CELLS, _CELLS), dtype=bool)
    dense = np.linspace(0, len(x) - 1, 4 * _CELLS)
    points = [np.interp(dense, np.arange(len(x)), values) for values in (x, y)]
    limits = (axes.get_xlim(), axes.get_ylim())
    column, row = (
        np.floor((values - low) / (high - low) * _CELLS).astype(int)
        for values, (low, high) in zip(points, limits, strict=True)
    )
    inside = (column >= 0) & (column < _CELLS) & (row >= 0) & (row < _CELLS)
    cells[row[inside], column[inside]] = True
    return cells


def find_place(
    axes: Axes, text: str, target: tuple[float, float], free: np.ndarray
) -> tuple[float, float] | None:
    """The place nearest to ``target`` (both data) where ``text`` covers ``free`` cells only.

    The layout of the figure has to be settled (``figure.draw_without_rendering()``).

    Args:
        free: ``bool[row, column]`` of :func:`raster`.

    Returns:
        None where no free place is large enough.
    """
    return next((place for place, _ in near_places(axes, text, target, free, step=1)), None)


def near_places(
    axes: Axes, text: str, target: tuple[float, float], free: np.ndarray, *, step: int = 6
) -> Iterator[tuple[tuple[float, float], float]]:
    """Places (data) where ``text`` covers free cells only, the nearest to ``target`` first.

    Args:
        step: every so many cells along each axis is looked at.

    Yields:
        the place, and its distance in widths of the axes; sideways counts double, because a name
        says more about composition than about temperature.
    """
    width, height = _label_cells(axes, text)
    # A box of free cells around a centre; beyond the frame nothing is free.
    centres = minimum_filter(free, size=(height, width), mode="constant", cval=False)
    x, y = raster(axes)
    row, column = np.nonzero(centres[::step, ::step])
    row, column = row * step, column * step
    frame = axes.get_window_extent()
    across = (x[column] - target[0]) / np.ptp(x)
    up = (y[row] - target[1]) / np.ptp(y) * frame.height / frame.width
    distance = np.hypot(2.0 * across, up)
    for n in np.argsort(distance, kind="stable"):
        yield (float(x[column[n]]), float(y[row[n]])), float(distance[n])


def take_place(axes: Axes, text: str, place: tuple[float, float], free: np.ndarray) -> None:
    """Write ``text`` about a place (data) and clear the cells it covers in ``free``.

    A letter's width is cleared on either side too: names in one line do not read as one.
    """
    width, height = _label_cells(axes, text)
    width += 2 * int(np.ceil(_LETTER_IN * axes.figure.dpi / axes.bbox.width * _CELLS))
    x, y = raster(axes)
    row, column = np.abs(y - place[1]).argmin(), np.abs(x - place[0]).argmin()
    axes.text(*place, text, ha="center", va="center", zorder=6)
    rows = slice(max(row - height // 2, 0), row + height // 2 + 1)
    free[rows, max(column - width // 2, 0) : column + width // 2 + 1] = False


def _label_cells(axes: Axes, text: str) -> tuple[int, int]:
    """Columns and rows of the raster that ``text`` needs, with a margin of half a letter."""
    sample = axes.text(0.5, 0.5, text, transform=axes.transAxes)
    box, frame = sample.get_window_extent(), axes.get_window_extent()
    sample.remove()
    margin = 0.04 * axes.figure.dpi
    width = (box.width + margin) / frame.width
    return int(np.ceil(width * _CELLS)), int(np.ceil((box.height + margin) / frame.height * _CELLS))


def save(figure: Figure, stem: str | os.PathLike) -> tuple[Path, Path]:
    """Write ``<stem>.pdf`` and ``<stem>.png`` (300 dpi), each whole or not at all.

    The files carry no times, so that equal figures give equal bytes.
    """
    stem = Path(stem)
    stem.parent.mkdir(parents=True, exist_ok=True)
    no_times = {"CreationDate": None, "ModDate": None}
    return (
        _save_as(figure, stem.with_name(stem.name + ".pdf"), metadata=no_times),
        _save_as(figure, stem.with_name(stem.name + ".png"), dpi=PNG_DPI),
    )


def _save_as(figure: Figure, path: Path, **options) -> Path:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with mpl.rc_context(STYLE):
            figure.savefig(temporary, format=path.suffix[1:], **options)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    return path

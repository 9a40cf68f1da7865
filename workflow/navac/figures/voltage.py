"""Voltage curves, with panels that enlarge steps too small to be seen on the whole axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator
from scipy.constants import physical_constants

from navac.figures.data import read_curves, with_plateaus
from navac.figures.style import COLUMN_MM, new_figure, note_figure, styled, with_colours
from navac.results import schema

_FARADAY_MAH_PER_MOL = physical_constants["Faraday constant"][0] / 3.6
_VANISHING = 0.05  # steps below this part of the voltage axis are enlarged
_FLAT_V = 1e-6  # voltages of a plateau differ by less
_LONG = 0.02  # part of the composition axis that a plateau is longer than
_PER_ROW = 2
_WIDE_MM = 120  # from which on the figure is flatter, to fit a page


@dataclass(frozen=True)
class Window:
    """A part of the axes: x from and to, V from and to."""

    x: tuple[float, float]
    voltage: tuple[float, float]


@styled
def voltage_curves(
    path: str | PathLike,
    *,
    molar_mass_g_per_mol: float,
    x_max: float,
    reference: str = "",
    composition_label: str = "$x$",
    width_mm: float = COLUMN_MM,
) -> Figure:
    """Voltage against composition at every temperature of ``voltage.h5``.

    Neighbouring plateaus of the coldest curve whose steps are below a twentieth of the axis are
    shown once more, enlarged, in panels below; the whole curves remain.

    Args:
        molar_mass_g_per_mol: of one formula unit at ``x_max``; the capacity on the upper axis is
            the charge of a monovalent ion taken out since ``x_max``, per gram of that formula.
        reference: electrode of the voltage scale, as in ``Li/Li⁺``.
    """
    curves = read_curves(path, schema.VoltageCurve)
    if not curves:
        return note_figure(width_mm, f"no voltage curves in {Path(path).name}")
    lines = {T: with_plateaus(c.x, c.voltage_V, c.stable.astype(bool)) for T, c in curves.items()}
    windows = small_steps(lines)
    rows = -(-len(windows) // _PER_ROW)
    flat = 0.8 if width_mm > _WIDE_MM else 1.0
    figure = new_figure(width_mm, flat * (0.85 + 0.42 * rows) * width_mm)
    axes, panels = _panels(figure, len(windows), rows)
    _plot(axes, lines)
    _capacity_above(axes, _FARADAY_MAH_PER_MOL / molar_mass_g_per_mol, x_max)
    vs = f" vs. {reference}" if reference else ""
    axes.set(xlabel=composition_label, ylabel=f"Voltage (V{vs})")
    axes.legend(loc="best")
    axes.set(xlim=axes.get_xlim(), ylim=axes.get_ylim())  # whatever is marked
    for number, (panel, window) in enumerate(zip(panels, windows, strict=True)):
        _enlarge(axes, panel, lines, window, chr(ord("b") + number))
        panel.set_xlabel("$x$")
        panel.set_ylabel("" if number % _PER_ROW else "Voltage (V)")
    return figure


def small_steps(lines: Mapping[float, tuple[np.ndarray, np.ndarray]]) -> list[Window]:
    """Windows about neighbouring plateaus of the coldest curve that look like one.

    Args:
        lines: x and V of the curves by temperature, plateaus drawn flat.
    """
    voltages = np.concatenate([voltage for _, voltage in lines.values()])
    whole = float(np.ptp(voltages)) if voltages.size else 0.0
    coldest = lines[min(lines)]
    groups: list[list[tuple[float, float, float]]] = []
    for plateau in _plateaus(*coldest):
        if groups and abs(groups[-1][-1][2] - plateau[2]) < _VANISHING * whole:
            groups[-1].append(plateau)
        else:
            groups.append([plateau])
    return [_window(group) for group in groups if len(group) > 1 and _spread(group) < whole / 4]


def _plateaus(x: np.ndarray, voltage: np.ndarray) -> list[tuple[float, float, float]]:
    """Begin and end in x, and voltage, of the flat parts of a curve; equal neighbours are one."""
    found: list[tuple[float, float, float]] = []
    cuts = np.flatnonzero(np.abs(np.diff(voltage)) > _FLAT_V) + 1
    for part in np.split(np.arange(len(x)), cuts):
        if len(part) > 1 and abs(x[part[-1]] - x[part[0]]) > _LONG * np.ptp(x):
            ends = sorted((float(x[part[0]]), float(x[part[-1]])))
            found.append((ends[0], ends[1], float(voltage[part].mean())))
    return found


def _spread(group: Sequence[tuple[float, float, float]]) -> float:
    return max(p[2] for p in group) - min(p[2] for p in group)


def _window(group: Sequence[tuple[float, float, float]]) -> Window:
    """A window about a group of plateaus, with room on all sides."""
    left, right = min(p[0] for p in group), max(p[1] for p in group)
    lower, upper = min(p[2] for p in group), max(p[2] for p in group)
    beside, above = 0.06 * (right - left), 0.5 * (upper - lower)
    return Window((left - beside, right + beside), (lower - above, upper + above))


def _panels(figure: Figure, count: int, rows: int) -> tuple[Axes, list[Axes]]:
    """Axes of the whole curves, and below them those of the enlarged parts."""
    if not count:
        return figure.subplots(), []
    grid = figure.add_gridspec(1 + rows, _PER_ROW, height_ratios=[2, *[1] * rows])
    axes = figure.add_subplot(grid[0, :])
    panels = []
    for n in range(count):
        row, column = divmod(n, _PER_ROW)
        last_alone = n == count - 1 and column == 0
        panels.append(figure.add_subplot(grid[1 + row, :] if last_alone else grid[1 + row, column]))
    return axes, panels


def _plot(axes: Axes, lines: Mapping[float, tuple[np.ndarray, np.ndarray]]) -> None:
    # Colder curves show under the warmer ones where they are the same.
    widths = np.linspace(2.2, 0.7, max(len(lines), 2))
    for width, (temperature, (x, voltage), colour) in zip(
        widths, with_colours(lines), strict=False
    ):
        axes.plot(x, voltage, color=colour, lw=width, label=f"{temperature:g} K")


def _capacity_above(axes: Axes, scale: float, x_max: float) -> None:
    above = axes.secondary_xaxis(
        "top",
        functions=(
            lambda x: (x_max - np.asarray(x, float)) * scale,
            lambda capacity: x_max - np.asarray(capacity, float) / scale,
        ),
    )
    above.set_xlabel("Capacity (mAh g$^{-1}$)")


def _enlarge(
    axes: Axes,
    panel: Axes,
    lines: Mapping[float, tuple[np.ndarray, np.ndarray]],
    window: Window,
    letter: str,
) -> None:
    """Draw a window once more in a panel of its own, and mark it on the whole curves."""
    _plot(panel, lines)
    panel.set(xlim=window.x, ylim=window.voltage)
    panel.xaxis.set_major_locator(MaxNLocator(4))
    panel.yaxis.set_major_locator(MaxNLocator(4))
    panel.ticklabel_format(useOffset=False)
    panel.set_title(f"({letter}) enlarged")
    axes.set_title("(a)")
    (left, right), (low, high) = window.x, window.voltage
    axes.add_patch(
        Rectangle((left, low), right - left, high - low, fill=False, ec="0.5", lw=0.5, zorder=0)
    )
    bottom, top = axes.get_ylim()
    below = low > bottom + 0.08 * (top - bottom)  # otherwise the letter stands above the frame
    place: dict[str, Any] = {"textcoords": "offset points", "ha": "left", "color": "0.3"}
    axes.annotate(
        letter, (max(left, axes.get_xlim()[0]), low if below else high), (2, -2 if below else 2),
        va="top" if below else "bottom", **place,
    )  # fmt: skip

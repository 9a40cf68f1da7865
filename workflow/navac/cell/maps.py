"""Maps of particles: composition against radius and time, spheres and solids in section, a film."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import PolyCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from navac.cell.body import Body
from navac.cell.particle import SHARES, Charge
from navac.cell.solid import SolidState, section
from navac.figures.labels import mathtext
from navac.figures.style import COLUMN_MM, new_figure, styled

FRAMES = 40
FRAMES_PER_SECOND = 10
DOTS_PER_INCH = 150
"""Of the film."""
SPREAD_MAP, STRESS_MAP, MISES_MAP = "viridis", "coolwarm", "magma"
QUANTITIES = (
    # label, colours, symmetric about zero
    ("$x$", SPREAD_MAP, False),
    ("hydrostatic (MPa)", STRESS_MAP, True),
    ("von Mises (MPa)", MISES_MAP, False),
)


def _fields(charged: Charge, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Composition, hydrostatic and von Mises stress in MPa along the radius at a time."""
    return charged.x[k], charged.hydrostatic[k] / 1e6, charged.von_mises[k] / 1e6


def _ranges(charges: Mapping[str, Charge]) -> list[tuple[float, float]]:
    """Ends of the colour scales, one for all materials."""
    found = []
    shown = [
        _fields(c, k) for c in charges.values() for share in SHARES
        if (k := c.at(share)) is not None
    ]  # fmt: skip
    for n, (_, _, symmetric) in enumerate(QUANTITIES):
        values = np.concatenate([fields[n] for fields in shown]) if shown else np.zeros(1)
        low, high = float(values.min()), float(values.max())
        if symmetric:
            high = max(abs(low), abs(high))
            low = -high
        found.append((low, high if high > low else low + 1e-12))
    return found


@styled
def against_radius(charges: Mapping[str, Charge], *, width_mm: float = COLUMN_MM) -> Figure:
    """Composition against radius and share of the charge, a panel per material."""
    figure = new_figure(width_mm, 0.75 * width_mm * len(charges))
    panels = figure.subplots(len(charges), 1, squeeze=False)[:, 0]
    for axes, (name, charged) in zip(panels, charges.items(), strict=True):
        image = axes.pcolormesh(
            100 * charged.share, 1e9 * charged.radius, charged.x.T, cmap=SPREAD_MAP,
            shading="nearest", rasterized=True,
        )  # fmt: skip
        axes.set(xlabel="Charge (%)", ylabel="Radius (nm)", xlim=(0, 100))
        axes.set_title(mathtext(name))
        figure.colorbar(image, ax=axes, label="$x$")
    return figure


@styled
def spheres(charges: Mapping[str, Charge], *, width_mm: float = COLUMN_MM) -> Figure:
    """Sections of spherical particles at 10, 50 and 90 % of the charge.

    A column per share, three rows per material: composition, hydrostatic and von Mises stress.
    The scales of all materials are the same.
    """
    rows = len(QUANTITIES) * len(charges)
    figure = new_figure(width_mm, 0.30 * width_mm * rows)
    panels = figure.subplots(rows, len(SHARES), squeeze=False)
    ranges = _ranges(charges)
    for m, (name, charged) in enumerate(charges.items()):
        for n, (label, colours, _) in enumerate(QUANTITIES):
            line = panels[len(QUANTITIES) * m + n]
            image = None
            for axes, share in zip(line, SHARES, strict=True):
                k = charged.at(share)
                if m == n == 0:
                    axes.set_title(f"{100 * share:.0f} %")
                if k is None:
                    _without(axes)
                    continue
                image = _disc(axes, charged.radius, _fields(charged, k)[n], colours, ranges[n])
            line[0].set_ylabel(mathtext(name))
            if image is not None:
                figure.colorbar(image, ax=line.tolist(), label=label)
    return figure


def _without(axes: Axes) -> None:
    """A panel that says that the charge had ended."""
    axes.text(0.5, 0.5, "ended\nbefore", ha="center", va="center", transform=axes.transAxes)
    _bare(axes)


def _bare(axes: Axes) -> None:
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)


def _disc(
    axes: Axes, radius: np.ndarray, values: np.ndarray, colours: str, ends: tuple[float, float]
) -> Any:
    """A disc whose colour depends on the radius."""
    turn = np.linspace(0, 2 * np.pi, 73)
    r = radius[:: max(1, len(radius) // 200)]
    inner = np.interp((r[1:] + r[:-1]) / 2, radius, values)
    image = axes.pcolormesh(
        np.outer(r, np.cos(turn)), np.outer(r, np.sin(turn)), np.tile(inner[:, None], (1, 72)),
        cmap=colours, vmin=ends[0], vmax=ends[1], rasterized=True,
    )  # fmt: skip
    edge = 1.03 * radius[-1]
    axes.set(aspect="equal", xlim=(-edge, edge), ylim=(-edge, edge))
    _bare(axes)
    return image


@styled
def solids(
    particles: Mapping[str, tuple[Body, Sequence[SolidState]]], *, width_mm: float = COLUMN_MM
) -> Figure:
    """Sections of solid particles at 10, 50 and 90 % of the charge: x and von Mises stress."""
    rows = 2 * len(particles)
    figure = new_figure(width_mm, 0.32 * width_mm * rows)
    panels = figure.subplots(rows, len(SHARES), squeeze=False)
    for m, (name, (body, states)) in enumerate(particles.items()):
        for n, (label, colours) in enumerate((("$x$", SPREAD_MAP), ("von Mises (MPa)", MISES_MAP))):
            line = panels[2 * m + n]
            values = [s.x if n == 0 else s.stress.von_mises / 1e6 for s in states]
            ends = (min(map(np.min, values)), max(map(np.max, values)))
            image: Any = None
            for axes, state, value in zip(line, states, values, strict=True):
                polygons, means = section(body, value)
                image = axes.add_collection(PolyCollection(
                    [1e6 * p for p in polygons], array=means, cmap=colours, edgecolors="face",
                    linewidths=0.8, clim=ends, rasterized=True,
                ))  # fmt: skip
                axes.autoscale_view()
                axes.set_aspect("equal")
                _bare(axes)
                if m == n == 0:
                    axes.set_title(f"{100 * state.share:.0f} %")
            line[0].set_ylabel(name)
            figure.colorbar(image, ax=line.tolist(), label=label)
    return figure


@styled
def film(charges: Mapping[str, Charge], path: str | Path, *, width_mm: float = COLUMN_MM) -> None:
    """A film (GIF) of composition and von Mises stress while the particles are charged."""
    from matplotlib.animation import PillowWriter

    ranges, shown = _ranges(charges), (0, 2)
    figure = new_figure(width_mm, 0.42 * width_mm * len(charges) + 8)
    panels = figure.subplots(len(charges), len(shown), squeeze=False)
    for column, n in enumerate(shown):
        label, colours, _ = QUANTITIES[n]
        scale = ScalarMappable(Normalize(*ranges[n]), colours)
        below = panels[:, column].tolist()
        figure.colorbar(scale, ax=below, label=label, location="bottom", shrink=0.8)
    part = Path(path).with_name(f".{Path(path).name}.{os.getpid()}.gif")
    writer = PillowWriter(fps=FRAMES_PER_SECOND)
    with writer.saving(figure, str(part), DOTS_PER_INCH):
        for share in np.linspace(0, max(c.share[-1] for c in charges.values()), FRAMES):
            figure.suptitle(f"{100 * share:.0f} % of the charge")
            for line, (name, charged) in zip(panels, charges.items(), strict=True):
                k = int(np.abs(charged.share - share).argmin())
                for axes, n in zip(line, shown, strict=True):
                    axes.clear()
                    colours = QUANTITIES[n][1]
                    _disc(axes, charged.radius, _fields(charged, k)[n], colours, ranges[n])
                line[0].set_ylabel(mathtext(name))
            writer.grab_frame()
    os.replace(part, path)

"""What the interactive phase diagram says under the pointer: fine cells of every field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from navac.figures.data import Region, Zone
from navac.figures.fields import UNKNOWN, extent, inside, nearest, phase_map
from navac.figures.style import phase_symbol
from navac.results import schema

COLUMNS, ROWS = 200, 110
"""Cells across the diagram, and rows besides those at the temperatures of its regions."""
CLEAR = [[0, "rgba(0,0,0,0)"], [1, "rgba(0,0,0,0)"]]
PLACE = "<i>x</i> = %{x:.3f}, <i>T</i> = %{y:.0f} K"


def cells(
    regions: Sequence[Region],
    states: Mapping[str, schema.States],
    top_K: float,
    zones: Sequence[Zone],
) -> tuple[np.ndarray, np.ndarray]:
    """x and T of the cells: every temperature of a region has a row of its own."""
    sides = np.concatenate([region.dome for region in regions])
    low, high = extent(regions, states.values())
    ends = [T for zone in zones for T in zone.temperature]
    rows = np.concatenate([np.linspace(sides[:, 0].min(), top_K, ROWS), sides[:, 0], ends])
    return np.linspace(low, high, COLUMNS), np.unique(rows.round(3))


def hover_traces(
    regions: Mapping[str, Region],
    boundaries: Mapping[str, schema.Boundary],
    states: Mapping[str, schema.States],
    zones: Sequence[Zone],
    top_K: float,
) -> list[go.Heatmap]:
    """Invisible cells that know what they are: regions, one-phase fields, unresolved zones.

    Args:
        regions: by the names of ``boundaries``.
        top_K: upper end of the temperature axis.
    """
    x, temperature = cells(list(regions.values()), states, top_K, zones)
    names = phase_map(x, temperature, list(regions.values()), states.values())
    for zone in zones:
        names[_in_zone(x, temperature, zone)] = UNKNOWN
    blocked = np.any([_in_zone(x, temperature, z) for z in zones], axis=0) if zones else None
    traces = [_zone(x, temperature, zone) for zone in zones]
    for name, region in regions.items():
        there = inside(x, temperature, region.pieces())
        if blocked is not None:
            there &= ~blocked
        traces += _region(x, temperature, there, region, boundaries[name])
    traces += _phases(x, temperature, names, states)
    return traces


def _in_zone(x: np.ndarray, temperature: np.ndarray, zone: Zone) -> np.ndarray:
    across = (x >= zone.x[0]) & (x <= zone.x[1])
    up = (temperature >= zone.temperature[0]) & (temperature <= zone.temperature[1])
    return up[:, None] & across


def _zone(x: np.ndarray, temperature: np.ndarray, zone: Zone) -> go.Heatmap:
    where = f" ({zone.phases})" if zone.phases else ""
    said = f"<b>not resolved</b>{where}<br>{zone.reason}<br>{PLACE}"
    return _heatmap(x, temperature, _in_zone(x, temperature, zone), said, [])[0]


def _region(
    x: np.ndarray, temperature: np.ndarray, there: np.ndarray, region: Region, of: schema.Boundary
) -> list[go.Heatmap]:
    """A two-phase region: both compositions, μ, their errors, and the amount of each phase."""
    low, high = map(phase_symbol, region.phases)
    order = np.argsort(of.temperature_K, kind="stable")
    columns = [
        np.interp(temperature, of.temperature_K[order], column[order])[:, None] + 0 * x
        for column in (
            of.x_low, of.x_low_stderr, of.x_high, of.x_high_stderr, of.mu_eV, of.mu_eV_stderr,
        )
    ]  # fmt: skip
    width = np.maximum(columns[2] - columns[0], 1e-9)
    rich = np.clip((x - columns[0]) / width, 0, 1) * 100
    said = (
        f"<b>{region.label}</b><br>{PLACE}"
        f"<br>{low}: <i>x</i> = %{{customdata[0]:.4f}} ± %{{customdata[1]:.1g}}"
        f"<br>{high}: <i>x</i> = %{{customdata[2]:.4f}} ± %{{customdata[3]:.1g}}"
        "<br><i>μ</i> = %{customdata[4]:.5f} ± %{customdata[5]:.1g} eV"
        f"<br>share of {high}: %{{customdata[6]:.0f}} %"
    )
    return _heatmap(x, temperature, there, said, [*columns, rich])


def _phases(
    x: np.ndarray,
    temperature: np.ndarray,
    names: np.ndarray,
    states: Mapping[str, schema.States],
) -> Iterator[go.Heatmap]:
    """The one-phase fields: μ and the standard error of x of the nearest sampled state."""
    mu, error = (np.full(names.shape, np.nan) for _ in range(2))
    for of in states.values():
        across = np.flatnonzero((x >= of.x_range[0]) & (x <= of.x_range[1]))
        step, index = nearest(of, x[across], temperature)
        known = index >= 0
        for values, source in ((mu, of.mu_eV[index]), (error, of.x_stderr[step[:, None], index])):
            values[:, across] = np.where(known, source, values[:, across])
    for name in sorted({str(n) for n in names.ravel()} - {UNKNOWN}):
        said = (
            f"<b>{phase_symbol(name)}</b>, one phase<br>{PLACE}"
            "<br><i>μ</i> = %{customdata[0]:.4f} eV, standard error of <i>x</i> "
            "%{customdata[1]:.1g} at the nearest state"
        )
        if not states:
            said = f"<b>{phase_symbol(name)}</b>, one phase<br>{PLACE}"
        yield from _heatmap(x, temperature, names == name, said, [mu, error])


def _heatmap(
    x: np.ndarray,
    temperature: np.ndarray,
    there: np.ndarray,
    said: str,
    columns: Sequence[np.ndarray],
) -> list[go.Heatmap]:
    """Cells of a field, cut to its extent; none where it has no cell."""
    rows, across = np.flatnonzero(there.any(axis=1)), np.flatnonzero(there.any(axis=0))
    if not len(rows):
        return []
    # A cell more on either side, so that a field of one row or column has a height and a width.
    part = (
        slice(max(rows[0] - 1, 0), rows[-1] + 2), slice(max(across[0] - 1, 0), across[-1] + 2),
    )  # fmt: skip
    z = np.where(there[part], 1.0, np.nan).astype(np.float32)
    data = np.stack([c[part] for c in columns], axis=-1).astype(np.float32) if columns else None
    return [
        go.Heatmap(
            x=x[part[1]].round(5), y=temperature[part[0]], z=z, customdata=data,
            hovertemplate=f"{said}<extra></extra>", hoverongaps=False, showscale=False,
            colorscale=CLEAR, zmin=0, zmax=1, meta="cells",
        )
    ]  # fmt: skip

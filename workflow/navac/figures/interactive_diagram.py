"""The phase diagram as an interactive figure of plotly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from os import PathLike
from typing import Any

import numpy as np
import plotly.graph_objects as go
from matplotlib.colors import to_hex
from scipy.ndimage import distance_transform_edt

from navac.figures.data import Region, Zone, gaps, region_of, regions_of, zones_of
from navac.figures.fields import UNKNOWN, extent, inside, phase_map
from navac.figures.hover import hover_traces
from navac.figures.phases import region_colours, top_of
from navac.figures.style import ELECTRONIC, phase_symbol
from navac.results import schema
from navac.results.read import read_records

_NAMED = 0.012  # part of the diagram that a field covers whose name is written
_SAY_MORE = ("invariant", "congruent", "critical")
_GRID = 160  # cells along each axis in which room for names is sought


def diagram(path: str | PathLike, composition: str) -> go.Figure | None:
    """The phase diagram of ``phase_diagram.h5``; None where there is no region.

    Args:
        composition: label of the axis, in HTML.
    """
    boundaries = read_records(path, schema.Boundary)
    by_name = {n: r for n, b in boundaries.items() if len((r := region_of(n, b)).dome)}
    regions = regions_of(boundaries)
    if not regions:
        return None
    states = read_records(path, schema.States)
    electronic = read_records(path, schema.ElectronicBoundary)
    zones = zones_of(read_records(path, schema.Unresolved))
    top = top_of([*regions, *regions_of(electronic)], states)
    figure = go.Figure()
    figure.add_traces(hover_traces(by_name, boundaries, states, zones, top))
    figure.add_traces([*_fills(regions), *_bands(by_name.values())])
    figure.add_traces([
        *_diagram(boundaries, read_records(path, schema.Invariant), "black", "solid", ""),
        *_zones(zones, "black", ""),
        *_diagram(
            electronic, read_records(path, schema.ElectronicInvariant), ELECTRONIC, "dash",
            " with electronic entropy",
        ),
        *_zones(zones_of(read_records(path, schema.ElectronicUnresolved)), ELECTRONIC,
                " with electronic entropy"),
    ])  # fmt: skip
    for text, x, T in _names(regions, states, top):
        figure.add_annotation(x=x, y=T, text=text, showarrow=False, font_size=15)
    figure.update_xaxes(title_text=composition)
    figure.update_yaxes(title_text="<i>T</i> (K)", range=[0, top])
    return figure


def _fills(regions: Sequence[Region]) -> Iterator[go.Scatter]:
    """Two-phase regions, shaded."""
    for region, colour in region_colours(regions).items():
        for piece in (p for p in region.pieces() if len(p) > 1):
            T = np.concatenate([piece[:, 0], piece[::-1, 0]])
            x = np.concatenate([piece[:, 1], piece[::-1, 2]])
            yield _area(x, T, to_hex(colour))


def _bands(regions: Any) -> Iterator[go.Scatter]:
    """One standard error on either side of every boundary."""
    for region in regions:
        for rows in np.split(np.arange(len(region.dome)), gaps(region.dome[:, 0])):
            for side in (0, 1):
                T, x = region.dome[rows, 0], region.dome[rows, 1 + side]
                error = region.stderr[rows, side]
                both = np.concatenate([x - error, (x + error)[::-1]])
                yield _area(both, np.concatenate([T, T[::-1]]), "rgba(0,0,0,0.25)")


def _area(x: np.ndarray, T: np.ndarray, colour: str) -> go.Scatter:
    return go.Scatter(
        x=x.round(6), y=T, fill="toself", fillcolor=colour, mode="lines", line_width=0,
        hoverinfo="skip", showlegend=False,
    )  # fmt: skip


def _diagram(
    boundaries: Mapping[str, schema.Boundary],
    invariants: Mapping[str, schema.Invariant],
    colour: str,
    dash: str,
    which: str,
) -> Iterator[go.Scatter]:
    """Boundaries, level lines and points with their errors."""
    group = f"boundaries{which}"
    first = True
    for name, of in boundaries.items():
        if len(of.temperature_K):
            low, high = _sides(name, of, which)
            for line in (low, high):
                yield go.Scatter(
                    x=line.x, y=line.y, mode="lines", line={"color": colour, "dash": dash},
                    hoverinfo="skip", legendgroup=group, name=group, showlegend=first,
                )  # fmt: skip
                first = False
            yield from (_without_ends(line, of).update(legendgroup=group) for line in (low, high))
    yield from _points(boundaries, invariants, colour, dash, which)


def _without_ends(line: go.Scatter, of: schema.Boundary) -> go.Scatter:
    """The points of a boundary, but for ends in points that say more than it."""
    begin = int(of.begins_in in _SAY_MORE)
    end = len(line.y) - int(of.ends_in in _SAY_MORE)
    part = slice(begin, end)
    return line.update(x=line.x[part], y=line.y[part], customdata=line.customdata[part])


def _points(
    boundaries: Mapping[str, schema.Boundary],
    invariants: Mapping[str, schema.Invariant],
    colour: str,
    dash: str,
    which: str,
) -> Iterator[go.Scatter]:
    """Critical, invariant and congruent points."""
    style = {"colour": colour, "dash": dash, "group": f"boundaries{which}"}
    for name, of in boundaries.items():
        if np.isfinite(of.critical_temperature_K) and of.ends_in != "congruent":
            yield _point(
                [of.critical_x], of.critical_temperature_K, of.critical_temperature_stderr_K,
                f"<b>critical point</b> of {region_of(name, of).label}{which}", **style,
            )  # fmt: skip
    for point in invariants.values():
        phases = " + ".join(map(phase_symbol, point.phases))
        what = "invariant point" if point.kind == "invariant" else "congruent point"
        x = point.x if point.kind == "invariant" else point.x[:1]
        yield _point(
            list(x), point.temperature_K, point.temperature_stderr_K,
            f"<b>{what}</b> of {phases}{which}<br><i>μ</i> = {float(point.mu_eV):.5f} eV", **style,
        )  # fmt: skip


def _sides(name: str, of: schema.Boundary, which: str) -> Iterator[go.Scatter]:
    """Both boundaries of a region; every point says T, x and μ with their errors."""
    phases = [phase_symbol(p) for p in region_of(name, of).phases]
    mu = np.stack([of.mu_eV, of.mu_eV_stderr], axis=-1)
    for x, error, phase in (
        (of.x_low, of.x_low_stderr, phases[0]), (of.x_high, of.x_high_stderr, phases[1]),
    ):  # fmt: skip
        said = (
            f"<b>{phase}</b> beside {' + '.join(phases)}{which}<br><i>T</i> = %{{y:.1f}} K"
            "<br><i>x</i> = %{x:.4f} ± %{customdata[0]:.1g}"
            "<br><i>μ</i> = %{customdata[1]:.5f} ± %{customdata[2]:.1g} eV<extra></extra>"
        )
        yield go.Scatter(
            x=x, y=of.temperature_K, mode="markers", opacity=0, hovertemplate=said,
            showlegend=False, customdata=np.column_stack([error, mu]),
        )  # fmt: skip


def _point(
    x: list[float], T: float, stderr: float, said: str, colour: str, group: str, dash: str
) -> go.Scatter:
    """A point, or phases that coexist on a level line, with the standard error of T."""
    error = f" ± {stderr:.2g}" if np.isfinite(stderr) else " (no standard error)"
    return go.Scatter(
        x=x, y=[T] * len(x), mode="lines+markers", marker={"color": colour, "size": 6},
        line={"color": colour, "width": 1.5, "dash": dash}, legendgroup=group, showlegend=False,
        error_y={"type": "constant", "value": float(np.nan_to_num(stderr)), "color": colour},
        hovertemplate=f"{said}<br><i>T</i> = {T:.1f}{error} K<br><i>x</i> = %{{x:.4f}}"
        "<extra></extra>",
    )  # fmt: skip


def _zones(zones: Sequence[Zone], colour: str, which: str) -> Iterator[go.Scatter]:
    """Hatched zones that could not be resolved; the reason is said at their edge."""
    for n, zone in enumerate(zones):
        (cold, hot), (low, high) = zone.temperature, zone.x
        x = np.linspace(low, high, 40)
        yield go.Scatter(
            x=[*x, *x[::-1], low], y=[cold] * 40 + [hot] * 40 + [cold], fill="toself",
            mode="lines", line={"color": colour, "width": 0.5}, fillcolor="rgba(0,0,0,0)",
            fillpattern={"shape": "/", "fgcolor": colour, "size": 6}, name=f"not resolved{which}",
            legendgroup=f"zones{which}", showlegend=n == 0, hoveron="points",
            hovertemplate=f"<b>not resolved</b>{which} ({zone.phases})<br>{zone.reason}"
            f"<br>{cold:g} to {hot:g} K<extra></extra>",
        )  # fmt: skip


def _names(
    regions: Sequence[Region], states: Mapping[str, schema.States], top: float
) -> Iterator[tuple[str, float, float]]:
    """Names of fields large enough, each at the middle of its cells."""
    sides = np.concatenate([region.dome for region in regions])
    x = np.linspace(*extent(regions, states.values()), _GRID)
    T = np.linspace(sides[:, 0].min(), top, _GRID)
    fields = phase_map(x, T, regions, states.values())
    found = {r.label: inside(x, T, r.pieces()) for r in regions}
    found |= {phase_symbol(n): fields == n for n in sorted(set(fields.ravel()) - {UNKNOWN})}
    for text, there in found.items():
        if there.mean() >= _NAMED:
            row, column = _deepest(there)
            yield text, float(x[column]), float(T[row])


def _deepest(cells: np.ndarray) -> tuple[int, int]:
    """Row and column of the cell farthest from the edge of some cells."""
    row, column = np.unravel_index(
        distance_transform_edt(np.pad(cells, 1)).argmax(), np.add(cells.shape, 2)
    )
    return int(row) - 1, int(column) - 1

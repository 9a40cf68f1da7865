"""Figure of several runs beside each other: voltage, its response, and how sites are filled."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from navac.figures.style import legend_above, new_figure, series_colours, styled

STYLES = ("-", "--", ":", "-.")
"""Of the labels of sites."""


@styled
def voltages_figure(
    curves: pd.DataFrame, steps: pd.DataFrame, *, reference: str, width_mm: float
) -> Figure:
    """Every run at the lowest temperature that all have, or else at its own lowest one.

    Args:
        curves: of :func:`navac.sampling.ensembles.curves.curve_table`.
        steps: of :func:`navac.sampling.ensembles.curves.step_table`.
        reference: what voltages are measured against.
    """
    known = "voltage_V" in curves
    figure = new_figure(width_mm, 1.75 * width_mm)
    panels = figure.subplots(3, 1, sharex=True)
    for (name, own), colour in _runs(curves):
        broken = steps[(steps.run == name) & (steps.temperature_K == own.temperature_K.iloc[0])]
        _voltage(panels[0], own, broken, name, colour)
        panels[1].plot(own.x, own.dx_dmu, ".-", ms=3, lw=0.8, color=colour)
        _filled(panels[2], own, colour)
    panels[0].set_ylabel(_voltage_label(known, reference))
    panels[1].set_ylabel("d$x$/d$μ$ (1/eV)")
    panels[1].set_yscale("log")
    panels[2].set_ylabel("share of sites filled")
    panels[2].set_xlabel("$x$")
    legend_above(figure, panels[0])
    panels[2].legend(handles=_label_handles(panels[2], curves), loc="best")
    return figure


def _voltage_label(known: bool, reference: str) -> str:
    if not known:
        return "−$μ$ (eV)"
    return f"voltage (V vs. {reference})" if reference else "voltage (V)"


def _runs(curves: pd.DataFrame) -> Iterator[tuple[tuple[str, pd.DataFrame], object]]:
    """Every run at the temperature that is drawn, by rising x, with a colour."""
    names = list(dict.fromkeys(curves.run))
    held = [set(curves.temperature_K[curves.run == name]) for name in names]
    common = set.intersection(*held)
    for name, own_T, colour in zip(names, held, series_colours(len(names)), strict=True):
        own = curves[(curves.run == name) & (curves.temperature_K == min(common or own_T))]
        yield (name, own.sort_values("mu_eV")), colour


def _voltage(axes: Axes, own: pd.DataFrame, steps: pd.DataFrame, name: str, colour: object) -> None:
    """Voltage against x, which scatters sideways; steps are dotted."""
    voltage = own.voltage_V if "voltage_V" in own else -own.mu_eV
    x, scatter = own.x.to_numpy(), own.scatter.fillna(0).to_numpy()
    axes.fill_betweenx(voltage, x - scatter, x + scatter, color=colour, alpha=0.2, lw=0)
    volts = voltage.to_numpy()
    mu = own.mu_eV.to_numpy()
    ends = [np.flatnonzero((mu >= s.mu_low_eV) & (mu <= s.mu_high_eV)) for s in steps.itertuples()]
    # A point between the ends of a step is a mixture of both phases.
    apart = np.concatenate([own_step[1:] for own_step in ends]) if ends else np.empty(0, int)
    for k, part in enumerate(np.split(np.arange(len(x)), np.unique(apart))):
        axes.plot(x[part], volts[part], ".-", ms=3, lw=0.8, color=colour,
                  label=f"{name}, {own.temperature_K.iloc[0]:g} K" if k == 0 else None)  # fmt: skip
    for step in ends:
        axes.plot(x[step], volts[step], ":", lw=0.8, color=colour)


def _labels(curves: pd.DataFrame) -> list[str]:
    return [c for c in curves if c.startswith("share_") and not c.endswith("_scatter")]


def _filled(axes: Axes, own: pd.DataFrame, colour: object) -> None:
    for column, style in zip(_labels(own), STYLES, strict=False):
        share, scatter = own[column], own[f"{column}_scatter"].fillna(0)
        axes.fill_between(own.x, share - scatter, share + scatter, color=colour, alpha=0.2, lw=0)
        axes.plot(own.x, share, style, lw=0.8, color=colour)


def _label_handles(axes: Axes, curves: pd.DataFrame) -> list:
    """A line for the style of each label."""
    return [
        axes.plot([], [], style, lw=0.8, color="0.3", label=column.removeprefix("share_"))[0]
        for column, style in zip(_labels(curves), STYLES, strict=False)
    ]

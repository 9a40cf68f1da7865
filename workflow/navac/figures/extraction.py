"""Figure of the inserted species taken out at 0 K: energies against the hull, and voltages."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from navac.figures.style import legend_above, new_figure, series_colours, styled


@styled
def extraction_figure(
    contents: pd.DataFrame, voltages: pd.DataFrame, *, reference: str, width_mm: float
) -> Figure:
    """Formation energies less the line between the ends of each hull, above mean voltages.

    Args:
        contents: of :func:`navac.thermodynamics.extraction.contents_table`.
        voltages: of :func:`navac.thermodynamics.extraction.voltage_table`.
        reference: what voltages are measured against.
    """
    hosts = list(dict.fromkeys(contents.host))
    figure = new_figure(width_mm, 1.1 * width_mm)
    above, below = figure.subplots(2, 1, sharex=True)
    for name, colour in zip(hosts, series_colours(len(hosts)), strict=True):
        _energies(above, contents[contents.host == name], name, colour)
        _voltages(below, voltages[voltages.host == name], colour)
    above.set_ylabel("energy less that of\nthe ends (eV per formula unit)")
    below.set_ylabel(f"voltage (V vs. {reference})" if reference else "voltage (V)")
    below.set_xlabel("$x$")
    legend_above(figure, above)
    return figure


def _energies(axes: Axes, own: pd.DataFrame, name: str, colour: object) -> None:
    hull = own[own.on_hull]
    x, energy = hull.x.to_numpy(), hull.formation_energy_eV_per_fu.to_numpy()
    ends = np.interp(own.x, x[[0, -1]], energy[[0, -1]])
    axes.plot(own.x, own.formation_energy_eV_per_fu - ends, ".", ms=3, mew=0, color=colour,
              alpha=0.5)  # fmt: skip
    line = energy - np.interp(x, x[[0, -1]], energy[[0, -1]])
    axes.plot(x, line, "o-", ms=3, color=colour, label=name)


def _voltages(axes: Axes, own: pd.DataFrame, colour: object) -> None:
    x = np.stack([own.x_high, own.x_low], axis=1).ravel()
    axes.plot(x, np.repeat(own.voltage_V.to_numpy(), 2), color=colour)
    axes.plot(x, np.repeat(own.expansion_voltage_V.to_numpy(), 2), "--", lw=0.8, color=colour)

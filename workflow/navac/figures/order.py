"""Where the stable states are ordered: within the primitive cell, and over several."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from navac.composition import in_range
from navac.figures.style import COLUMN_MM, new_figure, note_figure, styled
from navac.results import schema
from navac.results.read import read_records

PANELS = {
    "Order within the cell": lambda states: states.order_in_cell,
    "Concentration wave": lambda states: states.concentration_wave_amplitude,
}
"""What is shown, by how it is named."""

LARGEST = 0.5
"""Both measures end here, or soon beyond."""


@styled
def order(
    path: str | PathLike, *, composition_label: str = "$x$", width_mm: float = COLUMN_MM
) -> Figure:
    """Order parameters of the stable states of ``phase_diagram.h5`` against x and temperature.

    Every dot is a sampled chemical potential at which the expansion of its range holds. Gaps are
    two-phase regions, or steps of the grid.
    """
    ranges = read_records(path, schema.States).values()
    if not ranges:
        return note_figure(width_mm, f"no /states in {Path(path).name}")
    figure = new_figure(width_mm, 1.35 * width_mm)
    panels = figure.subplots(len(PANELS), sharex=True)
    for letter, axes, (said, measure) in zip("ab", panels, PANELS.items(), strict=True):
        for states in ranges:
            T = np.broadcast_to(states.temperature_K[:, None], states.x.shape)
            holds = in_range(states.x, states.x_range)
            dots = axes.scatter(
                states.x[holds], T[holds], c=measure(states)[holds], s=2.5, lw=0, cmap="viridis",
                vmin=0, vmax=LARGEST, rasterized=True,
            )  # fmt: skip
        axes.set_title(f"({letter})")
        axes.set_ylabel("Temperature (K)")
        figure.colorbar(dots, ax=axes, label=said, pad=0.02)
    panels[-1].set_xlabel(composition_label)
    return figure

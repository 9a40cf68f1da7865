"""Where the stable states are ordered: within the primitive cell, and over several."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

import h5py
import numpy as np
from matplotlib.figure import Figure

from navac.composition import in_range
from navac.figures.style import COLUMN_MM, new_figure, note_figure, styled

PANELS = {
    "order_in_cell": "order within the cell",
    "wave_amplitude": "concentration wave",
}
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
    with h5py.File(path) as file:
        ranges = [
            {k: v[:] for k, v in group.items()}
            | {"holds": in_range(group["x"][:], group.attrs["x_range"])}
            for group in file.get("states", {}).values()
        ]
    if not ranges:
        return note_figure(width_mm, f"no /states in {Path(path).name}")
    figure = new_figure(width_mm, 1.35 * width_mm)
    panels = figure.subplots(len(PANELS), sharex=True)
    for axes, (name, said) in zip(panels, PANELS.items(), strict=True):
        for states in ranges:
            T = np.broadcast_to(states["temperature_K"][:, None], states["x"].shape)
            holds = states["holds"]
            dots = axes.scatter(
                states["x"][holds], T[holds], c=states[name][holds], s=2.5, lw=0, cmap="viridis",
                vmin=0, vmax=LARGEST, rasterized=True,
            )  # fmt: skip
        axes.set_ylabel("Temperature (K)")
        figure.colorbar(dots, ax=axes, label=said, pad=0.02)
    panels[-1].set_xlabel(composition_label)
    return figure

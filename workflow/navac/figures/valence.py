"""Figure of an energy map: a surface of equal energy among the atoms that stay."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
from matplotlib.figure import Figure
from mpl_toolkits.mplot3d.art3d import Line3DCollection, Poly3DCollection

from navac.figures.style import PALETTE, new_figure, styled
from navac.hops.valence import EnergyMap

SIZES = {"O": 2.0, "P": 6.0}
"""Of atoms, points²."""
OTHERS = 14.0


@styled
def valence_figure(energies: EnergyMap, level: float, *, width_mm: float) -> Figure:
    """The surface at an energy, the atoms that stay, and the edges of the cell.

    Args:
        level: eV above the lowest.
    """
    figure = new_figure(width_mm, width_mm)
    axes = figure.add_subplot(projection="3d")
    # scikit-image has the algorithm of Lewiner; the first planes are repeated as the last ones.
    from skimage.measure import marching_cubes

    values = np.pad(energies.values, ((0, 1),) * 3, mode="wrap")
    corners, faces, *_ = marching_cubes(np.minimum(values, 2 * level), level)
    corners = corners / energies.values.shape @ energies.cell
    axes.add_collection3d(
        Poly3DCollection(corners[faces], facecolor=PALETTE[1], alpha=0.35, rasterized=True)
    )
    axes.add_collection3d(Line3DCollection(_edges(energies.cell), colors="0.5", linewidths=0.5))
    symbols = np.array(energies.framework.get_chemical_symbols())
    inside = energies.framework.get_scaled_positions() @ energies.cell
    for n, element in enumerate(dict.fromkeys(symbols)):
        axes.scatter(*inside[symbols == element].T, s=SIZES.get(element, OTHERS), lw=0,
                     color=PALETTE[n % len(PALETTE)], label=element)  # fmt: skip
    extent = np.array(list(product((0, 1), repeat=3))) @ energies.cell
    axes.set_box_aspect(np.ptp(extent, axis=0))
    axes.set(xlim=_limits(extent, 0), ylim=_limits(extent, 1), zlim=_limits(extent, 2))
    axes.set_axis_off()
    axes.legend(loc="upper left", title=f"surface at {level:.2f} eV")
    return figure


def _edges(cell: np.ndarray) -> np.ndarray:
    """``[edge, 2, 3]`` of a cell."""
    corners = list(product((0, 1), repeat=3))
    pairs = np.array(list(combinations(corners, 2)))
    return pairs[np.abs(np.diff(pairs, axis=1)).sum(axis=(1, 2)) == 1] @ cell


def _limits(extent: np.ndarray, axis: int) -> tuple[float, float]:
    return float(extent[:, axis].min()), float(extent[:, axis].max())

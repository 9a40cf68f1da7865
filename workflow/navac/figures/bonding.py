"""Figure of bonding: what the bonds of each atom add up to, by calculation."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from navac.figures.style import new_figure, series_colours, styled


@styled
def bonding_figure(table: pd.DataFrame, ligand: str, *, width_mm: float) -> Figure:
    """Sums of ICOHP of each atom, and their mean, side by side for all calculations.

    Args:
        table: of :func:`navac.electrons.bonds.shell_table`.
        ligand: element that the atoms are bound to.
    """
    names = list(dict.fromkeys(table.calculation))
    figure = new_figure(width_mm, 0.7 * width_mm)
    axes = figure.subplots()
    for k, (name, colour) in enumerate(zip(names, series_colours(len(names)), strict=True)):
        own = table[table.calculation == name]
        axes.hlines(own.mean_of_calculation_eV.iloc[0], k - 0.3, k + 0.3, color=colour)
        for n, row in enumerate(own.itertuples()):
            at = k + 0.3 * ((n + 0.5) / len(own) - 0.5)
            axes.plot(at, row.icohp_eV, "o", ms=3, color=colour)
    axes.set_xticks(range(len(names)), names)
    axes.set_xlim(-0.6, len(names) - 0.4)
    axes.set_ylabel(f"ICOHP of all bonds to {ligand} (eV)")
    return figure

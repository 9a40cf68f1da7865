"""Figure of the short-range order of orderings, and what figures of short-range order share."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from navac.figures.style import COLUMN_MM, new_figure, note_figure, series_colours, styled

LEAST = 0.1
"""The axes reach at least so far from 0: what is smaller is rounding or nearly random."""
SHELLS = 4
"""Distances that are shown."""
MOST_PAIRS = 6
"""Pairs of species of one kind of sites: those that are farthest from random."""


def nearest_shells(table: pd.DataFrame) -> pd.DataFrame:
    """A row for each of the shells that are shown, by length: number, sites, length.

    The shortest distance of each kind of sites comes first, then the next ones.
    """
    order = ["length_A", "shell"]
    shells = table.drop_duplicates("shell")[["shell", "sites", "length_A"]].sort_values(order)
    place = shells.groupby("sites").cumcount()
    return shells.loc[place.sort_values(kind="stable").index[:SHELLS]].sort_values(order)


def pair_colours(table: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """By the sites of the shells, the pairs of species farthest from random, with a colour each.

    Args:
        table: with ``beyond``, the parameter less its random value.
    """
    return {sites: _colours(own) for sites, own in table.groupby("sites")}


def _colours(own: pd.DataFrame) -> dict[str, Any]:
    far = own.beyond.abs().groupby(own.pair).max().sort_values(ascending=False)
    names = list(far.index[:MOST_PAIRS])
    return dict(zip(names, series_colours(len(names)), strict=True))


def shown(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of the nearest shells, with ``beyond``, the parameter less its random value."""
    near = table[table.shell.isin(nearest_shells(table).shell)]
    return near.assign(beyond=near.alpha - near.at_random)


@styled
def short_range_order(
    table: pd.DataFrame, *, composition_label: str = "$x$", width_mm: float = COLUMN_MM
) -> Figure:
    """Warren–Cowley parameters of orderings less their random values, for the shortest distances.

    Args:
        table: of :func:`navac.expansion.shells.orderings_order`, with ``x`` and whether an
            ordering is a ``ground_state``.
    """
    table = shown(table)
    if table.empty:
        return note_figure(width_mm, "No pairs of two species.")
    shells = nearest_shells(table)
    figure = new_figure(width_mm, (0.4 * len(shells) + 0.25) * width_mm)
    panels = figure.subplots(len(shells), 1, sharex=True, sharey=True, squeeze=False)[:, 0]
    reach = 1.1 * max(LEAST, table.beyond.abs().max())
    panels[0].set_ylim(-reach, reach)
    colours = pair_colours(table)
    for axes, shell in zip(panels, shells.itertuples(), strict=True):
        own = table[table.shell == shell.shell]
        axes.axhline(0, color="0.4", lw=0.6, zorder=0)
        for name, colour in colours[shell.sites].items():
            _points(axes, own[own.pair == name], colour, name)
        axes.set_title(f"{shell.sites}, {shell.length_A:.2f} Å")
        axes.legend(ncols=2)
    figure.supylabel("$α$ less its random value")
    panels[-1].set_xlabel(composition_label)
    return figure


def _points(axes: Axes, own: pd.DataFrame, colour: Any, name: str) -> None:
    """Orderings as faint points, ground states as circles about theirs."""
    axes.plot(own.x, own.beyond, "o", ms=2, mew=0, alpha=0.35, color=colour)
    stable = own[own.ground_state]
    axes.plot(stable.x, stable.beyond, "o", ms=4, mew=0.8, mfc="none", color=colour, label=name)

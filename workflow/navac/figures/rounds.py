"""The closed loop, round by round: the hull of the energies, and the scores of the fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from navac.figures.style import (
    COLUMN_MM,
    legend_above,
    new_figure,
    note_figure,
    series_colours,
    styled,
)

SCORES = {
    "loocv_meV_per_fu": ("LOOCV", "o-"),
    "kfold_meV_per_fu": ("k-fold", "s--"),
    "hull_change_meV_per_fu": ("change of the hull", "^:"),
}
"""Scores that are drawn, in one unit: column, label and line."""
LEAST = 1e-3
"""Scores below this, meV per formula unit, are drawn at it: the axis is logarithmic."""


@dataclass(frozen=True)
class RangeRounds:
    """The rounds of one composition range.

    Attributes:
        scores: a row per round with the columns of :class:`navac.rounds.record.Score`.
        hulls: a row per round and ground state: ``round``, ``x``, ``energy_meV_per_fu``.
    """

    scores: pd.DataFrame
    hulls: pd.DataFrame


@styled
def rounds(
    ranges: Mapping[str, RangeRounds],
    *,
    composition_label: str = "$x$",
    width_mm: float = COLUMN_MM,
) -> Figure:
    """Two panels per range: hulls from the first round to the last, and scores."""
    if not ranges:
        return note_figure(width_mm, "no rounds")
    figure = new_figure(width_mm, (10 + 84 * len(ranges)) * width_mm / COLUMN_MM)
    panels = figure.subplots(2 * len(ranges), squeeze=False)[:, 0]
    for row, (name, one) in enumerate(ranges.items()):
        above, below = panels[2 * row : 2 * row + 2]
        _plot_hulls(above, one.hulls)
        _plot_scores(below, one.scores)
        above.set_xlabel(composition_label)
        for axes, letter in ((above, 2 * row), (below, 2 * row + 1)):
            axes.set_title(f"({chr(ord('a') + letter)}) {name}")
    legend_above(figure, panels[1])
    return figure


def _plot_hulls(axes: Axes, hulls: pd.DataFrame) -> None:
    """The hull of every round that changed it, relative to the ends of the last."""
    last = hulls[hulls["round"] == hulls["round"].max()].sort_values("x")
    ends = last.iloc[[0, -1]]
    kept: list[tuple[int, list]] = []
    for number, hull in hulls.groupby("round"):
        hull = hull.sort_values("x")
        line = np.interp(hull["x"], ends["x"], ends["energy_meV_per_fu"])
        shown = hull["energy_meV_per_fu"] - line
        curve = list(zip(hull["x"].round(6), shown.round(4), strict=True))
        if not kept or curve != kept[-1][1]:
            kept.append((int(str(number)), curve))
    for place, (number, curve) in enumerate(kept):
        x, energy = zip(*curve, strict=True)
        grey = 0.8 * (1 - (place + 1) / len(kept))  # the last is black
        axes.plot(x, energy, "o-", ms=3, mew=0, lw=0.8, color=f"{grey:.2f}", label=f"{number}")
    axes.legend(title="Round", fontsize="x-small", title_fontsize="x-small")
    axes.set_ylabel("Hull of the energies\n(meV per f.u.)")


def _plot_scores(axes: Axes, scores: pd.DataFrame) -> None:
    colours = series_colours(len(SCORES))
    for (column, (label, style)), colour in zip(SCORES.items(), colours, strict=True):
        values = scores[column].clip(lower=LEAST)
        axes.plot(scores["round"], values, style, ms=3, mew=0, lw=0.8, color=colour, label=label)
    axes.set_yscale("log")
    labels = [f"{n}\n({e})" for n, e in zip(scores["round"], scores["energies"], strict=True)]
    axes.set_xticks(scores["round"].tolist(), labels)
    axes.set(xlabel="Round (energies fitted to)", ylabel="Score\n(meV per f.u.)")

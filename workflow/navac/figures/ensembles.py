"""Figures of a run of an ensemble: short-range order, energies, and amounts against μ.

Bands are the scatter between starts; error bars, of the means, are those of sampling.
"""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from navac.figures.short_range_order import nearest_shells, pair_colours
from navac.figures.style import (
    legend_above,
    new_figure,
    note_figure,
    series_colours,
    styled,
)

DECADE = 10
"""Temperatures that span more are drawn on a logarithmic axis."""


def axis_of(table: pd.DataFrame) -> tuple[str, str]:
    """The column that conditions are drawn against, and its label."""
    varied = [c for c in table if c.startswith("mu_") and table[c].nunique() > 1]
    if len(varied) == 1:
        species = varied[0].removeprefix("mu_").removesuffix("_eV")
        return varied[0], f"$μ$ of {species} (eV)"
    return "temperature_K", "$T$ (K)"


def _several(table: pd.DataFrame) -> bool:
    """Whether more than one chemical potential has a grid."""
    return sum(table[c].nunique() > 1 for c in table if c.startswith("mu_")) > 1


@styled
def order_figure(table: pd.DataFrame, *, width_mm: float) -> Figure:
    """Warren–Cowley parameters less their random values, for the shortest distances.

    Args:
        table: of :func:`navac.sampling.ensembles.tables.order_table`.
    """
    if _several(table):
        return note_figure(width_mm, "Several chemical potentials vary: see the table.")
    table = table[table["mean"].notna()].assign(beyond=lambda t: t["mean"] - t.at_random)
    shells = nearest_shells(table)
    if shells.empty:
        return note_figure(width_mm, "No pairs of two species.")
    figure = new_figure(width_mm, (0.4 * len(shells) + 0.25) * width_mm)
    panels = figure.subplots(len(shells), 1, sharex=True, squeeze=False)[:, 0]
    key, label = axis_of(table)
    # Against μ one temperature tells them apart.
    if key != "temperature_K":
        table = table[table.temperature_K == table.temperature_K.min()]
    colours = pair_colours(table[table.shell.isin(shells.shell)])
    for axes, shell in zip(panels, shells.itertuples(), strict=True):
        own = table[table.shell == shell.shell]
        axes.axhline(0, color="0.4", lw=0.6)
        for name, colour in colours[shell.sites].items():
            _curve(axes, own[own.pair == name], key, "beyond", colour, name)
        axes.set_title(f"{shell.sites}, {shell.length_A:.2f} Å")
        axes.legend(ncols=2)
    figure.supylabel("$α$ less its random value")
    _temperatures(panels[-1], table, key)
    panels[-1].set_xlabel(label)
    return figure


def _temperatures(axes: Axes, table: pd.DataFrame, key: str) -> None:
    """Ticks of conditions; temperatures that span a decade are drawn on a logarithmic axis."""
    if key == "temperature_K" and table[key].max() > DECADE * table[key].min():
        axes.set_xscale("log")
    else:
        axes.xaxis.set_major_locator(MaxNLocator(6))


def _curve(axes: Axes, own: pd.DataFrame, x: str, y: str, colour, name: str = "") -> None:
    """Means with their errors, in a band of the scatter between starts."""
    own = own.sort_values(x)
    at, mean = own[x].to_numpy(), own[y].to_numpy()
    scatter = own.scatter.fillna(0).to_numpy()
    axes.fill_between(at, mean - scatter, mean + scatter, color=colour, alpha=0.2, lw=0)
    axes.errorbar(at, mean, own.stderr.to_numpy(), color=colour, marker=".", ms=3, lw=0.8,
                  elinewidth=0.6, label=name or None)  # fmt: skip


@styled
def states_figure(table: pd.DataFrame, species: str, *, reference: str, width_mm: float) -> Figure:
    """Energy and heat capacity against T; or amount, voltage and occupations for a grid of μ.

    Args:
        table: of :func:`navac.sampling.ensembles.tables.mean_table`.
        species: the counted one, whose voltage may be known.
        reference: what voltages are measured against.
    """
    if _several(table):
        return note_figure(width_mm, "Several chemical potentials vary: see the table.")
    key, label = axis_of(table)
    if key == "temperature_K":
        return _against_temperature(table, label, width_mm)
    return _against_mu(table, key, label, species, reference, width_mm)


def _against_temperature(table: pd.DataFrame, label: str, width_mm: float) -> Figure:
    figure = new_figure(width_mm, 0.9 * width_mm)
    panels = figure.subplots(2, 1, sharex=True)
    names = {"energy": "energy (eV/f.u.)", "heat capacity": "heat capacity ($k_B$/f.u.)"}
    for axes, (kind, y) in zip(panels, names.items(), strict=True):
        _curve(axes, table[table.quantity == kind], "temperature_K", "mean", series_colours(1)[0])
        axes.set_ylabel(y)
    _temperatures(panels[-1], table, "temperature_K")
    panels[-1].set_xlabel(label)
    return figure


def _against_mu(
    table: pd.DataFrame, key: str, label: str, counted: str, reference: str, width_mm: float
) -> Figure:
    species = key.removeprefix("mu_").removesuffix("_eV")
    known = species == counted and "voltage_V" in table
    figure = new_figure(width_mm, (1.9 if known else 1.35) * width_mm)
    panels = list(figure.subplots(3 if known else 2, 1))
    temperatures = sorted(table.temperature_K.unique())
    amount = table[(table.quantity == "amount") & (table.of == species)]
    for T, colour in zip(temperatures, series_colours(len(temperatures)), strict=True):
        own = amount[amount.temperature_K == T]
        _curve(panels[0], own, key, "mean", colour, f"{T:g} K")
        if known:
            _voltage(panels[1], own, colour)
    panels[0].xaxis.set_major_locator(MaxNLocator(6))
    panels[0].set_xlabel(label)
    panels[0].set_ylabel(f"{species} per formula unit")
    if known:
        panels[1].set_ylabel(f"voltage (V vs. {reference})" if reference else "voltage (V)")
        panels[1].set_xlabel(f"{species} per formula unit")
    _occupations(panels[-1], table[table.temperature_K == temperatures[0]], species)
    legend_above(figure, panels[0])
    return figure


def _voltage(axes: Axes, own: pd.DataFrame, colour) -> None:
    """Voltage against the amount, which scatters sideways."""
    own = own.sort_values("voltage_V")
    mean, scatter = own["mean"].to_numpy(), own.scatter.fillna(0).to_numpy()
    axes.fill_betweenx(own.voltage_V, mean - scatter, mean + scatter, color=colour, alpha=0.2, lw=0)
    axes.plot(mean, own.voltage_V, ".-", ms=3, lw=0.8, color=colour)


def _occupations(axes: Axes, table: pd.DataFrame, species: str) -> None:
    """Share of the sites of each label that hold a species, against its amount."""
    on = "mean"
    amount = table[(table.quantity == "amount") & (table.of == species)]
    keys = [c for c in table if c.startswith("mu_")]
    x = amount.set_index(keys)[on]
    shares = table[(table.quantity == "share") & table.of.str.startswith(f"{species} on ")]
    names = list(dict.fromkeys(shares.of))
    for name, colour in zip(names, series_colours(len(names)), strict=True):
        own = shares[shares.of == name]
        at = own.assign(amount=x.loc[pd.MultiIndex.from_frame(own[keys]) if len(keys) > 1
                                     else own[keys[0]]].to_numpy())  # fmt: skip
        _curve(axes, at, "amount", on, colour, name)
    temperature = table.temperature_K.iloc[0]
    axes.set_xlabel(f"{species} per formula unit")
    axes.set_ylabel(f"share of the sites, {temperature:g} K")
    axes.legend()

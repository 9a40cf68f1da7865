"""Amounts against chemical potential and voltage, of several runs beside each other.

Where two phases coexist, the amount jumps from one value of μ to the next by much more than its
fluctuations at either say: dx/dμ = var(N)/kT per formula unit. Such *steps* are the two-phase
regions, as wide as the grid of μ and hysteresis let them be seen. Where values of μ lie inside such
a region, the crystal goes back and forth between both phases, and fluctuates by more than the
amount rises.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

BEYOND = 3.0
"""A step is so many times what the larger of both responses explains."""
SMALLEST = 0.1
"""Least width of a step, per formula unit."""
PEAK = 5.0
"""A peak of the response ends where it has fallen to this part of its height."""
EXCESS = 2.0
"""Responses that add up to so many times the rise are those of two phases."""


def curve_table(runs: Mapping[str, pd.DataFrame], species: str) -> pd.DataFrame:
    """A row per run, temperature and μ, by falling voltage.

    Args:
        runs: by name, tables of :func:`navac.sampling.ensembles.tables.mean_table`, whose only
            grid is that of the species.

    Returns:
        run, temperature_K, mu_eV, voltage_V where it is known, x with ``stderr`` and ``scatter``
        between starts, ``dx_dmu`` (1/eV), and the share of each label of sites that is filled.
    """
    return pd.concat([_curve(name, table, species) for name, table in runs.items()])


def _curve(name: str, table: pd.DataFrame, species: str) -> pd.DataFrame:
    mu = f"mu_{species}_eV"
    keys = ["temperature_K", mu, *(["voltage_V"] if "voltage_V" in table else [])]

    def of(quantity: str, one: str) -> pd.DataFrame:
        rows = table[(table.quantity == quantity) & (table.of == one)]
        return rows.set_index(keys)[["mean", "stderr", "scatter"]]

    amount = of("amount", species)
    found = amount.rename(columns={"mean": "x"})
    found["dx_dmu"] = of("dx/dmu", species)["mean"].reindex(found.index)
    for one in dict.fromkeys(table.of[table.quantity == "share"]):
        if one.startswith(f"{species} on "):
            share = of("share", one).reindex(found.index)
            label = one.removeprefix(f"{species} on ")
            found[f"share_{label}"], found[f"share_{label}_scatter"] = (
                share["mean"], share["scatter"]
            )  # fmt: skip
    found = found.reset_index().rename(columns={mu: "mu_eV"})
    found.insert(0, "run", name)
    return found.sort_values(["temperature_K", "mu_eV"])


def step_table(curves: pd.DataFrame) -> pd.DataFrame:
    """A row per step of each curve: between which amounts and voltages it is.

    Args:
        curves: of :func:`curve_table`.
    """
    rows = []
    for (run, temperature), own in curves.groupby(["run", "temperature_K"], sort=False):
        x, mu = own.x.to_numpy(), own.mu_eV.to_numpy()
        response = own.dx_dmu.fillna(0).to_numpy()
        for k, after in _steps(x, mu, response):
            ends = own.iloc[[k, after]]
            rows.append({
                "run": run, "temperature_K": temperature, "x_low": x[k], "x_high": x[after],
                "mu_low_eV": mu[k], "mu_high_eV": mu[after],
                **({"voltage_V": ends.voltage_V.mean()} if "voltage_V" in own else {}),
            })  # fmt: skip
    names = ["run", "temperature_K", "x_low", "x_high", "mu_low_eV", "mu_high_eV"]
    return pd.DataFrame(rows) if rows else pd.DataFrame(columns=names)


def _steps(x: np.ndarray, mu: np.ndarray, response: np.ndarray) -> list[tuple[int, int]]:
    """Values of μ, by rising μ, between which the amount rises by more than is explained."""
    found = _mixtures(x, mu, response)
    explained = np.maximum(response[1:], response[:-1]) * np.diff(mu)
    for k in np.flatnonzero(np.diff(x) > np.maximum(SMALLEST, BEYOND * explained)):
        if not any(low <= k < high for low, high in found):
            found.append((int(k), int(k) + 1))
    return sorted(found)


def _mixtures(x: np.ndarray, mu: np.ndarray, response: np.ndarray) -> list[tuple[int, int]]:
    """Peaks of the response that are too high for the rise."""
    found: list[tuple[int, int]] = []
    for top in np.argsort(-response):
        low, high = _flank(response, top, -1), _flank(response, top, 1)
        rise = x[high] - x[low]
        inside = slice(low, high + 1)
        apart = all(high <= a or low >= b for a, b in found)
        two = np.trapezoid(response[inside], mu[inside]) > EXCESS * rise
        if apart and low < top < high and rise > SMALLEST and two:
            found.append((low, high))
    return found


def _flank(response: np.ndarray, top: int, way: int) -> int:
    """Where a peak ends, and one further if it still falls by half."""
    k, end = int(top), len(response) - 1 if way > 0 else 0
    while k != end and response[k] > response[top] / PEAK:
        k += way
    return k + way if k != end and response[k + way] < response[k] / 2 else k


def mean_voltages(
    states: pd.DataFrame, species: str, temperature: float, low: float, high: float
) -> np.ndarray:
    """``[start]`` voltage of each start averaged over an interval of x.

    NaN where a start does not reach over the interval.

    Args:
        states: of :func:`navac.sampling.ensembles.tables.state_table`, with voltages.
    """
    own = states[np.isclose(states.temperature_K, temperature)]
    amount = f"amount_{species} (per f.u.)"
    return np.array([
        _mean_between(part.sort_values(amount)[[amount, "voltage_V"]].to_numpy(), low, high)
        for _, part in own.groupby("start")
    ])  # fmt: skip


def _mean_between(curve: np.ndarray, low: float, high: float) -> float:
    """Of a curve ``[point, (x, V)]`` by rising x."""
    x, voltage = curve.T
    if x[0] > low or x[-1] < high:
        return np.nan
    at = np.r_[low, x[(x > low) & (x < high)], high]
    return float(np.trapezoid(np.interp(at, x, voltage), at) / (high - low))

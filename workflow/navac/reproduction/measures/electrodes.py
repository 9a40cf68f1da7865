"""Measures of an electrode: what comes of taking the inserted species out at 0 K, and ensembles."""

from __future__ import annotations

import numpy as np
import pandas as pd

from navac.reproduction.evidence import Evidence
from navac.reproduction.measures.table import UNKNOWN, measure
from navac.sampling.ensembles.curves import mean_voltages


def _of_host(evidence: Evidence, table: str, host: str) -> pd.DataFrame:
    """Rows of a host in a table of the extraction; none where there is no such table."""
    found = evidence.tables.get(f"extraction/{table}", pd.DataFrame({"host": []}))
    return found[found.host == host]


@measure
def capacity(evidence: Evidence, host: str) -> tuple[float, float]:
    """Theoretical capacity of a host, mAh/g."""
    own = _of_host(evidence, "capacities", host)
    return (float(own.capacity_mAh_per_g.iloc[0]), 0.0) if len(own) else UNKNOWN


@measure
def hull_end(evidence: Evidence, host: str, end: str) -> tuple[float, float]:
    """Lowest (``low``) or highest (``high``) content of a host that its hull has."""
    own = _of_host(evidence, "contents", host)
    x = own.x[own.on_hull] if len(own) else pd.Series(dtype=float)
    return (float(x.min() if end == "low" else x.max()), 0.0) if len(x) else UNKNOWN


@measure
def deepest_content(evidence: Evidence, host: str) -> tuple[float, float]:
    """Content at which the hull of a host is farthest below the line between its ends."""
    own = _of_host(evidence, "contents", host)
    if own.empty:
        return UNKNOWN
    hull = own[own.on_hull].sort_values("x")
    x, energy = hull.x.to_numpy(), hull.formation_energy_eV_per_fu.to_numpy()
    below = energy - np.interp(x, x[[0, -1]], energy[[0, -1]])
    return float(x[below.argmin()]), 0.0


@measure
def extraction_voltage(
    evidence: Evidence, host: str, x_low: float, x_high: float
) -> tuple[float, float]:
    """Mean voltage of a host at 0 K between two contents, along its hull, V."""
    own = _of_host(evidence, "voltages", host)
    if own.empty or own.x_low.min() > x_low or own.x_high.max() < x_high:
        return UNKNOWN
    share = own.x_high.clip(upper=x_high) - own.x_low.clip(lower=x_low)
    return float((own.voltage_V * share.clip(lower=0)).sum() / (x_high - x_low)), 0.0


@measure
def charge(evidence: Evidence, host: str, species: str, which: str) -> tuple[float, float]:
    """The least or greatest (``least``, ``greatest``) mean charge of a species of a host, e."""
    own = _of_host(evidence, "contents", host)
    column = f"charge_{species}_e"
    if column not in own or own[column].isna().all():
        return UNKNOWN
    return float(own[column].min() if which == "least" else own[column].max()), 0.0


@measure
def ensemble_voltage(
    evidence: Evidence, run: str, temperature: float, x_low: float, x_high: float
) -> tuple[float, float]:
    """Voltage of a run of the ensembles averaged over an interval of x, V.

    The error is that of the mean over its starts.
    """
    states = evidence.tables.get(f"ensembles/{run}_states")
    if states is None or "voltage_V" not in states:
        return UNKNOWN
    found = mean_voltages(states, evidence.settings.species, temperature, x_low, x_high)
    if not len(found) or np.isnan(found).any():
        return UNKNOWN
    error = found.std(ddof=1) / np.sqrt(len(found)) if len(found) > 1 else np.nan
    return float(found.mean()), float(error)


@measure
def two_phase_width(evidence: Evidence, run: str, temperature: float) -> tuple[float, float]:
    """Widest step of x in a run of the ensembles, per formula unit; 0 where it has none."""
    steps, table = (evidence.tables.get(f"ensembles/{name}") for name in ("steps", run))
    if steps is None or table is None or not np.isclose(table.temperature_K, temperature).any():
        return UNKNOWN
    own = steps[(steps.run == run) & np.isclose(steps.temperature_K, temperature)]
    return float((own.x_high - own.x_low).max()) if len(own) else 0.0, np.nan


@measure
def entropy_taken(evidence: Evidence, run: str, temperature: float) -> tuple[float, float]:
    """Entropy that order takes from ideal mixing in a run of swaps, kB per formula unit."""
    table = evidence.tables.get(f"ensembles/{run}")
    if table is None:
        return UNKNOWN
    own = table[
        (table.quantity == "entropy") & (table.of == "taken by order")
        & np.isclose(table.temperature_K, temperature)
    ]  # fmt: skip
    return (float(own["mean"].iloc[0]), float(own.stderr.iloc[0])) if len(own) else UNKNOWN


@measure
def content_at_charge(
    evidence: Evidence, host: str, species: str, charge: float
) -> tuple[float, float]:
    """Content at which a species of a host has a mean charge by neutrality."""
    own = _of_host(evidence, "contents", host)
    column = f"charge_{species}_e"
    if column not in own:
        return UNKNOWN
    known = own.dropna(subset=column).groupby("x")[column].first()
    # It falls as x rises.
    if known.empty or not known.min() <= charge <= known.max():
        return UNKNOWN
    return float(np.interp(-charge, -known.to_numpy(), known.index)), 0.0


@measure
def volume(evidence: Evidence, host: str, x: float, formula_units: float) -> tuple[float, float]:
    """Volume of formula units of a host at a content, the lowest in energy there, Å³."""
    found = _volume_at(evidence, host, x)
    return (formula_units * found, 0.0) if np.isfinite(found) else UNKNOWN


@measure
def volume_change(
    evidence: Evidence, host: str, x_low: float, x_high: float
) -> tuple[float, float]:
    """How much smaller a host is at the lower of two contents, % of the larger one."""
    low, high = (_volume_at(evidence, host, x) for x in (x_low, x_high))
    return (100 * (1 - low / high), 0.0) if np.isfinite(low / high) else UNKNOWN


def _volume_at(evidence: Evidence, host: str, x: float) -> float:
    """Å³ per formula unit of the ordering of lowest energy at a content."""
    own = _of_host(evidence, "contents", host)
    if "volume_A3_per_fu" not in own:
        return np.nan
    here = own[np.isclose(own.x, x) & own.volume_A3_per_fu.notna()]
    if here.empty:
        return np.nan
    return float(here.volume_A3_per_fu[here.formation_energy_eV_per_fu.idxmin()])

"""The numbers that a figure shows, as a table beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from os import PathLike
from typing import Any

import numpy as np
import pandas as pd

from navac.figures.data import positions, region_of
from navac.figures.smooth import smooth
from navac.results import schema
from navac.results.fields import Record, entries
from navac.results.read import read_records

DIAGRAM_COLUMNS = (
    "kind", "electronic_entropy", "phases", "phase", "temperature_K", "temperature_stderr_K", "x",
    "x_stderr", "x_drawn", "mu_eV", "mu_eV_stderr", "reason",
)  # fmt: skip


def curves_table(path: str | PathLike, kind: type[Record]) -> pd.DataFrame:
    """The curves of a kind at all temperatures, a row per point."""
    parts = [_curve(T, curve) for T, curve in read_records(path, kind).items()]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _curve(temperature: float, curve: Record) -> pd.DataFrame:
    columns: dict[str, Any] = {}
    for name, entry in entries(type(curve)).items():
        value = getattr(curve, name)
        if entry.mapping:
            columns |= {entry.named(key): values for key, values in value.items()}
        elif not entry.attribute:
            columns[name] = value
    return pd.DataFrame({"temperature_K": temperature} | columns)


def states_table(path: str | PathLike) -> pd.DataFrame:
    """Order of the stable states of all ranges, a row per sampled T and μ."""
    parts = [_states(name, of) for name, of in read_records(path, schema.States).items()]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _states(name: str, of: schema.States) -> pd.DataFrame:
    T, mu = np.broadcast_arrays(of.temperature_K[:, None], of.mu_eV)
    phases = np.array([*of.branches, ""], dtype=object)  # -1 is where none is known
    columns = {
        "temperature_K": T, "mu_eV": mu, "x": of.x, "x_stderr": of.x_stderr,
        "order_in_cell": of.order_in_cell,
        "concentration_wave_amplitude": of.concentration_wave_amplitude,
        "phase": phases[of.branch.astype(int)],
    }  # fmt: skip
    return pd.DataFrame({"range": name} | {key: values.ravel() for key, values in columns.items()})


def diagram_table(path: str | PathLike) -> pd.DataFrame:
    """Boundaries, points and unresolved zones of both diagrams, a row per phase and temperature.

    Of an unresolved zone, two rows give its lower and upper ends in T and x. Lines of the figure go
    through ``x_drawn``.
    """
    rows: list[dict[str, Any]] = []
    for electronic, boundary, invariant, zone in (
        (False, schema.Boundary, schema.Invariant, schema.Unresolved),
        (True, schema.ElectronicBoundary, schema.ElectronicInvariant, schema.ElectronicUnresolved),
    ):
        found = [
            *_boundaries(read_records(path, boundary)), *_invariants(read_records(path, invariant)),
            *_zones(read_records(path, zone)),
        ]  # fmt: skip
        rows += [row | {"electronic_entropy": electronic} for row in found]
    return pd.DataFrame(rows, columns=list(DIAGRAM_COLUMNS))


def _boundaries(boundaries: Mapping[str, schema.Boundary]) -> Iterator[dict[str, Any]]:
    for name, of in boundaries.items():
        region = smooth(region_of(name, of))
        phases, drawn = region.phases, np.full((len(of.temperature_K), 2), np.nan)
        drawn[positions(of)] = region.dome[:, 1:]
        same = {"phases": "+".join(phases)}
        for phase, x, error, line in (
            (phases[0], of.x_low, of.x_low_stderr, drawn[:, 0]),
            (phases[1], of.x_high, of.x_high_stderr, drawn[:, 1]),
        ):
            for k, T in enumerate(of.temperature_K):
                yield same | {
                    "kind": "boundary", "phase": phase, "temperature_K": T, "x": x[k],
                    "x_stderr": error[k], "x_drawn": line[k], "mu_eV": of.mu_eV[k],
                    "mu_eV_stderr": of.mu_eV_stderr[k],
                }  # fmt: skip
        if of.ends_in == "critical" and np.isfinite(of.critical_temperature_K):
            yield same | {
                "kind": "critical", "temperature_K": of.critical_temperature_K,
                "temperature_stderr_K": of.critical_temperature_stderr_K, "x": of.critical_x,
            }  # fmt: skip


def _invariants(invariants: Mapping[str, schema.Invariant]) -> Iterator[dict[str, Any]]:
    for of in invariants.values():
        for phase, x in zip(of.phases, of.x, strict=True):
            yield {
                "kind": of.kind, "phases": "+".join(of.phases), "phase": phase, "x": x,
                "temperature_K": of.temperature_K, "temperature_stderr_K": of.temperature_stderr_K,
                "mu_eV": float(of.mu_eV),
            }  # fmt: skip


def _zones(zones: Mapping[str, schema.Unresolved]) -> Iterator[dict[str, Any]]:
    for of in zones.values():
        for k, reason in enumerate(of.reason):
            same = {"kind": "unresolved", "phases": of.phases[k], "reason": reason}
            yield same | {"temperature_K": of.temperature_low_K[k], "x": of.x_low[k]}
            yield same | {"temperature_K": of.temperature_high_K[k], "x": of.x_high[k]}


def _curves_of(kind: type[Record]) -> Callable[[str | PathLike], pd.DataFrame]:
    return lambda path: curves_table(path, kind)


TABLES: dict[str, Callable[[str | PathLike], pd.DataFrame]] = {
    "phase_diagram": diagram_table,
    "uncertainty": diagram_table,
    "order": states_table,
    "heat_capacity": _curves_of(schema.HeatCapacity),
    "entropy": _curves_of(schema.Entropy),
    "voltage": _curves_of(schema.VoltageCurve),
    "occupancies": _curves_of(schema.Occupancy),
}
"""Tables of the figures that are drawn from HDF5 files."""


def by_range(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Tables of several ranges in one, with the range as the first column."""
    parts = [table.assign(range=name) for name, table in tables.items()]
    joined = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["range"])
    return joined[["range", *(c for c in joined.columns if c != "range")]]

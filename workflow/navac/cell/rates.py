"""Rate capability: charges and discharges of half and full cells, by SPM and DFN."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import pandas as pd

from navac.cell.battery import Cell, Curve
from navac.cell.parameters import Parameters

KINDS = ("half", "full")
MODELS = ("SPM", "DFN")
DIRECTIONS = ("discharge", "charge")
POINTS = 100
"""Of a curve in the table."""


def cells(
    set_: Parameters, electrode: Mapping[str, float], limits: tuple[float, float] | None
) -> Iterator[Cell]:
    """A half and a full cell, by either model.

    Args:
        electrode: parameters of PyBaMM by its names, in place of its own.
        limits: cut-offs of the half cell, V.
    """
    for kind in KINDS:
        for model in MODELS:
            yield Cell(
                set_=set_, kind=kind, model=model, electrode=electrode,  # type: ignore[arg-type]
                limits=limits if kind == "half" else None,
            )  # fmt: skip


def cycle(
    cells: Sequence[Cell], rates: Sequence[float], say: Callable[[float, float], None]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Charge and discharge cells at rates in C.

    Args:
        say: told how many are done, of how many.

    Returns:
        a row per charge or discharge, with its capacity and why it ended, and a row per point of
        the curves.
    """
    rows, points = [], []
    every = [(c, d, r) for c in cells for d in DIRECTIONS for r in rates]
    for done, (cell, direction, rate) in enumerate(every):
        curve = cell.run(rate, direction)  # type: ignore[arg-type]
        which = {"cell": cell.kind, "model": cell.model, "direction": direction, "rate_C": rate}
        rows.append(which | _summary(curve))
        points.append(_points(curve).assign(**which))
        say(done + 1, len(every))
    return pd.DataFrame(rows), pd.concat(points, ignore_index=True)


def _summary(curve: Curve) -> dict[str, float | str]:
    passed = float(curve.capacity[-1]) if curve.capacity.size else 0.0
    failed = curve.ended.startswith("the solver")
    return {
        "capacity_mAh_per_g": float("nan") if failed else passed,
        "passed_mAh_per_g": passed,
        "ended": curve.ended,
    }


def _points(curve: Curve) -> pd.DataFrame:
    every = max(1, len(curve.time) // POINTS)
    return pd.DataFrame({
        "capacity_mAh_per_g": curve.capacity[::every], "voltage_V": curve.voltage[::every],
    })  # fmt: skip

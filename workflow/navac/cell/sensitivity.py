"""How differences of concentration, stress and capacity depend on each number of a set.

Stress is proportional to Young's modulus and to Ω, so that those rows are products; D and the
radius are computed anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from navac.cell.battery import Cell
from navac.cell.parameters import Parameters
from navac.cell.particle import Charge, charge

NUMBERS = ("diffusivity", "molar_volume", "young", "radius")
PROPORTIONAL = ("molar_volume", "young")
"""Numbers that only the stress depends on, in proportion."""
FACTOR = 2.0
"""By which every number is multiplied and divided."""
RESULTS = ("x_difference_mean", "x_difference_90", "von_mises_max_Pa", "capacity_mAh_per_g")


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What every row is computed by.

    Attributes:
        particle_rate: of the particle, C.
        elements: along its radius.
        rate: of the discharge, C.
        electrode: parameters of PyBaMM by its names, in place of its own.
        limits: cut-offs of the half cell, V.
    """

    particle_rate: float
    elements: int
    rate: float
    electrode: Mapping[str, float]
    limits: tuple[float, float] | None


def sensitivity(set_: Parameters, base: Charge, trial: Trial) -> pd.DataFrame:
    """A row per number and factor: the results, the given set first.

    Numbers with an uncertainty have two rows more, a standard error lower and higher.
    """
    first = _results(set_, base, trial)
    rows = [{"number": "as given", "factor": 1.0} | first]
    for name in NUMBERS:
        own = set_.numbers[name].factor
        for factor in sorted({1 / FACTOR, FACTOR, *((1 / own, own) if own else ())}):
            results = _scaled(set_, first, name, factor, trial)
            rows.append({"number": name, "factor": factor} | results)
    return pd.DataFrame(rows)


def _scaled(
    set_: Parameters, first: Mapping[str, float], name: str, factor: float, trial: Trial
) -> dict[str, float]:
    if name in PROPORTIONAL:
        return {**first, "von_mises_max_Pa": first["von_mises_max_Pa"] * factor}
    changed = set_.scaled(name, factor)
    return _results(changed, charge(changed, trial.particle_rate, trial.elements), trial)


def _results(set_: Parameters, charged: Charge, trial: Trial) -> dict[str, float]:
    nearly, spread = charged.at(0.9), charged.spread()
    cell = Cell(set_=set_, kind="half", model="SPM", electrode=trial.electrode, limits=trial.limits)
    curve = cell.run(trial.rate, "discharge")
    return {
        "x_difference_mean": float(spread.mean()),
        "x_difference_90": np.nan if nearly is None else float(spread[nearly]),
        "von_mises_max_Pa": float(charged.von_mises.max()),
        "capacity_mAh_per_g": float(curve.capacity[-1]) if curve.capacity.size else 0.0,
    }


def uncertainty(set_: Parameters, table: pd.DataFrame) -> pd.DataFrame:
    """A row per result: its value, and what the uncertainties of the numbers make of it.

    Each number is moved a standard error up and down on its own, and the logarithms of what that
    makes of a result are added in quadrature, falls and rises apart. Numbers without an uncertainty
    are named, not counted.

    Returns:
        result, value, low, high, and the numbers that are counted and not.
    """
    known = [name for name in NUMBERS if set_.numbers[name].factor]
    unknown = [name for name in NUMBERS if name not in known]
    given = table[table.number == "as given"].iloc[0]
    rows = []
    for result in RESULTS:
        value = given[result]
        moved = [
            [_row(table, name, factor)[result] for factor in (1 / own, own)]
            for name in known if (own := set_.numbers[name].factor)
        ]  # fmt: skip
        logs = np.log([[*ends, value] for ends in moved if min(ends) > 0]) - np.log(value)
        fall, rise = (
            float(np.linalg.norm(ends)) if len(logs) else np.nan
            for ends in (logs.min(axis=-1), logs.max(axis=-1))
        )
        rows.append({
            "result": result, "value": value,
            "low": value * np.exp(-fall), "high": value * np.exp(rise),
            "counted": " ".join(known), "not_known": " ".join(unknown),
        })  # fmt: skip
    return pd.DataFrame(rows)


def _row(table: pd.DataFrame, name: str, factor: float) -> pd.Series:
    rows = table[(table.number == name) & np.isclose(table.factor, factor)]
    return rows.iloc[0]

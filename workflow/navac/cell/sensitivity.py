"""How differences of concentration, stress and capacity depend on each number of a set, and on the
errors of its open circuit.

Stress is proportional to Young's modulus and to Ω where it does not act back, so that those rows
are products; what follows from D, the radius and the open circuit is computed anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from navac.cell.battery import Cell
from navac.cell.electrode import half_limits
from navac.cell.parameters import Parameters
from navac.cell.particle import Charge, charge

NUMBERS = ("diffusivity", "molar_volume", "young", "radius")
PROPORTIONAL = ("molar_volume", "young")
"""Numbers that only the stress depends on, in proportion, unless phases are coherent."""
OPEN_CIRCUIT = "open_circuit"
"""Its rows are a standard error lower and higher in voltage, with phases closer and further
apart."""
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

    Numbers with an uncertainty have two rows more, a standard error lower and higher, which the
    column ``stderr`` tells by −1 and 1; so has the open circuit, without a factor.
    """
    if trial.limits is None:  # cut-offs stay where they are when voltages move
        trial = replace(trial, limits=half_limits(set_))
    first = _results(set_, base, trial)
    rows = [{"number": "as given", "factor": 1.0, "stderr": 0.0} | first]
    for name in NUMBERS:
        own = set_.numbers[name].factor
        told = {1 / own: -1.0, own: 1.0} if own else {}
        for factor in sorted({1 / FACTOR, FACTOR, *told}):
            results = _scaled(set_, first, name, factor, trial)
            moved = told.get(factor, np.nan)
            rows.append({"number": name, "factor": factor, "stderr": moved} | results)
    for errors in (-1.0, 1.0) if set_.uncertain else ():
        results = _anew(set_.moved(errors), trial)
        rows.append({"number": OPEN_CIRCUIT, "factor": np.nan, "stderr": errors} | results)
    return pd.DataFrame(rows)


def _scaled(
    set_: Parameters, first: Mapping[str, float], name: str, factor: float, trial: Trial
) -> dict[str, float]:
    if name in PROPORTIONAL and not set_.elastic:
        return {**first, "von_mises_max_Pa": first["von_mises_max_Pa"] * factor}
    return _anew(set_.scaled(name, factor), trial)


def _anew(set_: Parameters, trial: Trial) -> dict[str, float]:
    return _results(set_, charge(set_, trial.particle_rate, trial.elements), trial)


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
    """A row per result: its value, and what the uncertainties of the set make of it.

    Each number, and the open circuit, is moved a standard error up and down on its own, and the
    logarithms of what that makes of a result are added in quadrature, falls and rises apart.
    Numbers without an uncertainty are named, not counted.

    Returns:
        result, value, low, high, what the open circuit alone makes of it (NaN where its errors are
        not known), and the numbers that are counted and not.
    """
    names = (OPEN_CIRCUIT, *NUMBERS)
    moved = table[table.stderr.isin([-1, 1])]
    known = [name for name in names if (moved.number == name).any()]
    unknown = [name for name in names if name not in known]
    given = table[table.number == "as given"].iloc[0]
    rows = []
    for result in RESULTS:
        value = given[result]
        ends = {name: moved[moved.number == name][result].to_numpy() for name in known}
        low, high = _carried(value, list(ends.values()))
        own = [ends[OPEN_CIRCUIT]] if OPEN_CIRCUIT in ends else []
        own_low, own_high = _carried(value, own)
        rows.append({
            "result": result, "value": value, "low": low, "high": high,
            "low_by_open_circuit": own_low, "high_by_open_circuit": own_high,
            "counted": " ".join(known), "not_known": " ".join(unknown),
        })  # fmt: skip
    return pd.DataFrame(rows)


def _carried(value: float, ends: list[np.ndarray]) -> tuple[float, float]:
    """Lowest and highest value by pairs of moved ones; NaN without any."""
    logs = np.log([[*pair, value] for pair in ends if min(pair) > 0]) - np.log(value)
    if not len(logs):
        return np.nan, np.nan
    fall, rise = (np.linalg.norm(end) for end in (logs.min(axis=-1), logs.max(axis=-1)))
    return float(value * np.exp(-fall)), float(value * np.exp(rise))

"""A parameter set as a file of the Battery Parameter eXchange (BPX 1.0), which PyBaMM loads.

The positive electrode is the material; separator, electrolyte and the counter electrode of hard
carbon are those of K. Chayambuka et al., Electrochim. Acta 404, 139764 (2022), as PyBaMM has them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from navac.cell.battery import FEWEST, NARROWEST_DFN, TOLERANCE
from navac.cell.electrode import (
    AREA_M2,
    CARBON,
    CHAYAMBUKA,
    chayambuka,
    evaluated,
    exchange_current_at_half,
    nominal_capacity,
    values,
)
from navac.cell.packages import pybamm as load
from navac.cell.parameters import FARADAY, Parameters
from navac.files import write_json

POINTS = 60
"""Of a table that PyBaMM's functions are evaluated on."""


def write_bpx(path: str | Path, set_: Parameters, electrode: dict[str, float]) -> None:
    """Write the file; needs PyBaMM for the functions of its own set.

    Args:
        electrode: parameters of PyBaMM by its names, in place of its own.
    """
    write_json(path, bpx(set_, electrode))


def bpx(set_: Parameters, electrode: dict[str, float]) -> dict[str, Any]:
    """The content of the file."""
    v = values(set_, electrode)
    low, high = (x / set_.x_full for x in set_.window)
    curve = set_.open_circuit.widened(NARROWEST_DFN)
    return {
        "Header": {
            "BPX": "1.0.0", "Title": f"{set_.name} against hard carbon", "Model": "DFN",
            "References": CHAYAMBUKA,
            "Description": "positive electrode by navac; sources in parameters.json beside it. DFN "
            f"follows its steps with a tolerance of {TOLERANCE:g} and {FEWEST} steps at least",
        },
        "Parameterisation": {
            "Cell": {
                "Electrode area [m2]": AREA_M2,
                "External surface area [m2]": 2 * AREA_M2,
                "Volume [m3]": AREA_M2 * sum(
                    v[f"{part} thickness [m]"]
                    for part in ("Negative electrode", "Separator", "Positive electrode")
                ),
                "Number of electrode pairs connected in parallel to make a cell": 1,
                "Lower voltage cut-off [V]": v["Lower voltage cut-off [V]"],
                "Upper voltage cut-off [V]": v["Upper voltage cut-off [V]"],
                "Nominal cell capacity [A.h]": nominal_capacity(set_, v),
                "Reference temperature [K]": set_.temperature,
            },
            "Electrolyte": {
                "Cation transference number": v["Cation transference number"],
                "Diffusivity [m2.s-1]": _table(v["Electrolyte diffusivity [m2.s-1]"], 1e2, 2e3),
                "Conductivity [S.m-1]": _table(v["Electrolyte conductivity [S.m-1]"], 1e2, 2e3),
            },
            "Negative electrode": _electrode(v, "Negative") | {
                "Minimum stoichiometry": CARBON[0], "Maximum stoichiometry": CARBON[1],
                "OCP [V]": _table(v["Negative electrode OCP [V]"], 0.0, 1.0, one=True),
                "Diffusivity [m2.s-1]": _table(
                    v["Negative particle diffusivity [m2.s-1]"], 0.0, 1.0
                ),
                "Reaction rate constant [mol.m-2.s-1]": _rate(v, "Negative"),
                "Entropic change coefficient [V.K-1]": 0.0,
            },
            "Positive electrode": _electrode(v, "Positive") | {
                "Minimum stoichiometry": low, "Maximum stoichiometry": high,
                "OCP [V]": {"x": (curve.x / set_.x_full).tolist(), "y": curve.voltage.tolist()},
                "Diffusivity [m2.s-1]": _diffusivity(set_),
                "Reaction rate constant [mol.m-2.s-1]": _rate(v, "Positive"),
                **_entropic(set_),
            },
            "Separator": {
                "Thickness [m]": v["Separator thickness [m]"],
                "Porosity": v["Separator porosity"],
                "Transport efficiency": v["Separator porosity"]
                ** v["Separator Bruggeman coefficient (electrolyte)"],
            },
        },
        "State": {"Initial conditions": {
            "Initial temperature [K]": set_.temperature,
            "Initial electrolyte concentration [mol.m-3]":
                v["Initial concentration in electrolyte [mol.m-3]"],
        }},
    }  # fmt: skip


def _electrode(v: dict[str, Any], side: str) -> dict[str, float]:
    """What an electrode has beside its own functions."""
    radius = v[f"{side} particle radius [m]"]
    porosity = v[f"{side} electrode porosity"]
    active = v[f"{side} electrode active material volume fraction"]
    bruggeman = v[f"{side} electrode Bruggeman coefficient (electrolyte)"]
    return {
        "Thickness [m]": v[f"{side} electrode thickness [m]"],
        "Porosity": porosity,
        "Transport efficiency": porosity**bruggeman,
        "Conductivity [S.m-1]": v[f"{side} electrode conductivity [S.m-1]"],
        "Particle radius [m]": radius,
        "Surface area per unit volume [m-1]": 3 * active / radius,
        "Maximum concentration [mol.m-3]":
            v[f"Maximum concentration in {side.lower()} electrode [mol.m-3]"],
    }  # fmt: skip


def _entropic(set_: Parameters) -> dict[str, Any]:
    if set_.entropic_change is None:
        return {"Entropic change coefficient [V.K-1]": 0.0}
    x = (set_.open_circuit.x / set_.x_full).tolist()
    return {"Entropic change coefficient [V.K-1]": {"x": x, "y": set_.entropic_change.tolist()}}


def _diffusivity(set_: Parameters) -> float | dict[str, list[float]]:
    x, values = set_.chemical_diffusivities()
    if np.ptp(values) == 0:
        return float(values[0])
    return {"x": (x / set_.x_full).tolist(), "y": values.tolist()}


def _table(function: Any, low: float, high: float, *, one: bool = False) -> dict[str, list[float]]:
    """A function of PyBaMM, of one or two arguments, as a table."""
    pybamm = load()
    x = np.linspace(low, high, POINTS)
    second = () if one else (pybamm.Scalar(298.15),)
    known = chayambuka()
    y = [evaluated(function(pybamm.Scalar(value), *second), known) for value in x]
    return {"x": x.tolist(), "y": y}


def _rate(v: dict[str, Any], side: str) -> float:
    """BPX's normalised rate of reaction: the exchange current is 1/2 F K at half filling."""
    return 2 * exchange_current_at_half(v, side) / FARADAY

"""A material as the positive electrode of K. Chayambuka's cell, by PyBaMM's names of parameters.

The set of K. Chayambuka et al. (Electrochim. Acta 404, 139764 (2022)) is of sodium: NaPF6 in EC:PC,
hard carbon, and NVPF, whose place the material takes. Particles are Fickian: in a two-phase region
the voltage is flat, and diffusion there is as the set's diffusivity says.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import numpy as np

from navac.cell.ocp import OpenCircuit
from navac.cell.packages import pybamm as load
from navac.cell.parameters import FARADAY, Parameters
from navac.cell.quantity import CellError

CHAYAMBUKA = (
    "K. Chayambuka, G. Mulder, D. L. Danilov, P. H. L. Notten, Electrochim. Acta 404, 139764 (2022)"
)
AREA_M2 = 2.54e-4
WALL_X, WALL_V = 0.05, 5.0
"""Beyond its window the voltage goes on by so much in so little x: no surface leaves the window."""
MARGIN_V, MARGIN_SHARE = 1.0, 0.02
"""Where no cut-offs are given they are so far beyond the open circuit, without so much of the
capacity at either end and the steps there."""
LEAST_V = 0.1
"""And so far beyond its ends at least."""
EXCESS = 1.1
"""Capacity of the hard carbon over that of the positive electrode."""
CARBON = (0.01, 0.93)
"""Stoichiometries that the hard carbon is used between."""
HIGHEST_CARBON = 1.0
"""Voltage of hard carbon that the lower cut-off of a full cell allows for, V."""
METAL_CURRENT = 100.0
"""Exchange current density of the metal, A/m²: against it, a half cell shows one electrode."""


def chayambuka() -> dict[str, Any]:
    """PyBaMM's set."""
    return dict(load().ParameterValues("Chayambuka2022").items())


def nominal_capacity(set_: Parameters, v: Mapping[str, Any]) -> float:
    """Charge of the positive electrode between the ends of its window, A h."""
    low, high = set_.concentrations
    active = v["Positive electrode active material volume fraction"]
    amount = (high - low) * active * v["Positive electrode thickness [m]"] * AREA_M2
    return amount * FARADAY / 3600


def mass(set_: Parameters, v: Mapping[str, Any]) -> float:
    """Active material of the positive electrode, g; as :attr:`Parameters.capacity` counts it."""
    return 1000 * nominal_capacity(set_, v) / set_.capacity


def values(set_: Parameters, electrode: Mapping[str, float]) -> dict[str, Any]:
    """Every parameter of the cell against hard carbon, which fits the material.

    Args:
        electrode: parameters in place of PyBaMM's own.

    Raises:
        CellError: there is no parameter of such a name.
    """
    v = chayambuka() | {
        "Exchange-current density for lithium metal electrode [A.m-2]": METAL_CURRENT
    }  # fmt: skip
    check_names(electrode, v)
    v |= electrode
    capacity = nominal_capacity(set_, v)
    return v | _material(set_) | _carbon(v, capacity) | {
        "Nominal cell capacity [A.h]": capacity,
        "Current function [A]": capacity,
        **{f"{which} temperature [K]": set_.temperature
           for which in ("Reference", "Ambient", "Initial")},
        **limits(half_limits(set_)[0] - HIGHEST_CARBON, half_limits(set_)[1]),
        **electrode,
    }  # fmt: skip


def check_names(given: Iterable[str], known: Collection[str]) -> None:
    """Refuse parameters that PyBaMM would not read."""
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            meant = f"did you mean {near[0]!r}?" if near else "use one of its Chayambuka2022"
            raise CellError(f"cell.electrode: PyBaMM has no parameter {name!r}; {meant}")


def _material(set_: Parameters) -> dict[str, Any]:
    return {
        "Positive electrode OCP [V]": open_circuit(set_, set_.open_circuit),
        "Positive electrode OCP entropic change [V.K-1]": _entropic_change(set_),
        "Positive particle diffusivity [m2.s-1]": _diffusivity(set_),
        "Positive particle radius [m]": set_["radius"],
        "Maximum concentration in positive electrode [mol.m-3]": set_["max_concentration"],
        "Positive electrode exchange-current density [A.m-2]": _exchange_current(set_),
        "Initial concentration in positive electrode [mol.m-3]": set_.concentrations[0],
    }


def _carbon(v: Mapping[str, Any], capacity: float) -> dict[str, float]:
    """Hard carbon of :data:`EXCESS` times a capacity (A h), charged."""
    span = CARBON[1] - CARBON[0]
    full = v["Maximum concentration in negative electrode [mol.m-3]"]
    fraction = v["Negative electrode active material volume fraction"]
    return {
        "Negative electrode thickness [m]":
            EXCESS * capacity * 3600 / (FARADAY * span * full * fraction * AREA_M2),
        "Initial concentration in negative electrode [mol.m-3]":
            (CARBON[0] + span / EXCESS) * full,
    }  # fmt: skip


def discharged(set_: Parameters, v: Mapping[str, Any]) -> dict[str, float]:
    """Initial concentrations of the discharged cell."""
    full = v["Maximum concentration in negative electrode [mol.m-3]"]
    return {
        "Initial concentration in positive electrode [mol.m-3]": set_.concentrations[1],
        "Initial concentration in negative electrode [mol.m-3]": CARBON[0] * full,
    }


def half_limits(set_: Parameters) -> tuple[float, float]:
    """Cut-offs of a half cell where none are given, V: beyond its open circuit."""
    (low, high), curve = set_.window, set_.open_circuit
    margin = MARGIN_SHARE * (high - low)
    full, empty = curve.at(np.array([high - margin, low + margin]))
    return (
        float(min(full - MARGIN_V, curve.voltage[-1] - LEAST_V)),
        float(max(empty + MARGIN_V, curve.voltage[0] + LEAST_V)),
    )


def limits(low: float, high: float) -> dict[str, float]:
    """Cut-offs, which PyBaMM also wants as open-circuit voltages."""
    return {
        "Lower voltage cut-off [V]": low, "Upper voltage cut-off [V]": high,
        "Open-circuit voltage at 0% SOC [V]": low, "Open-circuit voltage at 100% SOC [V]": high,
    }  # fmt: skip


def _interpolated(name: str, set_: Parameters, x: np.ndarray, y: np.ndarray) -> Any:
    """A function of stoichiometry (and of what else PyBaMM hands over), linear between points."""
    known = x / set_.x_full
    return lambda sto, *_: load().Interpolant(known, y, sto, f"{name} of {set_.name}")


def open_circuit(set_: Parameters, curve: OpenCircuit) -> Any:
    """A voltage as a function of stoichiometry, with a wall at either end.

    It is linear between the points, as the campaign's curve is.
    """
    x = np.concatenate([[curve.x[0] - WALL_X], curve.x, [curve.x[-1] + WALL_X]])
    ends = curve.voltage[0] + WALL_V, curve.voltage[-1] - WALL_V
    voltage = np.concatenate([[ends[0]], curve.voltage, [ends[1]]])
    return _interpolated("open circuit", set_, x, voltage)


def _entropic_change(set_: Parameters) -> Any:
    if set_.entropic_change is None:
        return 0.0
    return _interpolated("entropic change", set_, set_.open_circuit.x, set_.entropic_change)


def _diffusivity(set_: Parameters) -> Any:
    x, values = set_.chemical_diffusivities()
    if np.ptp(values) == 0:
        return float(values[0])
    return _interpolated("diffusivity", set_, x, values)


def _exchange_current(set_: Parameters) -> Any:
    """Exchange current density with α = 1/2, from its value at half filling."""
    if "exchange_current" in set_.numbers:
        at_half = set_["exchange_current"]
    else:
        at_half = exchange_current_at_half(chayambuka(), "Positive")

    def current(c_e: Any, c_surface: Any, c_max: Any, T: Any) -> Any:
        pybamm = load()
        c_e0 = pybamm.Parameter("Initial concentration in electrolyte [mol.m-3]")
        filled = pybamm.maximum(c_surface * (c_max - c_surface), 0) ** 0.5 / c_max
        return 2 * at_half * (c_e / c_e0) ** 0.5 * filled

    return current


def exchange_current_at_half(v: Mapping[str, Any], side: str) -> float:
    """Exchange current density of an electrode, Positive or Negative, at half filling, A/m²."""
    pybamm = load()
    full = v[f"Maximum concentration in {side.lower()} electrode [mol.m-3]"]
    symbol = v[f"{side} electrode exchange-current density [A.m-2]"](
        pybamm.Scalar(v["Initial concentration in electrolyte [mol.m-3]"]),
        pybamm.Scalar(full / 2), pybamm.Scalar(full), pybamm.Scalar(298.15),
    )  # fmt: skip
    return evaluated(symbol, v)


def evaluated(symbol: Any, v: Mapping[str, Any]) -> float:
    """A symbol of PyBaMM as a number, by parameters."""
    processed = load().ParameterValues(dict(v)).process_symbol(symbol)
    return float(np.ravel(processed.evaluate())[0])

"""Half and full cells in PyBaMM: charges and discharges at a constant current.

The equations are PyBaMM's for intercalation (SPM and DFN, Butler–Volmer kinetics with α = 1/2); the
ion's name is not in them.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np

from navac.cell.electrode import (
    discharged,
    half_limits,
    limits,
    mass,
    open_circuit,
    values,
)
from navac.cell.packages import pybamm as load
from navac.cell.parameters import Parameters
from navac.cell.quantity import CellError

TOLERANCE = 1e-6
"""Relative, of the solver; the absolute one is a hundredth."""
FEWEST = 2000
"""Steps of a curve, at least. With longer ones, or with PyBaMM's own tolerance of 1e-4, DFN stops
at corners of an open circuit."""
NARROWEST_DFN = 1e-3
"""Width in x that a phase beside two-phase regions has at least in DFN: its solver follows no steps
that are steeper. SPM takes the open circuit as it is."""
TIMES = 400
"""Of a curve."""
DEPLETED = 1.0
"""Concentration of an electrolyte that carries no current, mol/m³: the equations end there."""
CURRENT = "Current function [A]"
SURFACE = "X-averaged positive particle surface stoichiometry"

Direction = Literal["charge", "discharge"]
Kind = Literal["half", "full"]
Model = Literal["SPM", "DFN"]


@dataclass(frozen=True, kw_only=True)
class Curve:
    """A charge or discharge at one rate.

    Attributes:
        time: ``[time]`` s.
        capacity: ``[time]`` mAh per gram of active material of the positive electrode.
        voltage: ``[time]`` V.
        surface: ``[time]`` composition x at the surface of particles, the mean of the electrode.
        ended: why it ended, in words.
    """

    time: np.ndarray
    capacity: np.ndarray
    voltage: np.ndarray
    surface: np.ndarray
    ended: str


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A cell with the material as its positive electrode.

    Attributes:
        set_: the material.
        kind: against the metal (half) or hard carbon (full).
        model: SPM or DFN.
        electrode: parameters of PyBaMM by its names, in place of its own.
        limits: cut-offs of a half cell, V; None for :func:`~navac.cell.electrode.half_limits`.
    """

    set_: Parameters
    kind: Kind
    model: Model
    electrode: Mapping[str, float]
    limits: tuple[float, float] | None = None

    @cached_property
    def values(self) -> dict[str, Any]:
        """Every parameter of the charged cell, by PyBaMM's names."""
        v = values(self.set_, self.electrode)
        if self.model == "DFN":
            v["Positive electrode OCP [V]"] = open_circuit(
                self.set_, self.set_.open_circuit.widened(NARROWEST_DFN)
            )
        if self.kind == "half":
            v |= limits(*(self.limits or half_limits(self.set_)))
        return v

    def at_start(self, direction: Direction) -> dict[str, Any]:
        """The parameters with the concentrations that a charge or discharge begins with."""
        if direction == "charge":
            return self.values | discharged(self.set_, self.values)
        return dict(self.values)

    def built(self, mechanics: bool = False) -> Any:
        """A new model of PyBaMM.

        Args:
            mechanics: with the stress of the particles.
        """
        options = {"working electrode": "positive"} if self.kind == "half" else {}
        if mechanics:
            options["particle mechanics"] = "swelling only"
        pybamm = load()
        model = getattr(pybamm.lithium_ion, self.model)(options)
        if self.model == "DFN":
            left = pybamm.min(model.variables["Electrolyte concentration [mol.m-3]"]) - DEPLETED
            model.events.append(pybamm.Event("the electrolyte is depleted", left))
        return model

    def run(self, rate: float, direction: Direction, capacities: np.ndarray | None = None) -> Curve:
        """Charge from the highest x, or discharge from the lowest, at a rate in C.

        It ends at a cut-off, or after the time in which the whole capacity passes. Where the
        solver fails, the curve ends there and says so.

        Args:
            capacities: ``[time]`` mAh/g at which the voltage is told, rising from 0 to the whole;
                evenly spread where None.

        Raises:
            CellError: the rate is not positive.
        """
        if not rate > 0:
            raise CellError(f"rate {rate:g} C is not positive; correct cell.rates_C")
        sign, end = (1.0 if direction == "discharge" else -1.0), 3600 / rate
        current = sign * rate * self.values["Nominal cell capacity [A.h]"]
        told = (
            np.linspace(0, end, TIMES) if capacities is None
            else end * capacities / self.set_.capacity
        )  # fmt: skip
        try:
            solution = self._simulations[direction].solve(
                [0, end],
                t_interp=told,
                inputs={CURRENT: current},
                solver=solver(dt_max=end / FEWEST),
            )
        except load().SolverError as error:
            return _nothing(" ".join(str(error).split()))
        return self._curve(solution, rate)

    @cached_property
    def _simulations(self) -> dict[Direction, Any]:
        """One per direction, discretised once; the current is an input."""
        pybamm = load()
        found: dict[Direction, Any] = {}
        for direction in ("charge", "discharge"):
            v = self.at_start(direction) | {CURRENT: "[input]"}
            found[direction] = pybamm.Simulation(
                self.built(), parameter_values=pybamm.ParameterValues(v)
            )
        return found

    def _curve(self, solution: Any, rate: float) -> Curve:
        time = solution["Time [s]"].entries
        passed = rate * self.values["Nominal cell capacity [A.h]"] * time / 3600
        return Curve(
            time=time, capacity=1000 * passed / mass(self.set_, self.values),
            voltage=solution["Voltage [V]"].entries,
            surface=self.set_.x_full * solution[SURFACE].entries,
            ended=_ended(str(solution.termination), float(time[-1])),
        )  # fmt: skip


def solver(**options: float) -> Any:
    """A solver that returns what it has where it fails.

    Args:
        options: of PyBaMM's solver.
    """
    with warnings.catch_warnings():
        # PyBaMM will take it away; what it has in its place finds no beginning at high rates.
        warnings.simplefilter("ignore", DeprecationWarning)
        return load().IDAKLUSolver(
            rtol=TOLERANCE, atol=TOLERANCE / 100, on_failure="ignore", root_method="casadi",
            options=options,
        )  # fmt: skip


def _nothing(said: str) -> Curve:
    """A curve that ends before it begins, by what PyBaMM said."""
    if "non-positive at initial conditions" in said:
        why = "a cut-off is passed at once"
    else:
        why = f"the solver makes no step ({said[:100]})"
    none = np.empty(0)
    return Curve(time=none, capacity=none, voltage=none, surface=none, ended=why)


def _ended(termination: str, time: float) -> str:
    """PyBaMM's reason in navac's words."""
    if termination == "final time":
        return "the whole capacity has passed"
    if termination.startswith("event: "):
        return termination.removeprefix("event: ").removesuffix(" [V]").lower()
    return f"the solver failed after {time:.4g} s"

"""Half and full cells in PyBaMM: a campaign's positive electrode in K. Chayambuka's cell.

The set of K. Chayambuka et al. (Electrochim. Acta 404, 139764 (2022)) is of sodium: NaPF6 in EC:PC,
hard carbon, and NVPF, whose place the material takes. The equations are PyBaMM's for intercalation
(SPM and DFN, Butler–Volmer kinetics with α = 1/2); the ion's name is not in them. Particles are
Fickian: in a two-phase region the voltage is flat, and diffusion there is as everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from scipy.ndimage import gaussian_filter1d

from navac.cell.packages import pybamm as load
from navac.cell.parameters import FARADAY, Parameters
from navac.cell.quantity import CellError

CHAYAMBUKA = (
    "K. Chayambuka, G. Mulder, D. L. Danilov, P. H. L. Notten, Electrochim. Acta 404, 139764 (2022)"
)
AREA_M2 = 2.54e-4
WALL_X, WALL_V = 0.05, 5.0
"""Beyond its window the voltage goes on by so much in so little x: no surface leaves the window."""
SMOOTHED_X = 0.005
"""Standard deviation in x of the Gaussian that DFN's open circuit is smoothed by. The steps of a
phase that exists in a few thousandths of x stop its solver, and SPM takes them as they are."""
SMOOTH_POINTS = 2000
MARGIN_V = 1.0
"""Cut-offs of a half cell are so far beyond the open circuit, where none are given."""
EXCESS = 1.1
"""Capacity of the hard carbon over that of the positive electrode."""
CARBON = (0.01, 0.93)
"""Stoichiometries that the hard carbon is used between."""
CARBON_VOLTAGE = (0.0, 2.0)
"""Voltages of hard carbon that the cut-offs of a full cell allow for, V."""
TIMES = 400
"""Of a curve."""

Direction = Literal["charge", "discharge"]
Kind = Literal["half", "full"]


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
    """What replaces the positive electrode, and fits the hard carbon to it, by PyBaMM's names.

    Args:
        electrode: parameters in place of PyBaMM's own.
    """
    v = chayambuka() | dict(electrode)
    capacity = nominal_capacity(set_, v)
    span = CARBON[1] - CARBON[0]
    full = v["Maximum concentration in negative electrode [mol.m-3]"]
    fraction = v["Negative electrode active material volume fraction"]
    thickness = EXCESS * capacity * 3600 / (FARADAY * span * full * fraction * AREA_M2)
    charged = CARBON[0] + span / EXCESS
    return {
        "Positive electrode OCP [V]": open_circuit(set_),
        "Positive electrode OCP entropic change [V.K-1]": _entropic_change(set_),
        "Positive particle diffusivity [m2.s-1]": set_["diffusivity"],
        "Positive particle radius [m]": set_["radius"],
        "Maximum concentration in positive electrode [mol.m-3]": set_["max_concentration"],
        "Positive electrode exchange-current density [A.m-2]": _exchange_current(set_),
        "Initial concentration in positive electrode [mol.m-3]": set_.concentrations[0],
        "Negative electrode thickness [m]": thickness,
        "Initial concentration in negative electrode [mol.m-3]": charged * full,
        "Nominal cell capacity [A.h]": capacity,
        "Current function [A]": capacity,
        **{f"{which} temperature [K]": set_.temperature
           for which in ("Reference", "Ambient", "Initial")},
        "Exchange-current density for lithium metal electrode [A.m-2]": 100.0,
        **_limits(set_.open_circuit.voltage[-1] - MARGIN_V - CARBON_VOLTAGE[1],
                  set_.open_circuit.voltage[0] + MARGIN_V - CARBON_VOLTAGE[0]),
        **dict(electrode),
    }  # fmt: skip


def _limits(low: float, high: float) -> dict[str, float]:
    """Cut-offs, which PyBaMM also wants as open-circuit voltages."""
    return {
        "Lower voltage cut-off [V]": low, "Upper voltage cut-off [V]": high,
        "Open-circuit voltage at 0% SOC [V]": low, "Open-circuit voltage at 100% SOC [V]": high,
    }  # fmt: skip


def open_circuit(set_: Parameters, smoothed: float = 0.0) -> Any:
    """The voltage as a function of stoichiometry, with a wall at either end.

    Args:
        smoothed: standard deviation in x of a Gaussian.
    """
    curve = set_.open_circuit
    x = np.concatenate([[curve.x[0] - WALL_X], curve.x, [curve.x[-1] + WALL_X]])
    ends = curve.voltage[0] + WALL_V, curve.voltage[-1] - WALL_V
    voltage = np.concatenate([[ends[0]], curve.voltage, [ends[1]]])
    if smoothed:
        fine = np.linspace(x[0], x[-1], SMOOTH_POINTS)
        wide = gaussian_filter1d(
            np.interp(fine, x, voltage), smoothed / (fine[1] - fine[0]), mode="nearest"
        )
        x, voltage = fine, wide

    def ocp(sto: Any) -> Any:
        # Monotone as the points are, and smooth, which steps of the solver want.
        name = f"open circuit of {set_.name}"
        return load().Interpolant(x / set_.x_full, voltage, sto, name, interpolator="pchip")

    return ocp


def _entropic_change(set_: Parameters) -> Any:
    change, x = set_.entropic_change, set_.open_circuit.x / set_.x_full
    if change is None:
        return 0.0
    return lambda sto: load().Interpolant(x, change, sto, f"entropic change of {set_.name}")


def _exchange_current(set_: Parameters) -> Any:
    """Exchange current density with α = 1/2, from its value at half filling."""
    if "exchange_current" in set_.numbers:
        at_half = set_["exchange_current"]
    else:
        at_half = library_exchange_current()

    def current(c_e: Any, c_surface: Any, c_max: Any, T: Any) -> Any:
        pybamm = load()
        c_e0 = pybamm.Parameter("Initial concentration in electrolyte [mol.m-3]")
        filled = pybamm.maximum(c_surface * (c_max - c_surface), 0) ** 0.5 / c_max
        return 2 * at_half * (c_e / c_e0) ** 0.5 * filled

    return current


def library_exchange_current() -> float:
    """That of NVPF at half filling in PyBaMM's set, A/m²."""
    pybamm = load()
    v = chayambuka()
    full = v["Maximum concentration in positive electrode [mol.m-3]"]
    symbol = v["Positive electrode exchange-current density [A.m-2]"](
        pybamm.Scalar(v["Initial concentration in electrolyte [mol.m-3]"]),
        pybamm.Scalar(full / 2), pybamm.Scalar(full), pybamm.Scalar(298.15),
    )  # fmt: skip
    return evaluated(symbol, v)


def evaluated(symbol: Any, v: Mapping[str, Any]) -> float:
    """A symbol of PyBaMM as a number, by parameters."""
    processed = load().ParameterValues(dict(v)).process_symbol(symbol)
    return float(np.ravel(processed.evaluate())[0])


@dataclass(frozen=True, kw_only=True)
class Curve:
    """A charge or discharge at one rate.

    Attributes:
        time: ``[time]`` s.
        capacity: ``[time]`` mAh per gram of active material of the positive electrode.
        voltage: ``[time]`` V.
        radius: ``[node]`` of a particle of the positive electrode, m.
        concentration: ``[node, time]`` there, mean over the electrode, mol/m³.
        ended: why it ended, in words.
    """

    time: np.ndarray
    capacity: np.ndarray
    voltage: np.ndarray
    radius: np.ndarray
    concentration: np.ndarray
    ended: str


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A cell with the material as its positive electrode.

    Attributes:
        set_: the material.
        kind: against sodium metal (half) or hard carbon (full).
        model: SPM or DFN.
        electrode: parameters of PyBaMM by its names, in place of its own.
        limits: cut-offs, V; None for :data:`MARGIN_V` beyond the open circuit.
    """

    set_: Parameters
    kind: Kind
    model: Literal["SPM", "DFN"]
    electrode: Mapping[str, float]
    limits: tuple[float, float] | None = None

    @cached_property
    def values(self) -> dict[str, Any]:
        """Every parameter, by PyBaMM's names."""
        v = chayambuka() | values(self.set_, self.electrode)
        if self.model == "DFN":
            v["Positive electrode OCP [V]"] = open_circuit(self.set_, SMOOTHED_X)
        if self.kind == "half":
            curve = self.set_.open_circuit.voltage
            v |= _limits(*(self.limits or (curve[-1] - MARGIN_V, curve[0] + MARGIN_V)))
        return v

    def run(self, rate: float, direction: Direction) -> Curve:
        """Charge from the highest x, or discharge from the lowest, at a rate in C.

        It ends at a cut-off, or after the time in which the whole capacity passes. Where the
        solver fails, the curve ends there and says so.

        Raises:
            CellError: the rate is not positive.
        """
        if not rate > 0:
            raise CellError(f"rate {rate:g} C is not positive; correct cell.rates_C")
        pybamm, v = load(), dict(self.values)
        sign = 1.0 if direction == "discharge" else -1.0
        v["Current function [A]"] = sign * rate * v["Nominal cell capacity [A.h]"]
        if direction == "charge":
            v |= self.discharged()
        simulation = pybamm.Simulation(
            self.built(),
            parameter_values=pybamm.ParameterValues(v),
            solver=pybamm.IDAKLUSolver(on_failure="ignore"),
        )
        end = 3600 / rate
        try:
            solution = simulation.solve([0, end], t_interp=np.linspace(0, end, TIMES))
        except pybamm.SolverError as error:
            said = " ".join(str(error).split())
            if "non-positive at initial conditions" in said:
                return _nothing("a cut-off is passed at once")
            return _nothing(f"the solver makes no step ({said[:100]})")
        return self._curve(solution, rate)

    def built(self, mechanics: bool = False) -> Any:
        """A new model of PyBaMM.

        Args:
            mechanics: with the stress of the particles.
        """
        options = {"working electrode": "positive"} if self.kind == "half" else {}
        if mechanics:
            options["particle mechanics"] = "swelling only"
        return getattr(load().lithium_ion, self.model)(options)

    def discharged(self) -> dict[str, float]:
        """Initial concentrations of the discharged cell."""
        full = self.values["Maximum concentration in negative electrode [mol.m-3]"]
        return {
            "Initial concentration in positive electrode [mol.m-3]": self.set_.concentrations[1],
            "Initial concentration in negative electrode [mol.m-3]": CARBON[0] * full,
        }

    def _curve(self, solution: Any, rate: float) -> Curve:
        time = solution["Time [s]"].entries
        passed = rate * self.values["Nominal cell capacity [A.h]"] * time / 3600
        particle = solution["X-averaged positive particle concentration [mol.m-3]"]
        nodes = particle.entries.shape[0]
        radius = self.set_["radius"] * (np.arange(nodes) + 0.5) / nodes
        return Curve(
            time=time, capacity=1000 * passed / mass(self.set_, self.values),
            voltage=solution["Voltage [V]"].entries, radius=radius,
            concentration=particle.entries,
            ended=_ended(str(solution.termination), float(time[-1])),
        )  # fmt: skip


def _nothing(why: str) -> Curve:
    """A curve that ends before it begins."""
    none = np.empty(0)
    return Curve(
        time=none, capacity=none, voltage=none, radius=none, concentration=np.empty((0, 0)),
        ended=why,
    )  # fmt: skip


def _ended(termination: str, time: float) -> str:
    """PyBaMM's reason in navac's words."""
    if termination == "final time":
        return "the whole capacity has passed"
    if termination.startswith("event: "):
        return termination.removeprefix("event: ").removesuffix(" [V]").lower()
    return f"the solver failed after {time:.4g} s"

"""Galvanostatic intermittent titration: pulses in PyBaMM, and the diffusivity that they show.

A pulse of length τ raises the voltage by ΔE_τ (without its jump), and after the rest by ΔE_s. W.
Weppner and R. A. Huggins (J. Electrochem. Soc. 124, 1569 (1977)) take the particle for a half space
of V/A = R/3:

    D = 4/(π τ) (R/3)² (ΔE_s/ΔE_τ)²,   τ ≪ R²/D,

which is low by √(πθ), θ = Dτ/R²: by 6 % at 1e-3, by 17 % at 0.01. The exact answer of a sphere
with constant D on a straight piece of the open circuit is

    ΔE_τ/ΔE_s = [3θ + 1/5 − 2 Σ exp(−q²θ)/q²]/(3θ),   tan q = q

(J. Crank, The Mathematics of Diffusion, Eq. 6.45 at r = R), whose solution needs no short pulse.
Between two phases ΔE_s is 0: neither formula holds, and none is given.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from navac.cell.battery import Cell, Direction, solver
from navac.cell.electrode import mass
from navac.cell.packages import pybamm as load
from navac.cell.quantity import CellError
from navac.cell.sphere import modes

SMALLEST_V = 1e-4
"""Steps of the voltage below this are those of a plateau."""
EARLIEST = 0.02
"""Part of a pulse that its jump is not taken from: nodes along the radius do not resolve it."""
DEGREE = 3
"""In the square root of time, of what is fitted to a pulse."""
SAMPLES = 200
"""Of a pulse."""
NODES, STRETCH = 60, 5.0
"""Along the radius of a particle, closer to the surface by the exponent: a pulse reaches no further
than √(Dτ), and even nodes do not resolve that."""
LONGEST = 0.3
"""Dτ/R² from which the particle is level within a pulse, and shows no D."""


@dataclass(frozen=True, kw_only=True)
class Titration:
    """Pulses of one current.

    Attributes:
        rate: of a pulse, C.
        pulse, rest: s.
    """

    rate: float
    pulse: float
    rest: float

    @property
    def count(self) -> int:
        """Pulses that pass the whole capacity."""
        return max(1, int(3600 / self.rate / self.pulse))


@dataclass(frozen=True, kw_only=True)
class Pulse:
    """One pulse with its rest.

    Attributes:
        time: ``[time]`` of the pulse from its beginning, s.
        voltage: ``[time]`` V.
        before, after: voltages at rest, V.
    """

    time: np.ndarray
    voltage: np.ndarray
    before: float
    after: float


def titrate(
    cell: Cell, titration: Titration, direction: Direction, most: int | None = None
) -> list[Pulse]:
    """The pulses of a cell until a cut-off.

    Args:
        most: pulses; those of the whole capacity where None.

    Raises:
        CellError: the solver fails before the first pulse is over.
    """
    pybamm, v = load(), cell.at_start(direction)
    verb = direction.capitalize()
    step = pybamm.step.c_rate(
        titration.rate if direction == "discharge" else -titration.rate,
        duration=titration.pulse, period=titration.pulse / SAMPLES, description=verb,
        termination=[f"{v['Lower voltage cut-off [V]']} V" if direction == "discharge"
                     else f"{v['Upper voltage cut-off [V]']} V"],
    )  # fmt: skip
    rest = pybamm.step.rest(duration=titration.rest, period=titration.rest / 10)
    experiment = pybamm.Experiment([(step, rest)] * (most or titration.count))
    model = cell.built()
    simulation = pybamm.Simulation(
        model, experiment=experiment, parameter_values=pybamm.ParameterValues(v), solver=solver(),
        var_pts=model.default_var_pts | {"r_p": NODES},
        submesh_types=model.default_submesh_types | {"positive particle": pybamm.MeshGenerator(
            pybamm.Exponential1DSubMesh, {"side": "right", "stretch": STRETCH}
        )},
    )  # fmt: skip
    try:
        solution = simulation.solve()
    except pybamm.SolverError as error:
        solution = simulation.solution
        if solution is None:
            raise CellError(
                f"titration at {titration.rate:g} C: the solver fails in the first pulse "
                f"({' '.join(str(error).split())[:200]}); lower cell.gitt.rate_C"
            ) from error
    start = float(cell.set_.open_circuit.voltage[0 if direction == "discharge" else -1])
    return list(_pulses(solution, titration, start))


def _pulses(solution: Any, titration: Titration, start: float) -> Iterator[Pulse]:
    before = start
    for cycle in solution.cycles:
        if cycle is None or len(cycle.steps) < 2:
            return
        pulse, rest = cycle.steps
        time = pulse["Time [s]"].entries
        if time[-1] - time[0] < 0.99 * titration.pulse:
            return
        after = float(rest["Voltage [V]"].entries[-1])
        yield Pulse(
            time=time - time[0], voltage=pulse["Voltage [V]"].entries, before=before, after=after
        )
        before = after


def diffusivities(cell: Cell, titration: Titration, pulses: list[Pulse]) -> pd.DataFrame:
    """A row per pulse: capacity in its middle, voltages, and D by either formula, m²/s.

    D is NaN on a plateau, and where the exact ratio has no solution.
    """
    per_pulse = titration.rate * titration.pulse / 3600 * cell.values["Nominal cell capacity [A.h]"]
    per_gram = 1000 * per_pulse / mass(cell.set_, cell.values)
    rows = []
    for k, pulse in enumerate(pulses):
        rise, settled = voltage_rise(pulse), pulse.after - pulse.before
        half_space, exact = np.nan, np.nan
        if abs(settled) > SMALLEST_V and rise * settled > 0:
            radius = cell.set_["radius"]
            half_space = 4 / (np.pi * titration.pulse) * (radius / 3 * settled / rise) ** 2
            exact = sphere_diffusivity(rise / settled, radius, titration.pulse)
        rows.append({
            "capacity_mAh_per_g": per_gram * (k + 0.5), "voltage_V": pulse.after,
            "rise_V": rise, "settled_V": settled,
            "diffusivity_weppner_huggins_m2_per_s": half_space,
            "diffusivity_sphere_m2_per_s": exact,
        })  # fmt: skip
    return pd.DataFrame(rows)


def voltage_rise(pulse: Pulse) -> float:
    """Change of the voltage in a pulse without the jump at its beginning, V.

    The jump is where a polynomial in the square root of time begins.
    """
    late = pulse.time >= EARLIEST * pulse.time[-1]
    root = np.sqrt(pulse.time[late] / pulse.time[-1])
    fitted = np.polynomial.Polynomial.fit(root, pulse.voltage[late], DEGREE)
    return float(fitted(1.0) - fitted(0.0))


def sphere_ratio(theta: float) -> float:
    """ΔE_τ/ΔE_s of a sphere, with θ = Dτ/R²."""
    q, decay = modes(theta)
    return float((3 * theta + 0.2 - 2 * (decay / q**2).sum()) / (3 * theta))


def sphere_diffusivity(ratio: float, radius: float, pulse: float) -> float:
    """D of a sphere in m²/s by its ΔE_τ/ΔE_s; NaN where no D gives it, or a pulse is too long."""
    low, high = 1e-4, LONGEST
    if not sphere_ratio(high) < ratio < sphere_ratio(low):
        return np.nan
    log = brentq(lambda t: sphere_ratio(np.exp(t)) - ratio, np.log(low), np.log(high))
    return float(np.exp(log)) * radius**2 / pulse

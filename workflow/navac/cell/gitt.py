"""Galvanostatic intermittent titration (GITT): pulses and rests of cells in PyBaMM.

What a pulse shows is in :mod:`navac.cell.pulse`. Its formulas do not hold where two phases coexist
or a phase ends within a pulse, and no diffusivity is given there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from navac.cell.battery import Cell, Direction, solver
from navac.cell.packages import pybamm as load
from navac.cell.parameters import Parameters
from navac.cell.pulse import (
    Pulse,
    half_space_diffusivity,
    sphere_diffusivity,
    voltage_rise,
)
from navac.cell.quantity import CellError

SMALLEST_V = 1e-4
"""Steps of the voltage below this are not told from none."""
SAMPLES = 200
"""Of the rest after a pulse, in a time as long as the pulse."""
NODES, STRETCH = 60, 5.0
"""Along the radius of a particle, closer to the surface by the exponent: a pulse reaches no further
than √(Dτ), and even nodes do not resolve that."""
SHORT, SLIGHT, LEVEL = 0.01, 0.002, 2.0
"""Of pulses where none are given: Dτ/R², the part of the capacity that passes, and the rest after
it over R²/D."""
EVEN = 101
"""Compositions over which D is the median, where it depends on them."""
BETWEEN_C = 0.5
"""Rate at which a cell goes on to the next pulse."""
ROUND_OFF = 1e-9
"""Of a part of the capacity."""


@dataclass(frozen=True, kw_only=True)
class Titration:
    """Pulses of one current at compositions that are spread evenly.

    Attributes:
        rate: of a pulse, C.
        pulse, rest: s.
        count: pulses over the whole capacity.
    """

    rate: float
    pulse: float
    rest: float
    count: int

    @property
    def passes(self) -> float:
        """Part of the capacity that a pulse passes."""
        return self.rate * self.pulse / 3600

    @property
    def between(self) -> float:
        """Seconds to the next pulse, at :data:`BETWEEN_C`."""
        left = 1 / self.count - self.passes
        return left * 3600 / BETWEEN_C if left > ROUND_OFF else 0.0

    def share(self, k: int) -> float:
        """Part of the capacity that has passed before a pulse."""
        return k * max(1 / self.count, self.passes)


def titration(
    set_: Parameters, rate: float | None, pulse: float | None, rest: float | None, count: int
) -> Titration:
    """Pulses that show the diffusivity of a set, as far as none are given.

    Args:
        rate: C.
        pulse, rest: s.

    Raises:
        CellError: pulses of so much pass more than the whole capacity.
    """
    even = np.linspace(*set_.window, EVEN)
    level = set_["radius"] ** 2 / float(np.median(np.interp(even, *set_.chemical_diffusivities())))
    pulse = pulse or SHORT * level
    found = Titration(
        rate=rate or SLIGHT * 3600 / pulse, pulse=pulse, rest=rest or LEVEL * level, count=count
    )
    if found.passes > 1:
        raise CellError(
            f"titration: a pulse of {pulse:g} s at {found.rate:g} C passes more than the whole "
            "capacity; shorten cell.gitt.pulse_minutes or lower cell.gitt.rate_C"
        )
    return found


def titrate(
    cell: Cell, titration: Titration, direction: Direction, most: int | None = None
) -> list[Pulse]:
    """The pulses of a cell until a cut-off.

    Args:
        most: pulses; those of the whole capacity where None.

    Raises:
        CellError: the solver fails before the first pulse is over.
    """
    pybamm, model = load(), cell.built()
    pulses = min(most or titration.count, int(1 / max(1 / titration.count, titration.passes)))
    simulation = pybamm.Simulation(
        model, solver=solver(),
        experiment=pybamm.Experiment([_steps(cell, titration, direction)] * pulses),
        parameter_values=pybamm.ParameterValues(cell.at_start(direction)),
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


def _steps(cell: Cell, titration: Titration, direction: Direction) -> tuple[Any, ...]:
    """A pulse with its rest in two parts, and the way to the next with another."""
    step, end = load().step, "Lower" if direction == "discharge" else "Upper"
    sign = 1 if direction == "discharge" else -1
    stop = [f"{cell.values[f'{end} voltage cut-off [V]']} V"]
    pulse = step.c_rate(sign * titration.rate, duration=titration.pulse, termination=stop)
    early = step.rest(duration=titration.pulse, period=titration.pulse / SAMPLES)
    late = step.rest(duration=titration.rest, period=titration.rest / 10)
    if not titration.between:
        return pulse, early, late
    onward = step.c_rate(
        sign * BETWEEN_C, duration=titration.between, period=titration.between / 10,
        termination=stop,
    )  # fmt: skip
    return pulse, early, late, onward, late


def _pulses(solution: Any, titration: Titration, start: float) -> Iterator[Pulse]:
    """The pulses that were whole.

    Args:
        start: voltage before the first, V.
    """
    before = start
    for cycle in solution.cycles:
        if cycle is None or len(cycle.steps) < 3:
            return
        pulse, early, late = cycle.steps[:3]
        if np.ptp(pulse["Time [s]"].entries) < 0.99 * titration.pulse:
            return
        time = early["Time [s]"].entries
        yield Pulse(
            time=time - time[0], voltage=early["Voltage [V]"].entries, before=before,
            after=float(late["Voltage [V]"].entries[-1]),
        )  # fmt: skip
        before = float(cycle.steps[-1]["Voltage [V]"].entries[-1])


def diffusivities(
    cell: Cell, titration: Titration, pulses: list[Pulse], direction: Direction
) -> pd.DataFrame:
    """A row per pulse: x and capacity in its middle, voltages, and D by either formula, m²/s.

    D is NaN where two phases coexist during the pulse, and where the exact ratio has no solution.
    """
    set_, passes = cell.set_, titration.passes
    start, toward = set_.window if direction == "discharge" else set_.window[::-1]
    rows = []
    for k, pulse in enumerate(pulses):
        rise, settled = voltage_rise(pulse), pulse.after - pulse.before
        found = {"weppner_huggins": np.nan, "sphere": np.nan}
        share = titration.share(k)
        ends = sorted(start + (toward - start) * part for part in (share, share + passes))
        if (
            not set_.open_circuit.coexist(*ends)
            and abs(settled) > SMALLEST_V
            and rise * settled > 0
        ):
            radius, ratio = set_["radius"], rise / settled
            found = {
                "weppner_huggins": half_space_diffusivity(ratio, radius, titration.pulse),
                "sphere": sphere_diffusivity(ratio, radius, titration.pulse),
            }
        rows.append({
            "direction": direction, "x": sum(ends) / 2,
            "capacity_mAh_per_g": set_.capacity * (share + passes / 2),
            "voltage_V": pulse.after, "rise_V": rise, "settled_V": settled,
            **{f"diffusivity_{name}_m2_per_s": value for name, value in found.items()},
        })  # fmt: skip
    return pd.DataFrame(rows)

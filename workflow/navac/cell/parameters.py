"""The parameter set of an active material: what particles and cells are computed from.

It is kept as JSON. Every number has its source and, where known, its uncertainty.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.constants import physical_constants

from navac.cell.diffusivity import Dependence
from navac.cell.free_energy import FreeEnergy, Gap, regular_barrier
from navac.cell.ocp import OpenCircuit
from navac.cell.quantity import CellError, Quantity
from navac.files import write_json

FORMAT = "navac cell parameters"
VERSION = 2
FARADAY = physical_constants["Faraday constant"][0]
"""C/mol."""
NARROWEST = 0.01
"""Width in x that a phase beside two-phase regions has at least in a free energy: no finite element
follows the step of a voltage over a few ten-thousandths of x."""


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """An active material.

    Attributes:
        name: of the material.
        species: that is inserted.
        window: lowest and highest x in the cell.
        x_full: x with every site filled; stoichiometries are x/x_full.
        molar_mass: g/mol of a formula unit at the highest x of the window.
        open_circuit: voltage over the window at :attr:`temperature`.
        further: voltages at other temperatures, by K.
        entropic_change: ``[point]`` ∂V/∂T at the points of ``open_circuit``, V/K; None if not
            known.
        entropic_source: where that comes from, or why it is not known.
        voltage_stderr: standard error of the voltages by sampling, V; None if not known.
        highest_two_phase: per two-phase region of ``open_circuit``, the highest temperature at
            which it was found, K; NaN if not known.
        diffusion: how the diffusivity depends on x.
        numbers: by name.
    """

    name: str
    species: str
    window: tuple[float, float]
    x_full: float
    molar_mass: float
    open_circuit: OpenCircuit
    further: Mapping[float, OpenCircuit]
    entropic_change: np.ndarray | None
    entropic_source: str
    voltage_stderr: float | None
    highest_two_phase: tuple[float, ...]
    diffusion: Dependence
    numbers: Mapping[str, Quantity]

    @property
    def temperature(self) -> float:
        """Of the open circuit, K."""
        return self.open_circuit.temperature

    def __getitem__(self, name: str) -> float:
        """A number by its name.

        Raises:
            CellError: it is not in the set.
        """
        if name not in self.numbers:
            raise CellError(
                f"the parameters of {self.name} have no {name}; give it in the section cell"
            )
        return self.numbers[name].value

    @property
    def capacity(self) -> float:
        """Charge between the ends of the window, mAh/g."""
        low, high = self.window
        return (high - low) * FARADAY / 3.6 / self.molar_mass

    @property
    def concentrations(self) -> tuple[float, float]:
        """At the ends of the window, mol/m³."""
        low, high = (x / self.x_full * self["max_concentration"] for x in self.window)
        return low, high

    def chemical_diffusivities(self) -> tuple[np.ndarray, np.ndarray]:
        """``[point]`` compositions, and the chemical diffusivity at each, m²/s."""
        x, ratio = self.diffusion.chemical(self.open_circuit)
        return x, self["diffusivity"] * ratio

    def ficks_law(self, unit: float = 1.0) -> float | Callable[[np.ndarray], np.ndarray]:
        """Chemical diffusivity, m²/s: a number, or a function of the composition.

        Args:
            unit: of the composition, over one of x; max_concentration/x_full for mol/m³.
        """
        x, values = self.chemical_diffusivities()
        if np.ptp(values) == 0:
            return float(values[0])
        return lambda at: np.interp(at, x * unit, values)

    def scaled(self, name: str, factor: float) -> Parameters:
        """The same with one number multiplied."""
        changed = replace(self.numbers[name], value=self[name] * factor)
        return replace(self, numbers={**self.numbers, name: changed})

    def free_energy(self) -> FreeEnergy:
        """The free energy with a double well in every two-phase region."""
        curve = self.open_circuit.widened(NARROWEST)
        regions = zip(curve.regions(), self.highest_two_phase, strict=True)
        # Its zero is arbitrary; one amid the voltages keeps digits.
        middle = float(np.median(curve.voltage))
        gaps = (self._gap(low, high, top) for (low, high), top in regions)
        return FreeEnergy(
            x=curve.x, mu=middle - curve.voltage, gaps=tuple(gap for gap in gaps if gap.barrier)
        )

    def _gap(self, low: float, high: float, top: float) -> Gap:
        if "barrier" in self.numbers:
            return Gap(low=low, high=high, barrier=self["barrier"])
        if not np.isfinite(top):
            raise CellError(
                f"{self.name}: nothing says how high the free energy is between x = {low:g} and "
                f"{high:g}; give cell.barrier_meV_per_fu"
            )
        barrier = (high - low) * regular_barrier(self.temperature, top)
        return Gap(low=low, high=high, barrier=barrier)


def write_parameters(path: str | Path, set_: Parameters) -> None:
    """Write a set as JSON."""
    curve = set_.open_circuit
    known = set_.entropic_change
    write_json(path, {
        "format": FORMAT, "version": VERSION,
        "name": set_.name, "species": set_.species, "x_window": list(set_.window),
        "x_full": set_.x_full, "molar_mass_g_per_mol": set_.molar_mass,
        "capacity_mAh_per_g": set_.capacity,
        "open_circuit": _curve(curve) | {"voltage_stderr_V": set_.voltage_stderr},
        "open_circuit_at_other_temperatures": [_curve(c) for c in set_.further.values()],
        "two_phase_regions": [
            {"x_low": low, "x_high": high, "highest_temperature_K": _number(top)}
            for (low, high), top in zip(curve.regions(), set_.highest_two_phase, strict=True)
        ],
        "thermodynamic_factor": {
            "x": ((curve.x[1:] + curve.x[:-1]) / 2).tolist(),
            "value": curve.thermodynamic_factor().tolist(),
            "source": f"slope of the open circuit; {curve.source}",
        },
        "entropic_change": {
            "V_per_K": None if known is None else known.tolist(), "source": set_.entropic_source,
        },
        "diffusivity": set_.diffusion.to_json(),
        "numbers": {name: number.to_json() for name, number in set_.numbers.items()},
    })  # fmt: skip


def read_parameters(path: str | Path) -> Parameters:
    """Read a set that :func:`write_parameters` wrote.

    Raises:
        CellError: the file is another or of another version.
    """
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise CellError(f"{path}: cannot be read ({error}); run the campaign again") from error
    if not isinstance(data, dict) or (data.get("format"), data.get("version")) != (FORMAT, VERSION):
        raise CellError(f"{path}: is not version {VERSION} of {FORMAT}; run the campaign again")
    low, high = data["x_window"]
    change = data["entropic_change"]["V_per_K"]
    others = map(_read_curve, data["open_circuit_at_other_temperatures"])
    return Parameters(
        name=data["name"], species=data["species"], window=(low, high), x_full=data["x_full"],
        molar_mass=data["molar_mass_g_per_mol"], open_circuit=_read_curve(data["open_circuit"]),
        further={curve.temperature: curve for curve in others},
        entropic_change=None if change is None else np.array(change),
        entropic_source=data["entropic_change"]["source"],
        voltage_stderr=data["open_circuit"]["voltage_stderr_V"],
        highest_two_phase=tuple(
            np.nan if region["highest_temperature_K"] is None else region["highest_temperature_K"]
            for region in data["two_phase_regions"]
        ),
        diffusion=Dependence.from_json(data["diffusivity"]),
        numbers={name: Quantity(**number) for name, number in data["numbers"].items()},
    )  # fmt: skip


def read_sets(own: str | Path, beside: str | Path) -> dict[str, Parameters]:
    """The set of a campaign, and the one beside it where there is one, by the material's name."""
    found = [read_parameters(own)]
    if json.loads(Path(beside).read_text(encoding="utf-8")) is not None:
        found.append(read_parameters(beside))
    return {one.name: one for one in found}


def _curve(curve: OpenCircuit) -> dict[str, Any]:
    return {
        "temperature_K": curve.temperature, "x": curve.x.tolist(),
        "voltage_V": curve.voltage.tolist(), "two_phase": curve.two_phase.tolist(),
        "source": curve.source,
    }  # fmt: skip


def _read_curve(data: Mapping[str, Any]) -> OpenCircuit:
    return OpenCircuit(
        x=np.array(data["x"]), voltage=np.array(data["voltage_V"]),
        two_phase=np.array(data["two_phase"], bool), temperature=data["temperature_K"],
        source=data["source"],
    )  # fmt: skip


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None

"""The parameter set of an active material: what particles and cells are computed from.

Every number has its source and, where known, its uncertainty.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.constants import physical_constants

from navac.cell.coexistence import Coexistence
from navac.cell.diffusivity import Dependence
from navac.cell.free_energy import FreeEnergy, Gap, regular_barrier
from navac.cell.ocp import OpenCircuit
from navac.cell.quantity import CellError, Quantity
from navac.cell.volumes import Volumes

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
        coexisting: what is known of each two-phase region of ``open_circuit``.
        diffusion: how the diffusivity depends on x.
        volumes: of the crystal, by which Ω depends on x.
        coherent: whether the stress of two phases is in their chemical potential.
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
    coexisting: tuple[Coexistence, ...]
    diffusion: Dependence
    volumes: Volumes
    numbers: Mapping[str, Quantity]
    coherent: bool = False

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

    @property
    def elastic(self) -> float:
        """B = 2EΩ²/9(1 − ν) of a sphere by the mean Ω, eV per formula unit; 0 if not coherent."""
        if not self.coherent:
            return 0.0
        amount = self["max_concentration"] / self.x_full
        per_mol = 2 * self["young"] * self["molar_volume"] ** 2 * amount
        return per_mol / (9 * (1 - self["poisson"])) / FARADAY

    def swollen(self, x: np.ndarray) -> np.ndarray:
        """Concentrations that would strain by the mean Ω as compositions do by their own, mol/m³.

        But for a constant, which makes no stress.
        """
        return self.volumes.swollen(x) / self.x_full * self["max_concentration"]

    def scaled(self, name: str, factor: float) -> Parameters:
        """The same with one number multiplied."""
        changed = replace(self.numbers[name], value=self[name] * factor)
        return replace(self, numbers={**self.numbers, name: changed})

    @property
    def uncertain(self) -> bool:
        """Whether standard errors of the open circuit are known."""
        known = (one.x_low_stderr or one.x_high_stderr for one in self.coexisting)
        return bool(self.open_circuit.stderr or any(known))

    def moved(self, errors: float) -> Parameters:
        """The same with the open circuit moved by standard errors: voltages up, phases apart."""
        ends = [
            (-errors * (one.x_low_stderr or 0), errors * (one.x_high_stderr or 0))
            for one in self.coexisting
        ]
        curve = self.open_circuit
        return replace(self, open_circuit=curve.shifted(errors * (curve.stderr or 0), ends))

    def free_energy(self) -> FreeEnergy:
        """The free energy with a double well in every two-phase region."""
        curve = self.open_circuit.widened(NARROWEST)
        regions = zip(curve.regions(), self.coexisting, strict=True)
        # Its zero is arbitrary; one amid the voltages keeps digits.
        middle = float(np.median(curve.voltage))
        gaps = (self._gap(low, high, one.highest_temperature_K) for (low, high), one in regions)
        return FreeEnergy(
            x=curve.x, mu=middle - curve.voltage, gaps=tuple(gap for gap in gaps if gap.barrier)
        )

    def _gap(self, low: float, high: float, top: float | None) -> Gap:
        if "barrier" in self.numbers:
            return Gap(low=low, high=high, barrier=self["barrier"])
        if top is None:
            raise CellError(
                f"{self.name}: nothing says how high the free energy is between x = {low:g} and "
                f"{high:g}; give cell.barrier_meV_per_fu"
            )
        barrier = (high - low) * regular_barrier(self.temperature, top)
        return Gap(low=low, high=high, barrier=barrier)

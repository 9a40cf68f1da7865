"""The parameter set of a campaign, from its voltages, phase diagram, volumes and settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from navac.cell import ocp, volumes
from navac.cell.diffusivity import Dependence, even, read_dependence
from navac.cell.ocp import OpenCircuit
from navac.cell.parameters import Parameters
from navac.cell.quantity import CellError, Quantity
from navac.results import schema
from navac.units import BOLTZMANN

UNITS = {
    # setting: (name in the set, unit, value of one unit of the setting)
    "diffusivity_m2_per_s": ("diffusivity", "m2_per_s", 1.0),
    "radius_um": ("radius", "m", 1e-6),
    "young_modulus_GPa": ("young", "Pa", 1e9),
    "poisson_ratio": ("poisson", "", 1.0),
    "interface_nm": ("interface", "m", 1e-9),
    "barrier_meV_per_fu": ("barrier", "eV_per_fu", 1e-3),
    "exchange_current_A_per_m2": ("exchange_current", "A_per_m2", 1.0),
}
SMALLEST_STEP = 0.01
"""Entropies are differentiated over steps of x that are no smaller."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What a campaign found.

    Attributes:
        curves: voltage curves by temperature, K.
        entropies: entropies by temperature, K.
        boundaries: two-phase regions by name.
    """

    curves: Mapping[float, schema.VoltageCurve]
    entropies: Mapping[float, schema.Entropy]
    boundaries: Mapping[str, schema.Boundary]


@dataclass(frozen=True, kw_only=True)
class Formula:
    """A formula unit.

    Attributes:
        name: with x.
        species: that is inserted.
        x_full: with every site filled.
        mass_full: g/mol then.
        mass_species: g/mol of the species.
        ends: lowest and highest x.
    """

    name: str
    species: str
    x_full: float
    mass_full: float
    mass_species: float
    ends: tuple[float, float]


def campaign_parameters(
    settings: Any, formula: Formula, evidence: Evidence, relaxed: volumes.Volumes | None
) -> Parameters:
    """The set of a campaign.

    Args:
        settings: the section ``cell``.
        relaxed: volumes of relaxed orderings; None where the settings give them.

    Raises:
        CellError: something is missing or contradicts itself; with the setting to give.
    """
    T = settings.temperature_K
    low, high = window = tuple(settings.x or formula.ends)
    whole = _open_circuit(settings, evidence, T, formula.species)
    check_window(window, whole, "cell.x")
    curve = whole.within(low, high)
    known = volumes.given(settings.volumes_A3_per_fu, settings.volumes_source) \
        if settings.volumes_A3_per_fu else relaxed  # fmt: skip
    if known is None:
        raise CellError("no volumes: give cell.volumes_A3_per_fu and their source")
    change, why = entropic_change(curve, evidence.entropies.get(T), settings.open_circuit_file)
    return Parameters(
        name=formula.name, species=formula.species, window=(low, high), x_full=formula.x_full,
        molar_mass=formula.mass_full - (formula.x_full - high) * formula.mass_species,
        open_circuit=curve,
        further={
            other: ocp.from_curve(found, other, f"voltage.h5 at {other:g} K").within(low, high)
            for other, found in evidence.curves.items() if other not in (0, T)
        },
        entropic_change=change, entropic_source=why,
        voltage_stderr=voltage_stderr(evidence.boundaries, T),
        highest_two_phase=tuple(
            highest_temperature(evidence.boundaries, T, region) for region in curve.regions()
        ),
        diffusion=dependence(settings, window),
        numbers=numbers(settings, known, formula.x_full, high),
    )  # fmt: skip


def beside_parameters(settings: Any, species: str, temperature: float) -> Parameters:
    """The set of a material whose numbers are all given, the section ``cell.beside``.

    Raises:
        CellError: something is missing or contradicts itself.
    """
    low, high = settings.x
    if settings.open_circuit_file is None:
        raise CellError("cell.beside.open_circuit_file: null; name a CSV of x and voltage_V")
    whole = ocp.read_open_circuit(settings.open_circuit_file, temperature, species)
    check_window((low, high), whole, "cell.beside.x")
    known = volumes.given(settings.volumes_A3_per_fu, settings.volumes_source)
    curve = whole.within(low, high)
    return Parameters(
        name=settings.name, species=species, window=(low, high), x_full=settings.x_full,
        molar_mass=settings.molar_mass_g_per_mol, open_circuit=curve, further={},
        entropic_change=None, entropic_source="not given", voltage_stderr=None,
        highest_two_phase=tuple(np.nan for _ in curve.regions()),
        diffusion=dependence(settings, (low, high)),
        numbers=numbers(settings, known, settings.x_full, high),
    )  # fmt: skip


def _open_circuit(settings: Any, evidence: Evidence, T: float, species: str) -> OpenCircuit:
    if settings.open_circuit_file is not None:
        return ocp.read_open_circuit(settings.open_circuit_file, T, species)
    if T not in evidence.curves:
        there = ", ".join(f"{t:g}" for t in evidence.curves)
        raise CellError(
            f"cell.temperature_K: there is no voltage curve at {T:g} K ({there} K); add it to "
            "thermodynamics.voltage_temperatures_K"
        )
    return ocp.from_curve(evidence.curves[T], T, f"voltage.h5 at {T:g} K")


def check_window(window: tuple[float, float], curve: OpenCircuit, field: str) -> None:
    """Refuse a window that the open circuit does not cover.

    Raises:
        CellError: with the field.
    """
    low, high = window
    if not low < high:
        raise CellError(f"{field}: {low:g} is not below {high:g}; write [lowest, highest]")
    if low < curve.x[0] - 2e-3 or high > curve.x[-1] + 2e-3:
        raise CellError(
            f"{field}: {low:g} to {high:g} reaches beyond the open circuit, x from "
            f"{curve.x[0]:g} to {curve.x[-1]:g} ({curve.source}); narrow it"
        )


def numbers(
    settings: Any, known: volumes.Volumes, x_full: float, x_high: float
) -> dict[str, Quantity]:
    """The numbers that settings and volumes give, by name."""
    found = {
        "max_concentration": known.max_concentration(x_full, x_high),
        "molar_volume": known.molar_volume(),
    }
    for key, (name, unit, scale) in UNITS.items():
        given = getattr(settings, key)
        if given is not None:
            found[name] = Quantity(
                value=given.value * scale, unit=unit, factor=given.factor, source=given.source
            )
    return found


def dependence(settings: Any, window: tuple[float, float]) -> Dependence:
    """How the settings let the diffusivity depend on composition."""
    kind, file = settings.diffusivity_kind, settings.diffusivity_file
    if file is None:
        return even(window, kind)
    return read_dependence(file, window, settings.diffusivity_m2_per_s.value, kind)


def highest_temperature(
    boundaries: Mapping[str, schema.Boundary], T: float, region: tuple[float, float]
) -> float:
    """Highest temperature of the two-phase region that overlaps most with an interval, K.

    Returns:
        NaN where none is at this temperature.
    """
    best, top = 0.0, np.nan
    for found in boundaries.values():
        temperatures = found.temperature_K
        if not temperatures.min() <= T <= temperatures.max():
            continue
        low, high = (np.interp(T, temperatures, ends) for ends in (found.x_low, found.x_high))
        overlap = min(high, region[1]) - max(low, region[0])
        if overlap > best:
            best, top = overlap, float(temperatures.max())
    return top


def voltage_stderr(boundaries: Mapping[str, schema.Boundary], T: float) -> float | None:
    """Largest standard error of a plateau at a temperature, V; None if not known."""
    errors = [
        np.interp(T, found.temperature_K, found.mu_eV_stderr)
        for found in boundaries.values()
        if found.temperature_K.min() <= T <= found.temperature_K.max()
    ]
    finite = [error for error in errors if np.isfinite(error)]
    return float(max(finite)) if finite else None


def entropic_change(
    curve: OpenCircuit, entropy: schema.Entropy | None, file: str | None
) -> tuple[np.ndarray | None, str]:
    """∂V/∂T = ∂S/∂x per charge at the points of an open circuit, V/K, and its source.

    S is the configurational entropy; vibrations, electrons and the metal electrode are not in it.
    Between two phases it follows the lever rule, so that its slope is constant there.
    """
    if file is not None:
        return None, "not known: the voltages are given, without entropies"
    if entropy is None:
        return None, (
            f"not known: no entropies at {curve.temperature:g} K; add it to "
            "thermodynamics.entropy_temperatures_K"
        )
    known = np.isfinite(entropy.entropy_kB_per_fu)
    x, S = entropy.x[known], entropy.entropy_kB_per_fu[known]
    order = np.argsort(x, kind="stable")
    x, S = x[order], S[order]
    chosen = [0]
    for k in range(1, len(x)):
        if x[k] - x[chosen[-1]] > SMALLEST_STEP - 1e-9:
            chosen.append(k)
    if len(chosen) < 2:
        return None, "not known: entropies of too few compositions"
    slope = np.diff(S[chosen]) / np.diff(x[chosen])
    at = np.clip(np.searchsorted(x[chosen], curve.x, side="right") - 1, 0, len(slope) - 1)
    return BOLTZMANN * slope[at], (
        f"slope of the configurational entropy at {curve.temperature:g} K, over steps of x of "
        f"{SMALLEST_STEP:g} at least"
    )

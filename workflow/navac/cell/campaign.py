"""The parameter set of a campaign, from its voltages, phase diagram, volumes and settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from navac.cell import ocp, volumes
from navac.cell.coexistence import Boundaries, Coexistence, coexistence, voltage_stderr
from navac.cell.diffusivity import Dependence, even, read_dependence
from navac.cell.entropic import by_entropy, by_temperatures
from navac.cell.ocp import OpenCircuit
from navac.cell.ocp_file import read_further, read_open_circuit
from navac.cell.parameters import Parameters
from navac.cell.quantity import CellError, Quantity
from navac.results import schema

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
    boundaries: Boundaries


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
    further = _further(settings, evidence, formula.species)
    change, why = (
        by_temperatures(curve, further) if settings.open_circuit_file is not None
        else by_entropy(curve, evidence.entropies.get(T))
    )  # fmt: skip
    return Parameters(
        name=formula.name, species=formula.species, window=(low, high), x_full=formula.x_full,
        molar_mass=formula.mass_full - (formula.x_full - high) * formula.mass_species,
        open_circuit=replace(curve, stderr=curve.stderr or _stderr(settings, evidence)),
        further={other: found.within(low, high) for other, found in further.items()},
        entropic_change=change, entropic_source=why,
        coexisting=tuple(
            coexistence(evidence.boundaries, T, region) for region in curve.regions()
        ),
        diffusion=dependence(settings, window), volumes=known,
        numbers=numbers(settings, known, formula.x_full, high), coherent=settings.coherent,
    )  # fmt: skip


def beside_parameters(settings: Any, species: str, temperature: float) -> Parameters:
    """The set of a material whose numbers are all given, the section ``cell.beside``.

    Raises:
        CellError: something is missing or contradicts itself.
    """
    low, high = settings.x
    if settings.open_circuit_file is None:
        raise CellError("cell.beside.open_circuit_file: null; name a CSV of x and voltage_V")
    file = settings.open_circuit_file
    whole = read_open_circuit(file, temperature, species)
    check_window((low, high), whole, "cell.beside.x")
    known = volumes.given(settings.volumes_A3_per_fu, settings.volumes_source)
    curve, further = whole.within(low, high), read_further(file, temperature, species)
    change, why = by_temperatures(curve, further)
    return Parameters(
        name=settings.name, species=species, window=(low, high), x_full=settings.x_full,
        molar_mass=settings.molar_mass_g_per_mol, open_circuit=curve,
        further={other: found.within(low, high) for other, found in further.items()},
        entropic_change=change, entropic_source=why,
        coexisting=tuple(Coexistence() for _ in curve.regions()),
        diffusion=dependence(settings, (low, high)), volumes=known,
        numbers=numbers(settings, known, settings.x_full, high), coherent=settings.coherent,
    )  # fmt: skip


def _open_circuit(settings: Any, evidence: Evidence, T: float, species: str) -> OpenCircuit:
    if settings.open_circuit_file is not None:
        return read_open_circuit(settings.open_circuit_file, T, species)
    if T not in evidence.curves:
        there = ", ".join(f"{t:g}" for t in evidence.curves)
        raise CellError(
            f"cell.temperature_K: there is no voltage curve at {T:g} K ({there} K); add it to "
            "thermodynamics.voltage_temperatures_K"
        )
    return ocp.from_curve(evidence.curves[T], T, f"voltage.h5 at {T:g} K")


def _further(settings: Any, evidence: Evidence, species: str) -> dict[float, OpenCircuit]:
    """The open circuits at other temperatures."""
    T = settings.temperature_K
    if settings.open_circuit_file is not None:
        return read_further(settings.open_circuit_file, T, species)
    return {
        other: ocp.from_curve(found, other, f"voltage.h5 at {other:g} K")
        for other, found in evidence.curves.items() if other not in (0, T)
    }  # fmt: skip


def _stderr(settings: Any, evidence: Evidence) -> float | None:
    """Standard error of the campaign's voltages, V; None where they are given."""
    if settings.open_circuit_file is not None:
        return None
    return voltage_stderr(evidence.boundaries, settings.temperature_K)


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
    number = settings.diffusivity_m2_per_s.value / settings.diffusivity_scale
    return read_dependence(file, window, number, kind)

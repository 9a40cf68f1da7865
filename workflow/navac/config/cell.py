"""The section ``cell``: what particles and battery cells are computed from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field
from pydantic import field_validator as validator

from navac.config.fields import Count, Name, Number, Positive, Section


class GivenSection(Section):
    """A positive number that the campaign does not compute."""

    value: Positive = Field(description="the number, in the unit at the end of the key's name")
    factor: Annotated[Number, Field(gt=1)] | None = Field(
        None, description="one standard error multiplies or divides it by this; null: unknown"
    )
    source: str = Field(description="where it comes from: a publication, or that it is assumed")

    @validator("source")
    @classmethod
    def _some_words(cls, source: str) -> str:
        if not source.strip():
            raise ValueError("is empty; name the publication, or write that it is assumed")
        return source


class MaterialSection(Section):
    """What is given of the active material of an electrode."""

    open_circuit_file: Path | None = Field(
        None, description="CSV of x and voltage_V, or a run of ensembles, for the voltages; or null"
    )
    volumes_A3_per_fu: dict[float, Positive] = Field(
        default_factory=dict,
        description="volumes by x, Å³ per formula unit; {} takes those of relaxed orderings",
    )
    volumes_source: str | None = Field(None, description="where these volumes come from")
    diffusivity_m2_per_s: GivenSection | None = Field(
        None, description="diffusivity: {value, factor, source}"
    )
    diffusivity_kind: Literal["chemical", "jump"] = Field(
        "chemical", description="chemical, or of jumps, which the thermodynamic factor multiplies"
    )
    diffusivity_file: Path | None = Field(
        None, description="CSV of x and diffusivity_m2_per_s in place of its value; or null"
    )
    diffusivity_scale: Positive = Field(
        1.0, description="what the diffusivities of that file are multiplied by"
    )
    radius_um: GivenSection | None = Field(None, description="radius of the particles, µm")
    young_modulus_GPa: GivenSection | None = Field(None, description="Young's modulus, GPa")
    poisson_ratio: GivenSection | None = Field(None, description="Poisson's ratio, below 0.5")
    interface_nm: GivenSection | None = Field(
        None, description="width of an interface of two phases, 10 to 90 %, nm"
    )
    coherent: bool = Field(
        False, strict=True,
        description="two phases in a sphere strain each other: stress is in their potential",
    )  # fmt: skip
    barrier_meV_per_fu: GivenSection | None = Field(
        None, description="double well between two phases; null: of a regular solution"
    )
    exchange_current_A_per_m2: GivenSection | None = Field(
        None, description="exchange current at half filling; null: PyBaMM's NVPF"
    )


class BesideSection(MaterialSection):
    """Another material that is shown beside that of the campaign; its numbers are all given."""

    name: str = Field(description="name of the material")
    molar_mass_g_per_mol: Positive = Field(description="of a formula unit at the highest x")
    x: tuple[Number, Number] = Field(description="lowest and highest x in the cell")
    x_full: Positive = Field(description="x with every site filled")


class GittSection(Section):
    """Galvanostatic intermittent titration."""

    rate_C: Positive | None = Field(
        None, description="current of a pulse, C; null: 0.2 % of the capacity pass"
    )
    pulse_minutes: Positive | None = Field(
        None, description="length of a pulse, min; null: a hundredth of R²/D"
    )
    rest_minutes: Positive | None = Field(None, description="rest after a pulse, min; null: 2 R²/D")
    pulses: Count = Field(20, description="pulses over the capacity")


class Switch(Section):
    """The one key that turns the stage on; it comes first where keys are listed."""

    run: bool = Field(
        False, strict=True, description="compute particles and cells (make cell installs for it)"
    )


class CellSection(MaterialSection, Switch):
    """Particles and battery cells; needs the packages of the extra ``cell``."""

    temperature_K: Positive = Field(
        300.0, description="temperature, one of thermodynamics.voltage_temperatures_K, K"
    )
    x: tuple[Number, Number] | None = Field(
        None, description="lowest and highest x in the cell; null takes those of the campaign"
    )
    rates_C: tuple[Positive, ...] = Field(
        (0.1, 1.0, 5.0, 10.0, 20.0, 50.0), description="rates of charge and discharge, C"
    )
    particle_rate_C: Positive = Field(1.0, description="rate at which a particle is charged, C")
    voltage_limits_V: tuple[Positive, Positive] | None = Field(
        None, description="cut-offs of the half cell, V; null: 1 V beyond the open circuit"
    )
    gitt: GittSection = Field(GittSection(), description="titration: pulses and rests")
    electrode: dict[str, float] = Field(
        default_factory=dict, description="parameters of PyBaMM by its names, in place of its own"
    )
    meshes: dict[Name, Path] = Field(
        default_factory=dict, description="meshes of tetrahedra of further particles, by name"
    )
    mesh_radial: Count = Field(
        200, description="elements along the radius of a sphere; interfaces may ask for more"
    )
    beside: BesideSection | None = Field(
        None, description="another material, all of it given, to compare with; or null"
    )
    beside_file: Path | None = Field(
        None, description="in place of it cell/parameters.json of another campaign; or null"
    )

"""Sections of machine-learned energies: ``energies.mlip``, and ``dft.prerelax``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field
from pydantic import field_validator as validator

from navac.config.fields import Count, Positive, Section

MATERIALS_PROJECT = "PBE and PBE+U (Materials Project)"
LEVELS: dict[tuple[str, str], str] = {
    ("chgnet", "r2scan"): "r2SCAN (Materials Project)",
    ("chgnet", "0.3.0"): MATERIALS_PROJECT,
    ("chgnet", "0.2.0"): MATERIALS_PROJECT,
    ("sevenn", "7net-0"): MATERIALS_PROJECT,
    ("sevenn", "7net-l3i5"): MATERIALS_PROJECT,
    ("sevenn", "7net-mf-0 PBE"): MATERIALS_PROJECT,
    ("sevenn", "7net-mf-0 R2SCAN"): "r2SCAN (Materials Project)",
    ("ase.calculators.emt:EMT", ""): "effective medium theory",
}
"""Level of theory by calculator and model; by its name and modal for SevenNet."""


class RelaxationSection(Section):
    """A relaxation by a machine-learned potential or another calculator of ASE."""

    calculator: Annotated[str, Field(pattern=r"^(\w+|\w[\w.]*:\w+)$")] = Field(
        "chgnet", description="chgnet, sevenn, or module:Class of another calculator of ASE"
    )
    options: dict[str, Any] = Field(
        default_factory=dict,
        description="options of the calculator: model_name, path of weights, device, …",
    )
    level: str | None = Field(
        None, description="level of theory of its energies, in words; null where navac knows it"
    )
    optimiser: Literal["FIRE", "LBFGS"] = Field("FIRE", description="optimiser: FIRE or LBFGS")
    max_force_eV_per_A: Positive = Field(
        0.05, description="largest force left on an atom or on the cell, eV/Å"
    )
    max_steps: Count = Field(500, description="maximum number of steps of the optimiser")
    relax_cell: bool = Field(True, strict=True, description="relax the cell with the positions")

    @property
    def level_of_theory(self) -> str | None:
        """The level in words, given or known; None where it is neither."""
        return self.level or LEVELS.get((self.calculator, self._model()))

    @property
    def weights(self) -> list[str]:
        """The files among the options."""
        texts = (value for value in self.options.values() if isinstance(value, str))
        return [text for text in texts if Path(text).is_file()]

    @property
    def title(self) -> str:
        """Model and level of theory, as figures and tables state them."""
        known = self.level_of_theory or "unknown level of theory"
        return f"{' '.join(filter(None, (self.calculator, self._model())))}, {known}"

    def _model(self) -> str:
        """The model among the options, as :data:`LEVELS` names it."""
        if self.calculator == "chgnet":
            return str(self.options.get("path", self.options.get("model_name", "r2scan")))
        if self.calculator == "sevenn":
            name = str(self.options.get("model", "7net-0")).lower()
            return " ".join([name, *map(str, filter(None, [self.options.get("modal")]))])
        return ""

    @validator("level")
    @classmethod
    def _some_words(cls, level: str | None) -> str | None:
        if level is not None and not level.strip():
            raise ValueError("is empty; name the level of theory, or write null")
        return level


class MlipSection(RelaxationSection):
    """Relaxations of the orderings, where energies.backend is mlip."""

    batches: Count = Field(2, description="number of jobs among which the orderings are divided")
    cores: Count = Field(1, description="CPU cores per job")
    memory_mb: Count = Field(4000, description="memory per job, MB")
    hours: Positive = Field(24.0, description="wall time per job, h")
    spare_minutes: Annotated[float, Field(ge=0)] = Field(
        5.0, description="a relaxation is stopped this long before that and continued later, min"
    )
    attempts: Count = Field(2, description="number of starts if the calculator fails with an error")
    max_failed: Annotated[int, Field(strict=True, ge=0)] = Field(
        20, description="maximum number of failed orderings; one more stops the campaign"
    )
    max_strain: Annotated[Positive, Field(le=0.1)] = Field(
        0.1, description="largest strain along any direction of a cell that is still the crystal"
    )
    symmetry_tolerance_A: Annotated[Positive, Field(lt=0.5)] = Field(
        0.1, description="tolerance for the reported space groups of relaxed structures, Å"
    )

"""The section ``energies``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from navac.config.fields import Number, Section
from navac.config.mlip import MlipSection
from navac.config.user import UserSection
from navac.config.vasp import VaspSection


class EnergiesSection(Section):
    """Where the energies of the orderings come from."""

    backend: Literal["published", "vasp", "user", "mlip"] = Field(
        "published", description="source of the energies: published, vasp, user or mlip"
    )
    noise_meV_per_fu: Annotated[Number, Field(ge=0)] = Field(
        0.0, description="seeded Gaussian noise added to published energies, meV per formula unit"
    )
    average_voltage_V: Annotated[Number, Field(ge=-10, le=10)] | None = Field(
        None,
        description="mean voltage against the metal over the whole range of x, V; null derives it",
    )
    metal_eV_per_atom: Number | None = Field(
        None,
        description="energy of the metal at the same level of theory, eV per atom; null: by mlip",
    )
    vasp: VaspSection = Field(VaspSection(), description="how VASP is run (backend vasp)")
    user: UserSection = Field(
        UserSection(), description="structures and energies from elsewhere (backend user)"
    )
    mlip: MlipSection = Field(MlipSection(), description="how orderings are relaxed (backend mlip)")

    @property
    def computes_metal(self) -> bool:
        """Whether the backend computes the energy of the metal."""
        given = (self.average_voltage_V, self.metal_eV_per_atom)
        return self.backend == "mlip" and given == (None, None)

    @property
    def title(self) -> str:
        """Model and level of theory of the energies; empty where no model gives them."""
        return self.mlip.title if self.backend == "mlip" else ""

"""The section ``energies``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from pydantic import field_validator as validator

from navac.config.fields import Number, Section
from navac.config.user import UserSection
from navac.config.vasp import VaspSection


class EnergiesSection(Section):
    """Where the energies of the orderings come from."""

    backend: Literal["published", "vasp", "user", "mlip"] = Field(
        "published",
        description="source of the energies: published, vasp or user; mlip is not built yet",
    )
    noise_meV_per_fu: Annotated[Number, Field(ge=0)] = Field(
        0.0, description="seeded Gaussian noise added to published energies, meV per formula unit"
    )
    average_voltage_V: Annotated[Number, Field(ge=-10, le=10)] = Field(
        description="mean voltage against the metal over the whole range of x, V"
    )
    vasp: VaspSection = Field(VaspSection(), description="how VASP is run (backend vasp)")
    user: UserSection = Field(
        UserSection(), description="structures and energies from elsewhere (backend user)"
    )

    @validator("backend")
    @classmethod
    def _built(cls, backend: str) -> str:
        if backend == "mlip":
            raise ValueError("the backend mlip is not built yet; choose published, vasp or user")
        return backend

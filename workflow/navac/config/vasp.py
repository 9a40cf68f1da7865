"""The section ``energies.vasp`` of a campaign's configuration."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from pydantic import field_validator as validator

from navac.config.fields import Count, Positive, Section


class VaspSection(Section):
    """Running VASP, where energies.backend is vasp."""

    command: str | None = Field(
        None, description="how VASP is started, as srun vasp_std; null only reads finished runs"
    )
    batches: Count = Field(8, description="jobs that the orderings are dealt to")
    cores: Count = Field(1, description="cores of each job")
    memory_mb: Count = Field(4000, description="memory of each job, MB")
    hours: Positive = Field(24.0, description="wall time of each job, h")
    spare_minutes: Annotated[float, Field(ge=0)] = Field(
        20.0, description="so long before its end a job stops VASP, to be continued, min"
    )
    restarts: Count = Field(
        5, description="most relaxations from the last one's result, for the plane waves to fit it"
    )
    settled_volume_change: Annotated[Positive, Field(lt=1)] = Field(
        0.02, description="relative change of volume below which no restart is needed"
    )
    max_corrections: Count = Field(
        10, description="most errors of VASP that custodian corrects in one ordering"
    )
    attempts: Count = Field(2, description="starts when VASP dies without a known error")
    max_failed: Annotated[int, Field(strict=True, ge=0)] = Field(
        20, description="orderings that may fail; one more stops the campaign"
    )
    frozen_hours: Positive = Field(6.0, description="VASP that prints nothing for so long hangs, h")
    poll_seconds: Positive = Field(10.0, description="how often a running VASP is looked at, s")
    check_seconds: Positive = Field(
        300.0, description="how often the output of a running VASP is checked for errors, s"
    )
    symmetry_tolerance_A: Annotated[Positive, Field(lt=0.5)] = Field(
        0.1, description="tolerance of reported space groups of relaxed structures, Å"
    )

    @validator("command")
    @classmethod
    def _words(cls, command: str | None) -> str | None:
        if command is not None and not command.strip():
            raise ValueError("is empty; give the command, or null to read finished runs only")
        return command

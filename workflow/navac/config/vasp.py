"""The section ``energies.vasp`` of a campaign's configuration."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from pydantic import field_validator as validator

from navac.config.fields import Count, Positive, Section


class VaspSection(Section):
    """Running VASP, where energies.backend is vasp."""

    command: str | None = Field(
        None,
        description="command that starts VASP (srun vasp_std, …); null reads finished runs only",
    )
    batches: Count = Field(8, description="number of jobs among which the orderings are divided")
    cores: Count = Field(1, description="CPU cores per job")
    memory_mb: Count = Field(4000, description="memory per job, MB")
    hours: Positive = Field(24.0, description="wall time per job, h")
    spare_minutes: Annotated[float, Field(ge=0)] = Field(
        20.0,
        description="VASP is stopped this long before the wall time ends and continued later, min",
    )
    restarts: Count = Field(
        5,
        description="maximum number of restarts, each with the plane waves of the relaxed cell",
    )
    settled_volume_change: Annotated[Positive, Field(lt=1)] = Field(
        0.02, description="relative change of volume below which no further restart is needed"
    )
    max_corrections: Count = Field(
        10, description="maximum number of VASP errors that custodian corrects per ordering"
    )
    attempts: Count = Field(
        2, description="number of starts if VASP dies without a recognised error"
    )
    max_failed: Annotated[int, Field(strict=True, ge=0)] = Field(
        20, description="maximum number of failed orderings; one more stops the campaign"
    )
    frozen_hours: Positive = Field(
        6.0, description="VASP is taken to hang after this long without output, h"
    )
    poll_seconds: Positive = Field(
        10.0, description="interval at which a running VASP is polled, s"
    )
    check_seconds: Positive = Field(
        300.0, description="interval at which the output of a running VASP is checked for errors, s"
    )
    symmetry_tolerance_A: Annotated[Positive, Field(lt=0.5)] = Field(
        0.1, description="tolerance for the reported space groups of relaxed structures, Å"
    )

    @validator("command")
    @classmethod
    def _words(cls, command: str | None) -> str | None:
        if command is not None and not command.strip():
            raise ValueError("is empty; give the command, or null to read finished runs only")
        return command

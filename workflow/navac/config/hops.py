"""The section ``hops``: ways of the inserted species between its sites."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from navac.config.fields import Count, Positive, Section


class HopsSection(Section):
    """Hops in one ordering: by symmetry and surroundings, paths, and barriers by a model."""

    ordering: str | None = Field(
        None, description="id of an ordering whose hops are looked at; null for none"
    )
    reach_A: Positive = Field(5.0, description="longest hop, Å")
    repeat: tuple[Count, Count, Count] = Field(
        (1, 1, 1), description="cells of the ordering along its vectors"
    )
    around_A: Positive = Field(
        4.0, description="other active sites this near the middle tell hops apart, Å"
    )
    images: Count = Field(5, description="images between the ends of a hop")
    barriers: bool = Field(
        False, strict=True, description="compute barriers by the model of energies.mlip"
    )
    most: Annotated[int, Field(strict=True, ge=1)] | None = Field(
        None, description="hops whose barriers are computed, the first ones; null for all"
    )
    max_force_eV_per_A: Positive = Field(0.05, description="largest force left on an image, eV/Å")
    max_steps: Count = Field(500, description="maximum number of steps for an end or a band")
    barriers_file: Path | None = Field(
        None, description="CSV of barriers from elsewhere, in place of computed ones; or null"
    )
    temperatures_K: tuple[Positive, ...] = Field(
        (), description="temperatures of diffusivities from barriers, K; [] for none"
    )
    attempts_THz: Positive = Field(10.0, description="frequency of attempts of a hop, THz")
    valence: bool = Field(
        False, strict=True, description="bond-valence energy map (make hops installs for it)"
    )
    resolution_A: Positive = Field(0.2, description="distance of points of the energy map, Å")

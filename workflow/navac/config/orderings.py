"""The section ``orderings``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from navac.config.fields import Count, Grid, Number, Section


class OrderingsSection(Section):
    """Which orderings are enumerated."""

    max_cells: Count = Field(2, description="largest supercell, primitive cells")
    compositions: Grid = Field(description="x of the orderings, atoms per formula unit")
    max_per_composition: Count | None = Field(
        100, description="maximum number of orderings per composition; null keeps all"
    )
    random_share: Annotated[Number, Field(ge=0, le=1)] = Field(
        0.5,
        description="fraction drawn at random, 0 to 1; the rest have the lowest Ewald energies",
    )
    total: Count | None = Field(
        None, description="size of a subset spread over all compositions; null takes all"
    )
    always_keep_cells: Annotated[int, Field(strict=True, ge=0)] = Field(
        1,
        description="up to so many cells every ordering is kept, as is the lowest; 0 keeps neither",
    )
    charges: dict[str, Number] = Field(description="charge of each species for Ewald energies, e")
    more: Path | None = Field(
        None,
        description="CSV of additional orderings, in the format of orderings.csv; null for none",
    )

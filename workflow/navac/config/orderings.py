"""The section ``orderings``."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic import field_validator as validator

from navac.config.fields import Count, Grid, Number, Section, Values


class OrderingsSection(Section):
    """Which orderings are enumerated."""

    max_cells: Count = Field(2, description="largest supercell, primitive cells")
    compositions: Values | None = Field(
        None,
        description="x of the orderings: {start, stop, step}, or a list; null with backend user",
    )
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
    charges: dict[str, Number] = Field(
        default_factory=dict, description="charge of each species for Ewald energies, e"
    )
    more: Path | None = Field(
        None,
        description="CSV of additional orderings, in the format of orderings.csv; null for none",
    )

    @property
    def x(self) -> tuple[float, ...]:
        """The compositions, rising; none where nothing is enumerated."""
        given = self.compositions
        return given.values() if isinstance(given, Grid) else given or ()

    @validator("compositions")
    @classmethod
    def _rise(cls, given: Grid | tuple[float, ...] | None) -> Grid | tuple[float, ...] | None:
        if isinstance(given, tuple):
            if len(given) < 2:
                raise ValueError("a list of compositions has two at least; add one")
            if any(b - a < 1e-6 for a, b in pairwise(given)):
                raise ValueError("the compositions do not rise; sort them and name each once")
        return given

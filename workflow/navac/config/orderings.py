"""The section ``orderings``."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, model_validator
from pydantic import field_validator as validator

from navac.config.fields import Charge, Count, Grid, Number, Positive, Section, Values


class DrawnSection(Section):
    """Orderings that are drawn where several species make too many to list."""

    beyond: Count = Field(
        200_000, description="ways of filling a supercell at a composition, beyond which are drawn"
    )
    random: Annotated[int, Field(strict=True, ge=0)] = Field(
        20, description="drawn uniformly at random, per supercell and composition"
    )
    low_energy: Count = Field(
        20, description="of low Ewald energy by annealing, per supercell and composition"
    )
    special: Annotated[int, Field(strict=True, ge=0)] = Field(
        0, description="special quasi-random ones, per supercell and composition"
    )


class OrderingsSection(Section):
    """Which orderings are enumerated."""

    max_cells: Count = Field(2, description="largest supercell, primitive cells")
    amounts: tuple[dict[str, Annotated[Number, Field(ge=0)]], ...] = Field(
        (), description="further species per formula unit, as {V: 1.5, Mn: 0.5}; () allows any"
    )
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
    drawn: DrawnSection = Field(
        DrawnSection(), description="how orderings are drawn that are too many to list"
    )
    choice: Literal["spread", "d_optimal", "a_optimal"] = Field(
        "spread",
        description="how total are chosen: spread at random, or the most telling for cutoffs_A",
    )
    cutoffs_A: dict[int, Positive] = Field(
        default_factory=dict,
        description="cutoffs of the functions that a choice and special orderings look at, Å",
    )
    always_keep_cells: Annotated[int, Field(strict=True, ge=0)] = Field(
        1,
        description="up to so many cells every ordering is kept, as is the lowest; 0 keeps neither",
    )
    charges: dict[str, Charge] = Field(
        default_factory=dict,
        description="charge of each species, e, or a list of its oxidation states",
    )
    more: Path | None = Field(
        None,
        description="CSV of additional orderings, in the format of orderings.csv; null for none",
    )

    @model_validator(mode="after")
    def _functions(self) -> OrderingsSection:
        if self.cutoffs_A and min(self.cutoffs_A) < 2:
            raise ValueError("cutoffs_A are for clusters of 2 and more sites; remove 0 and 1")
        if self.choice != "spread" and self.total is None:
            raise ValueError(f"choice is {self.choice}, but total is null; say how many to choose")
        if (self.choice != "spread" or self.drawn.special) and not self.cutoffs_A:
            raise ValueError("choice and drawn.special need cutoffs_A; name those of the expansion")
        return self

    @property
    def x(self) -> tuple[float, ...]:
        """The compositions, rising; none where nothing is enumerated."""
        given = self.compositions
        return given.values() if isinstance(given, Grid) else given or ()

    @property
    def states(self) -> dict[str, tuple[float, ...]]:
        """The oxidation states that each species may have."""
        return {s: q if isinstance(q, tuple) else (q,) for s, q in self.charges.items()}

    @validator("charges")
    @classmethod
    def _some_states(cls, charges: dict[str, Charge]) -> dict[str, Charge]:
        for species, states in charges.items():
            if isinstance(states, tuple) and not states:
                raise ValueError(f"{species} has an empty list; give its oxidation states")
        return charges

    @validator("amounts")
    @classmethod
    def _named(cls, amounts: tuple[dict[str, float], ...]) -> tuple[dict[str, float], ...]:
        if not all(amounts):
            raise ValueError("an entry names no species; give amounts, or remove it")
        return amounts

    @validator("compositions")
    @classmethod
    def _rise(
        cls, given: Grid | tuple[float, ...] | None, info: ValidationInfo
    ) -> Grid | tuple[float, ...] | None:
        if isinstance(given, tuple):
            # With further species a single x has many compositions.
            if len(given) < (1 if info.data.get("amounts") else 2):
                raise ValueError("a list of compositions has two at least; add one")
            if any(b - a < 1e-6 for a, b in pairwise(given)):
                raise ValueError("the compositions do not rise; sort them and name each once")
        return given

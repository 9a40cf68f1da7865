"""The section ``descriptors``: entropies and descriptors of compositions, and a screening."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from navac.config.fields import Name, Number, Positive, Section

Amount = Annotated[Number, Field(ge=0)]
Share = Annotated[Number, Field(ge=0, le=1)]


class ScreeningSection(Section):
    """A grid of compositions over a list of elements on one sublattice."""

    elements: dict[str, Number] = Field(
        default_factory=dict, description="elements of the grid and the charge of each; {}: none"
    )
    label: Name | None = Field(None, description="sublattice that they share")
    host: dict[str, Amount] = Field(
        default_factory=dict, description="amounts there that are kept, per formula unit"
    )
    step: Positive = Field(0.1, description="step of the amounts, per formula unit")
    limits: dict[str, tuple[Number, Number]] = Field(
        default_factory=dict, description="lowest and highest value by column; others are left out"
    )
    rank_by: tuple[str, ...] = Field(
        ("entropy_R", "-delta_percent", "-bond_valence_mismatch_e"),
        description="columns that rank the rest: high ones first, with a minus low ones",
    )


class DescriptorsSection(Section):
    """What compositions say without any energy."""

    compositions: dict[str, dict[str, Amount]] = Field(
        default_factory=dict,
        description="by name: amounts of the species on active sites, per formula unit; {}: none",
    )
    occupied: dict[Name, Share] = Field(
        default_factory=dict,
        description="share of the sites of a sublattice that hold an atom; others share evenly",
    )
    temperatures_K: tuple[Positive, ...] = Field(
        (300.0,), description="temperatures at which −TS is given, K"
    )
    screening: ScreeningSection = Field(
        ScreeningSection(), description="a grid of compositions, ranked"
    )

"""The section ``about``: what a campaign says of itself in its report."""

from __future__ import annotations

from pydantic import Field

from navac.config.fields import Section


class SourceEntry(Section):
    """A publication."""

    citation: str = Field(description="authors, journal and year, as the report cites them")
    doi: str | None = Field(None, description="its DOI, without https://doi.org/; null for none")


class AboutSection(Section):
    """What a campaign says of itself: its material, its sources, and their figures."""

    title: str | None = Field(None, description="title of the report; null takes the campaign's")
    material: str | None = Field(
        None, description="formula with x, as in LixCoO2; null derives it from the crystal"
    )
    notes: tuple[str, ...] = Field(
        (), description="what a reader has to know, a sentence or more each, on the first page"
    )
    sources: tuple[SourceEntry, ...] = Field(
        (), description="publications the campaign rests on or is compared with"
    )
    counterparts: dict[str, str] = Field(
        default_factory=dict,
        description="published counterpart of a figure, by its name; ends its caption",
    )

"""The section ``prim``: the crystal."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from navac.config.fields import Count, Positive, Section


class SiteEntry(Section):
    """What some sites of a POSCAR or CIF may hold."""

    label: str = Field(description="name of the sublattice")
    species: tuple[str, ...] = Field(min_length=1, description="allowed species; Va is a vacancy")
    indices: tuple[int, ...] | None = Field(
        None, description="indices of the sites in the file, from 0"
    )
    element: str | None = Field(None, description="alternatively, every site of this element")

    @model_validator(mode="after")
    def _one_choice(self) -> SiteEntry:
        if (self.indices is None) == (self.element is None):
            raise ValueError("names its sites twice or not at all; give one of indices, element")
        return self


class ExclusionEntry(Section):
    """Sites that are never filled together."""

    labels: tuple[str, str] | None = Field(
        None, description="their sublattices, the same twice within one; null for all active sites"
    )
    distance_A: Positive = Field(
        description="sites at most this far apart are never both filled, Å"
    )


class PrimSection(Section):
    """The crystal."""

    file: Path = Field(description="primitive cell: JSON of navac, or POSCAR, CIF, …")
    sites: tuple[SiteEntry, ...] = Field(
        (), description="for POSCAR, CIF: {label, species: [Li, Va], indices: [..] or element: Li}"
    )
    formula_units: Count = Field(description="formula units in the primitive cell")
    symmetry_tolerance_A: Annotated[Positive, Field(lt=0.5)] = Field(
        1e-5, description="distance within which sites are equivalent, Å; decides the space group"
    )
    min_distance_A: Annotated[Positive, Field(ge=0.5, le=5)] = Field(
        0.5, description="no two atoms may be closer, Å (the bond of H₂ has 0.74)"
    )
    exclusions: tuple[ExclusionEntry, ...] = Field(
        (), description="sites never filled together: {labels: [Na1, Na2], distance_A: 2}"
    )

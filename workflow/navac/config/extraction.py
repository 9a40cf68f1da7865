"""The section ``extraction``: the inserted species taken out of named hosts at 0 K."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from navac.config.fields import Number, Positive, RangeName, Section

Amount = Annotated[Number, Field(ge=0)]


class HostSection(Section):
    """What stays when the inserted species is taken out."""

    metals: dict[str, Amount] = Field(
        default_factory=dict,
        description="amounts of the other species on active sites, per formula unit",
    )
    reference_x: Amount = Field(description="x that formation energies are measured from")
    electrons: Positive = Field(
        1.0, description="electrons per formula unit of the theoretical capacity"
    )


class ExtractionSection(Section):
    """Formation energies, hull, voltages and valences at 0 K, from the table of energies."""

    hosts: dict[RangeName, HostSection] = Field(
        default_factory=dict, description="hosts by name; {} for none"
    )

"""The section ``rounds``: the closed loop of fit and further energies."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from navac.config.fields import Count, Positive, Section


class RoundsSection(Section):
    """Rounds that ask for the energies an expansion lacks."""

    max: Annotated[int, Field(strict=True, ge=0)] = Field(
        0, description="largest number of rounds that ask for further energies; 0 for none"
    )
    budget: Count | None = Field(
        None, description="most energies in all, the enumerated ones included; null for no limit"
    )
    per_round: Count = Field(
        4, description="most orderings that a round asks for in a composition range"
    )
    max_cells: Count = Field(
        4, description="largest supercell in which ground states are predicted, primitive cells"
    )
    commensurate: bool = Field(
        False, strict=True, description="search only supercells that repeat in the sampled one"
    )
    hull_meV_per_fu: Positive = Field(
        0.5, description="settled: change of the hull in a round, meV per formula unit"
    )
    loocv_meV_per_fu: Positive = Field(
        2.0, description="settled: change of the LOOCV score in a round, meV per formula unit"
    )
    voltage_mV: Positive = Field(
        5.0, description="settled: change of the 0 K voltage at any x in a round, mV"
    )

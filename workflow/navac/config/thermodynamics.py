"""The section ``thermodynamics``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from navac.config.fields import Count, Number, Positive, Section


class ElectronicEntropySection(Section):
    """Mixed valence disordered over the sites of one element (paper, main text Eq. 1)."""

    range: str = Field(description="composition range in which it is added")
    sites_per_formula_unit: Positive = Field(description="sites of the element per formula unit")
    x_oxidised: Number = Field(description="x at which all ions of the element are oxidised")
    x_reduced: Number = Field(
        description="x at which all ions of the element are reduced; greater than x_oxidised"
    )


class ExpansionUncertaintySection(Section):
    """How the uncertainty of the interactions is carried through to the diagram."""

    noise_meV_per_fu: Positive | None = Field(
        None, description="error of an energy, meV per formula unit; null: as the fit found it"
    )
    draws: Annotated[int, Field(strict=True, ge=0)] = Field(
        0, description="diagrams of interactions drawn from their covariance; 0 for none"
    )


class ThermodynamicsSection(Section):
    """Reported quantities, and how phase boundaries are found."""

    voltage_temperatures_K: tuple[Positive, ...] = Field(
        (), description="temperatures of voltage curves, K"
    )
    occupancy_temperatures_K: tuple[Positive, ...] = Field(
        (), description="temperatures of sublattice occupancies, K"
    )
    entropy_temperatures_K: tuple[Positive, ...] = Field(
        (), description="temperatures of configurational entropies, K"
    )
    heat_capacity_temperatures_K: tuple[Positive, ...] = Field(
        (), description="temperatures of heat capacities C_μ, K"
    )
    smallest_jump_x: Positive = Field(
        0.02, description="smallest jump of x that counts as a two-phase region"
    )
    resamples: Annotated[Count, Field(ge=10)] = Field(
        40, description="bootstrap resamples of the block averages, for standard errors"
    )
    electronic_entropy: ElectronicEntropySection | None = Field(
        None,
        description="mixed-valence entropy, which gives a second set of boundaries; null for none",
    )

    expansion_uncertainty: ExpansionUncertaintySection | None = Field(
        None,
        description="standard errors of the diagram by the fit's covariance; null for none",
    )

    @property
    def temperatures_K(self) -> tuple[float, ...]:
        """Every temperature at which something is reported, in ascending order."""
        return tuple(sorted({
            *self.voltage_temperatures_K, *self.occupancy_temperatures_K,
            *self.entropy_temperatures_K, *self.heat_capacity_temperatures_K,
        }))  # fmt: skip

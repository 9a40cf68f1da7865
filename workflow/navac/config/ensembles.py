"""The section ``ensembles``: an expansion of sites with any number of species, sampled in runs."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from navac.config.fields import Count, Name, Number, Positive, RangeName, Section, Values
from navac.config.sampling import PrecisionSection

Amount = Annotated[Number, Field(ge=0)]
VACANCY = "Va"
Labels = Annotated[tuple[Name, ...], Field(min_length=1)]


def points(given: Values) -> tuple[float, ...]:
    """The values of a list or a grid."""
    return given if isinstance(given, tuple) else given.values()


class SideSection(Section):
    """One of two sites that change together."""

    sites: Labels = Field(description="labels of the sites")
    species: tuple[str, str] = Field(description="from and to; tried in both directions")


class MoveSection(Section):
    """What a sweep tries: one of swap, flip and coupled."""

    swap: Labels | None = Field(
        None, description="labels of sites that exchange what they hold; amounts stay"
    )
    flip: Annotated[tuple[str, ...], Field(min_length=2)] | None = Field(
        None, description="species: the first is exchanged with each of the others, on sites"
    )
    sites: Labels | None = Field(None, description="labels of the sites that flip")
    coupled: tuple[SideSection, SideSection] | None = Field(
        None, description="two sites that change together, as V to Mg beside a vacancy to Na"
    )

    @model_validator(mode="after")
    def _one(self) -> MoveSection:
        given = [k for k in ("swap", "flip", "coupled") if getattr(self, k) is not None]
        if len(given) != 1:
            raise ValueError(f"a move is one of swap, flip and coupled, not {len(given)} of them")
        if (self.flip is None) != (self.sites is None):
            raise ValueError("flip and sites go together; name the species and the labels")
        return self


class RunSection(Section):
    """Conditions, one after the other, and what is tried at each."""

    after: RangeName | None = Field(
        None, description="run whose last states this one begins from; null for random fillings"
    )
    amounts: dict[Name, Amount] = Field(
        default_factory=dict,
        description="of this run's random fillings, per formula unit; {} for those of ensembles",
    )
    moves: Annotated[tuple[MoveSection, ...], Field(min_length=1)] = Field(
        description="what a sweep tries, in this order: swaps, flips and coupled flips"
    )
    temperatures_K: Annotated[tuple[Positive, ...], Field(min_length=1)] = Field(
        description="temperatures, one after the other, K"
    )
    mu_eV: dict[Name, Values] = Field(
        default_factory=dict,
        description="chemical potentials by species, eV per atom; 0 for species that are not named",
    )
    equilibration_sweeps: Annotated[int, Field(strict=True, ge=0)] = Field(
        100, description="sweeps discarded at the start of every condition"
    )
    blocks: Annotated[Count, Field(ge=4)] = Field(
        10, description="blocks per condition; at least 4"
    )
    block_sweeps: Count = Field(20, description="sweeps per block")
    precision: PrecisionSection | None = Field(
        None, description="target standard errors of every path, for which it is prolonged"
    )
    correlations: bool = Field(
        False, description="whether the correlation of every orbit is recorded after each block"
    )

    @property
    def varied(self) -> list[str]:
        """Species whose chemical potentials have a grid."""
        return [s for s, given in self.mu_eV.items() if len(points(given)) > 1]

    @property
    def inserted(self) -> set[str]:
        """Species that flips exchange with vacancies."""
        flips = [set(move.flip) for move in self.moves if move.flip is not None]
        return {s for own in flips if VACANCY in own for s in own - {VACANCY}}


class EnsemblesSection(Section):
    """Monte Carlo of sites of any number of species, in any ensemble."""

    range: RangeName | None = Field(
        None, description="range whose expansion is sampled; null where there is one"
    )
    supercell: tuple[Count, Count, Count] = Field(
        (8, 8, 8), description="primitive cells per axis; best multiples of 2 and 3"
    )
    replicas: Count = Field(
        16, description="independent random fillings that every run begins from"
    )
    amounts: dict[Name, Amount] = Field(
        default_factory=dict,
        description="species per formula unit; one species of each site fills up the rest",
    )
    runs: dict[RangeName, RunSection] = Field(
        default_factory=dict, description="runs by name; {} for none"
    )

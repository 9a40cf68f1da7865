"""The section ``sampling``: Monte Carlo."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from navac.config.fields import Count, Positive, Section


class PrecisionSection(Section):
    """Standard errors at which the sampling of a condition ends."""

    x: Positive | None = Field(None, description="of x, atoms per formula unit, or null")
    energy_meV: Positive | None = Field(
        None, description="of the energy, meV per formula unit, or null"
    )
    doublings: Count = Field(
        4, description="how often the sampling of a condition may be doubled for it"
    )


class SamplingSection(Section):
    """Grand-canonical Monte Carlo."""

    supercell: tuple[Count, Count, Count] = Field((8, 8, 8), description="primitive cells per axis")
    protocol: Literal["grid", "paper"] = Field(
        "grid",
        description="grid: heat every phase at every mu; paper: heat at one mu, then scan mu",
    )
    rule: Literal["metropolis", "heat_bath"] = Field(
        "metropolis", description="acceptance rule: metropolis or heat_bath"
    )
    replicas_per_batch: Count = Field(
        256, description="most paths sampled together; 64 per core or more are fastest"
    )
    equilibration_sweeps: Annotated[int, Field(strict=True, ge=0)] = Field(
        50, description="sweeps discarded at every condition"
    )
    blocks: Annotated[Count, Field(ge=4)] = Field(
        10, description="block averages per condition, for error bars; at least 4"
    )
    block_sweeps: Count = Field(
        10, description="sweeps per block; a multiple of carried_sweeps, or fewer"
    )
    carried_sweeps: Count = Field(
        10,
        description="sweeps per block after which a path moves on; more of them are made aside",
    )
    precision: PrecisionSection | None = Field(
        None, description="sample a condition on until its means are so well known; null: do not"
    )
    refuse_unreliable: bool = Field(
        False,
        description="fail if blocks are shorter than 5 autocorrelation times or averages drift",
    )
    threads: Count = Field(2, description="CPU cores per sampling job")
    shards: Count = Field(1, description="jobs that the paths of a range are dealt to")

    @property
    def sweeps(self) -> int:
        """Sweeps of a path at every condition, unless a precision is asked."""
        return self.equilibration_sweeps + self.blocks * self.block_sweeps

    @model_validator(mode="after")
    def _whole_multiple(self) -> SamplingSection:
        if self.block_sweeps > self.carried_sweeps and self.block_sweeps % self.carried_sweeps:
            lower = self.block_sweeps // self.carried_sweeps * self.carried_sweeps
            raise ValueError(
                f"block_sweeps: {self.block_sweeps} is not a multiple of carried_sweeps, "
                f"{self.carried_sweeps}; give {lower} or {lower + self.carried_sweeps}"
            )
        return self

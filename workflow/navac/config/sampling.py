"""The section ``sampling``: Monte Carlo."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from navac.config.fields import Count, Positive, Section


class PrecisionSection(Section):
    """Standard errors at which the sampling of a condition stops."""

    x: Positive | None = Field(
        None, description="standard error of x, atoms per formula unit; null for no target"
    )
    energy_meV: Positive | None = Field(
        None, description="standard error of the energy, meV per formula unit; null for no target"
    )
    doublings: Count = Field(
        4, description="maximum number of doublings of the sampling of a condition"
    )


class SamplingSection(Section):
    """Grand-canonical Monte Carlo."""

    supercell: tuple[Count, Count, Count] = Field((8, 8, 8), description="primitive cells per axis")
    protocol: Literal["grid", "paper"] = Field(
        "grid",
        description="grid: heat each phase at every mu; paper: heat each at one mu, then scan mu",
    )
    rule: Literal["metropolis", "heat_bath"] = Field(
        "metropolis", description="acceptance rule: metropolis or heat_bath"
    )
    replicas_per_batch: Count = Field(
        512, description="maximum number of paths sampled together; fastest from 256 per core"
    )
    equilibration_sweeps: Annotated[int, Field(strict=True, ge=0)] = Field(
        50, description="sweeps discarded at the start of every condition"
    )
    blocks: Annotated[Count, Field(ge=4)] = Field(
        10, description="blocks per condition, from which standard errors are found; at least 4"
    )
    block_sweeps: Count = Field(
        10, description="sweeps per block; a multiple of carried_sweeps, or fewer"
    )
    carried_sweeps: Count = Field(
        10,
        description="sweeps per block after which a path moves on; more of them are made aside",
    )
    precision: PrecisionSection | None = Field(
        None, description="target standard errors, for which sampling is prolonged; null for none"
    )
    refuse_unreliable: bool = Field(
        False,
        description="fail if blocks are shorter than 5 autocorrelation times or averages show a "
        "trend",
    )
    threads: Count = Field(2, description="CPU cores per sampling job")
    shards: Count = Field(
        1, description="number of jobs among which the paths of a range are divided"
    )

    core_hours: Positive | None = Field(
        1000.0, description="core hours beyond which sampling is refused; null for no limit"
    )
    memory_mb: Count | None = Field(
        None, description="memory of a sampling job, MB; null takes what the machine has free"
    )

    @property
    def sweeps(self) -> int:
        """Sweeps of a path at every condition, unless a precision is requested."""
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

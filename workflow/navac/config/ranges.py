"""The section ``ranges``: composition ranges."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic import field_validator as validator

from navac.config.fields import Count, Grid, Name, Number, Positive, Section


class RangeSection(Section):
    """A composition range with its own expansion and its own sampled paths."""

    x: tuple[Number, Number] = Field(description="lowest and highest x, atoms per formula unit")
    published_eci: Path | None = Field(
        None, description="published ECI table of this range (CSV in the paper's columns), or null"
    )
    constant_meV_per_cell: Number = Field(
        0.0, description="constant term missing from the published table, meV per primitive cell"
    )
    hamiltonian: Literal["fitted", "published"] = Field(
        "fitted", description="expansion to sample: fitted (by this campaign) or published"
    )
    expansion_file: Path | None = Field(
        None,
        description="expansion fitted elsewhere and sampled: JSON of navac, smol, CASM or icet",
    )
    phases: dict[Name, Number] = Field(
        default_factory=dict, description="known phases, each with the x of its ground state"
    )
    windows: dict[str, tuple[Number, Number]] = Field(
        default_factory=dict,
        description="x intervals in which the highest two-phase temperature is reported",
    )
    supercell: tuple[Count, Count, Count] | None = Field(
        None, description="primitive cells per axis; null takes sampling.supercell"
    )
    temperatures_K: tuple[Grid, ...] = Field(
        (), description="sampled temperatures in ascending segments, K; () with until: expansion"
    )
    cool_to_K: Positive | None = Field(
        None,
        description="temperature to which the disordered state is cooled from infinity, K; or null",
    )
    start_mu_eV: dict[Name, Number] = Field(
        default_factory=dict,
        description="protocol paper: mu at which a phase is heated, eV per atom; {} derives it",
    )
    mu_eV: Grid | None = Field(
        None, description="chemical potentials, eV per atom; null derives them from the hull"
    )
    mu_step_eV: Positive = Field(0.00125, description="derived grid: step, eV per atom")
    mu_margin_eV: Positive = Field(
        0.06,
        description="derived grid: full resolution to this far beyond the 0 K transitions, eV",
    )
    mu_reach_eV: Positive = Field(
        0.3,
        description="derived grid: every fourth step to this far beyond the 0 K transitions, eV",
    )

    @validator("x")
    @classmethod
    def _interval(cls, x: tuple[float, float]) -> tuple[float, float]:
        if not 0 <= x[0] < x[1]:
            raise ValueError(
                f"[{x[0]:g}, {x[1]:g}] is not an interval of x; write [lowest, highest]"
            )
        return x

    @validator("temperatures_K")
    @classmethod
    def _rising(cls, segments: tuple[Grid, ...]) -> tuple[Grid, ...]:
        if (lowest := min((s.start for s in segments), default=1.0)) <= 0:
            raise ValueError(f"{lowest:g} K is not above zero; give temperatures in K")
        for one, following in pairwise(segments):
            if following.start <= one.stop:
                raise ValueError(
                    f"the segment from {following.start:g} K does not rise beyond the one before "
                    f"it, which ends at {one.stop:g} K; start it later or sort the segments"
                )
        return segments

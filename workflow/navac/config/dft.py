"""The section ``dft``: DFT input sets."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from navac.config.fields import Count, Section
from navac.config.mlip import RelaxationSection


class DftSection(Section):
    """DFT input sets; none are written where ``settings`` is null."""

    settings: str | None = Field(
        None,
        description="built-in (scan_u, pbe_u, MPRelaxSet, MPScanRelaxSet), a YAML file, or null",
    )
    prerelax: RelaxationSection | None = Field(
        None,
        description="model that relaxes the structures of the input sets beforehand; null for none",
    )
    potcar_library: Path | None = Field(
        None, description="folder of POTCAR files, needed to run VASP; null if VASP is not run"
    )
    batches: Count = Field(4, description="number of jobs that write the input sets")

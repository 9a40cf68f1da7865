"""The section ``reproduction``."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from navac.config.fields import Section


class ReproductionSection(Section):
    """Comparison with published numbers."""

    published_numbers: Path | None = Field(
        None, description="CSV of published numbers to compare with; null for none"
    )

"""The section ``figures``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from navac.config.fields import Positive, Section


class FiguresSection(Section):
    """Appearance of the figures."""

    width_mm: Annotated[Positive, Field(ge=40, le=400)] = Field(
        85.0, description="width of a figure, mm"
    )
    composition_label: str | None = Field(
        None, description="label of the composition axis (mathtext); null derives it"
    )
    reference_electrode: str | None = Field(
        None, description="reference electrode of the voltage scale; null derives it"
    )

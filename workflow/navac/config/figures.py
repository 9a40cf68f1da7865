"""The section ``figures``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from navac.config.fields import Positive, Section


class FiguresSection(Section):
    """How the figures look."""

    width_mm: Annotated[Positive, Field(ge=40, le=400)] = Field(85.0, description="width, mm")
    composition_label: str = Field("$x$", description="label of composition axes (mathtext)")
    reference_electrode: str = Field("", description="electrode of the voltage scale")

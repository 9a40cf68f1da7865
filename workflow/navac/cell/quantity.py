"""A number with its unit, its uncertainty and where it comes from."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from navac import NavacError


class CellError(NavacError):
    """Something that no particle or cell can be computed from."""


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """A positive number.

    Attributes:
        value: in the unit.
        unit: as in ``m2_per_s``.
        factor: one standard error multiplies or divides the value by it; None if not known.
        source: publication, computation or setting that gives it.
    """

    value: float
    unit: str
    factor: float | None = None
    source: str

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)

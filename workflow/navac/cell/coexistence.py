"""What a phase diagram knows of the two-phase regions of an open circuit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from navac.results import schema

Boundaries = Mapping[str, schema.Boundary]


@dataclass(frozen=True, kw_only=True)
class Coexistence:
    """Two phases at one temperature.

    Attributes:
        highest_temperature_K: at which they were found together, K; None if not known.
        x_low_stderr, x_high_stderr: standard errors of x of the poor and the rich one; None if not
            known.
    """

    highest_temperature_K: float | None = None
    x_low_stderr: float | None = None
    x_high_stderr: float | None = None

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)


def coexistence(boundaries: Boundaries, T: float, region: tuple[float, float]) -> Coexistence:
    """That of the two-phase region of a diagram which overlaps most with an interval of x."""
    best, name = 0.0, None
    for one, found in _there(boundaries, T).items():
        low, high = (_at(found, T, ends) for ends in (found.x_low, found.x_high))
        overlap = min(high, region[1]) - max(low, region[0])
        if overlap > best:
            best, name = overlap, one
    if name is None:
        return Coexistence()
    found = boundaries[name]
    errors = (_at(found, T, error) for error in (found.x_low_stderr, found.x_high_stderr))
    low_error, high_error = (error if np.isfinite(error) else None for error in errors)
    return Coexistence(
        highest_temperature_K=float(found.temperature_K.max()), x_low_stderr=low_error,
        x_high_stderr=high_error,
    )  # fmt: skip


def voltage_stderr(boundaries: Boundaries, T: float) -> float | None:
    """Largest standard error of a plateau at a temperature, V; None if not known."""
    errors = [_at(found, T, found.mu_eV_stderr) for found in _there(boundaries, T).values()]
    return max((error for error in errors if np.isfinite(error)), default=None)


def _there(boundaries: Boundaries, T: float) -> Boundaries:
    """The regions that are there at a temperature."""
    return {
        name: found for name, found in boundaries.items()
        if found.temperature_K.min() <= T <= found.temperature_K.max()
    }  # fmt: skip


def _at(found: schema.Boundary, T: float, values: np.ndarray) -> float:
    """A quantity of a region at a temperature."""
    return float(np.interp(T, found.temperature_K, values))

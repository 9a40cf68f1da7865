"""Measures of phase boundaries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from navac.reproduction.evidence import Evidence
from navac.reproduction.measures.table import UNKNOWN, measure
from navac.results import schema

ENDS = ("critical", "invariant", "congruent")
"""What a region ends in by itself."""


@measure
def top(evidence: Evidence, window: str) -> tuple[float, float]:
    """Highest two-phase temperature inside a window of x, K."""
    return _top(evidence.tops, window)


@measure
def region_end(evidence: Evidence, regions: str) -> tuple[float, float]:
    """Highest temperature of a two-phase region, K.

    Args:
        regions: names with ``|`` between them, of which the first counts that is there.
    """
    return _region_end(evidence.boundaries, evidence.invariants, regions.split("|"))


@measure
def cold_region_end(evidence: Evidence, region: str) -> tuple[float, float]:
    """Highest temperature of a two-phase region that is there at the lowest sampled one, K."""
    if region not in evidence.boundaries or evidence.boundaries[region].begins_in != "sampled":
        return UNKNOWN
    return region_end(evidence, region)


@measure
def electronic_lowering(evidence: Evidence, regions: str) -> tuple[float, float]:
    """By how much electronic entropy lowers the end of a two-phase region, K."""
    names = regions.split("|")
    plain, error = _region_end(evidence.boundaries, evidence.invariants, names)
    lowered, other = _region_end(
        evidence.electronic_boundaries, evidence.electronic_invariants, names
    )
    return plain - lowered, float(np.hypot(error, other))


def _region_end(
    boundaries: Mapping[str, schema.Boundary],
    invariants: Mapping[str, schema.Invariant],
    regions: Sequence[str],
) -> tuple[float, float]:
    """The end of the first region that is there; unknown where nothing but the sampling ends."""
    found = [boundaries[name] for name in regions if name in boundaries]
    if not found or found[0].ends_in not in ENDS:
        return UNKNOWN
    T = float(found[0].temperature_K.max())
    phases = set(next(name for name in regions if name in boundaries).split("+"))
    if found[0].ends_in == "critical":
        return found[0].critical_temperature_K, found[0].critical_temperature_stderr_K
    errors = [
        point.temperature_stderr_K for point in invariants.values()
        if phases <= set(point.phases) and np.isclose(point.temperature_K, T)
    ]  # fmt: skip
    return T, float(errors[0]) if errors else np.nan


def _top(tops: Mapping[str, schema.Summary], window: str) -> tuple[float, float]:
    if window not in tops:
        return UNKNOWN
    top = tops[window]
    return top.highest_two_phase_temperature_K, top.highest_two_phase_temperature_stderr_K


@measure
def solubility(evidence: Evidence, region: str, side: str, x: float) -> tuple[float, float]:
    """Temperature at which a side of a two-phase region (``x_low``, ``x_high``) reaches x, K."""
    if region not in evidence.boundaries:
        return UNKNOWN
    boundary = evidence.boundaries[region]
    values, errors = {
        "x_low": (boundary.x_low, boundary.x_low_stderr),
        "x_high": (boundary.x_high, boundary.x_high_stderr),
    }[side]
    T = boundary.temperature_K
    outward = 1 if x > values[0] else -1
    past = np.flatnonzero(outward * (values - x) >= 0)
    if not len(past) or past[0] == 0:
        return UNKNOWN
    a, b = past[0] - 1, past[0]
    slope = (values[b] - values[a]) / (T[b] - T[a])
    error = np.hypot(errors[a], errors[b]) / np.sqrt(2) / abs(slope)
    return float(T[a] + (x - values[a]) / slope), float(error)

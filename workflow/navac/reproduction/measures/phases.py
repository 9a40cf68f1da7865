"""Measures of phase boundaries."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from navac.reproduction.evidence import Evidence
from navac.reproduction.measures.table import UNKNOWN, measure
from navac.results import schema


@measure
def top(evidence: Evidence, window: str) -> tuple[float, float]:
    """Highest two-phase temperature inside a window of x, K."""
    return _top(evidence.tops, window)


@measure
def dome(evidence: Evidence, window: str) -> tuple[float, float]:
    """Temperature up to which two phases coexist inside a window of x without a break, K.

    Its error is that of the step in temperature.
    """
    for name, settings in evidence.settings.ranges.items():
        if window in settings.windows and name in evidence.states:
            low, high = settings.windows[window]
            T = evidence.states[name].temperature_K
            broken = ~np.isin(T, _two_phase_temperatures(evidence, low, high))
            first = int(np.argmax(np.append(broken, True)))
            if 0 < first < len(T):
                step = T[first] - T[first - 1]
                return float(T[first] - step / 2), float(step / np.sqrt(12))
    return UNKNOWN


def _two_phase_temperatures(evidence: Evidence, low: float, high: float) -> np.ndarray:
    found = [np.empty(0)]
    for boundary in evidence.boundaries.values():
        middle = (boundary.x_low + boundary.x_high) / 2
        found.append(boundary.temperature_K[(middle > low) & (middle < high)])
    return np.concatenate(found)


@measure
def electronic_lowering(evidence: Evidence, window: str) -> tuple[float, float]:
    """By how much electronic entropy lowers the top of a dome, K."""
    plain, error = dome(evidence, window)
    lowered, other = _top(evidence.electronic_tops, window)
    return plain - lowered, float(np.hypot(error, other))


def _top(tops: Mapping[str, schema.Summary], window: str) -> tuple[float, float]:
    if window not in tops:
        return UNKNOWN
    top = tops[window]
    return top.highest_two_phase_temperature_K, top.highest_two_phase_temperature_stderr_K


@measure
def top_of_region(evidence: Evidence, region: str) -> tuple[float, float]:
    """Highest temperature at which two given phases coexist, K."""
    if region not in evidence.boundaries:
        return UNKNOWN
    return float(evidence.boundaries[region].temperature_K.max()), np.nan


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

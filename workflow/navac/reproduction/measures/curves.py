"""Measures of curves at one temperature: voltages, occupations of sublattices, entropy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import numpy as np

from navac.reproduction.evidence import Evidence
from navac.reproduction.measures.table import UNKNOWN, measure
from navac.results import schema

NEAR = 0.05
"""States so near in x to the one of least entropy tell where it is least."""

REACH = 0.05
"""A curve may end so far from the composition that it is said to reach."""

SIDE = 0.05
"""Distance in x from a composition at which the voltages of a step are read."""


Curve = TypeVar("Curve", schema.Entropy, schema.Occupancy, schema.VoltageCurve)


def _at(curves: Mapping[float, Curve], T: float) -> Curve | None:
    """The curve at a temperature, K."""
    return next((curve for at, curve in curves.items() if np.isclose(at, T)), None)


@measure
def mean_voltage(
    evidence: Evidence, temperature: float, x_low: float, x_high: float
) -> tuple[float, float]:
    """Voltage averaged over an interval of x, V."""
    curve = _at(evidence.voltages, temperature)
    if curve is None or not _spans(curve.x, x_low, x_high):
        return UNKNOWN
    x, V = _between(curve.x, curve.voltage_V, x_low, x_high)
    return float(np.trapezoid(V, x) / (x_high - x_low)), 0.0 if temperature == 0 else np.nan


def _spans(x: np.ndarray, low: float, high: float) -> bool:
    """Whether a curve reaches from one composition to another, its ends at most."""
    return bool(x.min() < low + REACH and x.max() > high - REACH)


def _between(x: np.ndarray, V: np.ndarray, low: float, high: float):
    """A curve cut at two ends. Where it is vertical, the side towards the middle counts."""
    inside = (x > low + 1e-9) & (x < high - 1e-9)
    first = V[inside][0] if np.isclose(x, low).any() else np.interp(low, x, V)
    last = V[inside][-1] if np.isclose(x, high).any() else np.interp(high, x, V)
    return np.r_[low, x[inside], high], np.r_[first, V[inside], last]


@measure
def voltage_step(evidence: Evidence, temperature: float, x: float) -> tuple[float, float]:
    """How much higher the voltage is just below a composition than just above it, mV."""
    curve = _at(evidence.voltages, temperature)
    if curve is None or not _spans(curve.x, x - SIDE, x + SIDE):
        return UNKNOWN
    below, above = np.interp([x - SIDE, x + SIDE], curve.x, curve.voltage_V)
    return 1000 * float(below - above), 0.0 if temperature == 0 else np.nan


def _occupation(evidence: Evidence, label: str, T: float, x_low: float, x_high: float):
    curve = _at(evidence.occupancies, T)
    if curve is None or label not in curve.occupied:
        return np.empty(0), np.empty(0)
    x = curve.x
    if not _spans(x, x_low, x_high if np.isfinite(x_high) else x_low):
        return np.empty(0), np.empty(0)
    inside = (x >= x_low - 1e-9) & (x <= x_high + 1e-9)
    return x[inside], curve.occupied[label][inside]


@measure
def least_occupation(
    evidence: Evidence, label: str, temperature: float, x_low: float, x_high: float
) -> tuple[float, float]:
    """Least occupied fraction of a sublattice between two compositions."""
    _, filled = _occupation(evidence, label, temperature, x_low, x_high)
    return (float(filled.min()), np.nan) if len(filled) else UNKNOWN


@measure
def least_occupied_at(
    evidence: Evidence, label: str, temperature: float, x_low: float, x_high: float
) -> tuple[float, float]:
    """Composition at which a sublattice is least occupied."""
    x, filled = _occupation(evidence, label, temperature, x_low, x_high)
    return (float(x[filled.argmin()]), np.nan) if len(x) else UNKNOWN


@measure
def drop(
    evidence: Evidence, label: str, temperature: float, level: float, x_low: float
) -> tuple[float, float]:
    """Composition above ``x_low`` at which the occupation of a sublattice falls below a level."""
    x, filled = _occupation(evidence, label, temperature, x_low, np.inf)
    below = np.flatnonzero(filled < level)
    if not len(below):
        return UNKNOWN
    k = below[0]
    if k == 0:
        return float(x[0]), np.nan
    share = (filled[k - 1] - level) / (filled[k - 1] - filled[k])
    return float(x[k - 1] + share * (x[k] - x[k - 1])), np.nan


@measure
def least_entropy(
    evidence: Evidence, temperature: float, x_low: float, x_high: float
) -> tuple[float, float]:
    """Composition of least configurational entropy between two others.

    The vertex of a parabola through the states near the lowest, whose entropies are noisy.
    """
    curve = _at(evidence.entropies, temperature)
    if curve is None:
        return UNKNOWN
    x, S = curve.x, curve.entropy_kB_per_fu
    inside = np.flatnonzero((x > x_low) & (x < x_high))
    if not len(inside):
        return UNKNOWN
    lowest = x[inside[S[inside].argmin()]]
    near = inside[np.abs(x[inside] - lowest) < NEAR]
    if len(near) > 3:
        curvature, slope, _ = np.polyfit(x[near] - lowest, S[near], 2)
        if curvature > 0:
            lowest = np.clip(lowest - slope / (2 * curvature), x[near].min(), x[near].max())
    return float(lowest), np.nan

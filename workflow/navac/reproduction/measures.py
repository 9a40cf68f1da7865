"""Numbers that a finished campaign gives for comparison with published ones.

Each measure is named in the table of published numbers with its arguments, and takes them from
the result files: value and standard error, both NaN where the campaign does not show what is
asked.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import TypeVar

import numpy as np

from navac.energies.table import energies_in, mixing_energies
from navac.hull import lower_hull
from navac.reproduction.evidence import Evidence
from navac.results import schema

UNKNOWN = (np.nan, np.nan)
NEAR = 0.05
"""States so near in x to the one of least entropy tell where it is least."""

REACH = 0.05
"""A curve may end so far from the composition that it is said to reach."""

SIDE = 0.05
"""Distance in x from a composition at which the voltages of a step are read."""


Measure = Callable[..., tuple[float, float]]
Curve = TypeVar("Curve", schema.Entropy, schema.Occupancy, schema.VoltageCurve)
MEASURES: dict[str, Measure] = {}


def measure(function: Measure) -> Measure:
    """Enter a function as a measure of its name."""
    MEASURES[function.__name__] = function
    return function


def problem_of(name: str, arguments: list[str]) -> str | None:
    """Why a measure cannot be called so, or None."""
    if name not in MEASURES:
        return f"{name} is not a measure; use one of {', '.join(MEASURES)}"
    wanted = list(inspect.signature(MEASURES[name]).parameters.values())[1:]
    said = f"{name} takes {' '.join(p.name for p in wanted)}"
    if len(wanted) != len(arguments):
        return f"{said}, not {' '.join(arguments) or 'nothing'}"
    for parameter, text in zip(wanted, arguments, strict=True):
        if parameter.annotation == "float":
            try:
                float(text)
            except ValueError:
                return f"{said}; {text} is not a number"
    return None


def evaluate(evidence: Evidence, name: str, arguments: list[str]) -> tuple[float, float]:
    """Value and standard error of a measure with arguments as they stand in the table."""
    wanted = list(inspect.signature(MEASURES[name]).parameters.values())[1:]
    given = [
        float(text) if parameter.annotation == "float" else text
        for parameter, text in zip(wanted, arguments, strict=True)
    ]
    return MEASURES[name](evidence, *given)


@measure
def mixing_energy(evidence: Evidence, x: float) -> tuple[float, float]:
    """Lowest mixing energy at a composition, meV per formula unit."""
    ranges = evidence.settings.ranges
    ends = (
        min(r.x[0] for r in ranges.values()), max(r.x[1] for r in ranges.values())
    )  # fmt: skip
    mixing = mixing_energies(evidence.energies, ends)
    here = mixing[np.isclose(evidence.energies.x, x)]
    here = here[np.isfinite(here)]
    return (1000 * here.min() / evidence.formula_units, 0.0) if len(here) else UNKNOWN


@measure
def above_hull(evidence: Evidence, x: float) -> tuple[float, float]:
    """Lowest energy at a composition above the hull of the others, meV per formula unit.

    Negative where it is a ground state: so far below the hull without it.
    """
    fu = evidence.formula_units
    for name, settings in evidence.settings.ranges.items():
        if settings.x[0] < x < settings.x[1]:
            rows = energies_in(evidence.energies, name, settings.x)
            own = np.isclose(rows.x, x)
            if own.any():
                hull = lower_hull(rows.x[~own], rows.energy_eV_per_cell[~own], fu)
                lowest = rows.energy_eV_per_cell[own].min()
                return 1000 * float(hull.above(x, lowest)) / fu, 0.0
    return UNKNOWN


@measure
def fit_score(evidence: Evidence, composition_range: str, score: str) -> tuple[float, float]:
    """An entry of the fit's scores, as ``rms_meV_per_fu``.

    Nothing of a fit to published energies without noise: these are an expansion's own.
    """
    if _without_noise(evidence):
        return UNKNOWN
    return float(evidence.scores.get(composition_range, {}).get(score, np.nan)), np.nan


def _without_noise(evidence: Evidence) -> bool:
    energies = evidence.settings.energies
    return energies.backend == "published" and energies.noise_meV_per_fu == 0


@measure
def interactions(evidence: Evidence, composition_range: str) -> tuple[float, float]:
    """Number of interactions, the constant not counted; nothing where :func:`fit_score` is not."""
    if _without_noise(evidence):
        return UNKNOWN
    table = evidence.interactions.get(composition_range)
    return (np.nan if table is None else float((table["index"] > 1).sum())), 0.0


@measure
def interaction(evidence: Evidence, composition_range: str, index: float) -> tuple[float, float]:
    """ECI per cluster of an index of the table, meV; 0 where the fit did without."""
    table = evidence.interactions.get(composition_range)
    if table is None:
        return UNKNOWN
    return float(table.loc[table["index"] == index, "eci_per_multiplicity_meV"].sum()), np.nan


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

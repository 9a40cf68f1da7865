"""The phase diagram of one composition range, with standard errors by block resampling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from navac.electronic import MixedValence, tie_lines
from navac.paths import Plan
from navac.phases import (
    Coexistence,
    Envelope,
    coexistences,
    envelope,
    highest_temperature,
    merged,
    tangent_crossing,
)
from navac.records import Samples
from navac.thermodynamics import Branches, block_weights, branches


@dataclass(frozen=True)
class Boundary:
    """A two-phase region.

    Attributes:
        temperature: ``[step]`` K.
        values: ``[step, 3]`` x of the low side, x of the high side, μ in eV per atom.
        stderr: ``[step, 3]`` their standard errors.
        critical: temperature where the region closes, its standard error, and x there; NaN
            where it does not close into one phase.
    """

    temperature: np.ndarray
    values: np.ndarray
    stderr: np.ndarray
    critical: tuple[float, float, float]


@dataclass(frozen=True)
class Diagram:
    """Everything that the sampled paths of a range say about its phases."""

    plan: Plan
    resampled: tuple[Branches, ...]
    steps: tuple[Envelope, ...]
    number_stderr: np.ndarray
    found: tuple[Coexistence, ...]
    smallest: float
    formula_units: int

    @property
    def data(self) -> Branches:
        """The branches without resampling."""
        return self.resampled[0]

    def at(self, T: float) -> tuple[Envelope, list[Coexistence]]:
        """Stable states and equilibria at a sampled temperature."""
        step = int(np.abs(self.plan.temperatures - T).argmin())
        return self.steps[step], [c for c in self.found if c.step == step]


def phase_diagram(
    plan: Plan, samples: Samples, *, smallest_x: float, formula_units: int, resamples: int,
    seed: int,
) -> Diagram:
    """Find phases and boundaries.

    Args:
        smallest_x: smallest jump of x that counts as a two-phase region.
        resamples: bootstrap resamples of the block averages.
    """
    weights = block_weights(samples.energy.shape[1], resamples, seed)
    resampled = tuple(branches(plan, samples, w) for w in weights)
    smallest = smallest_x * formula_units
    steps = tuple(envelope(plan, resampled[0], k) for k in range(len(plan.temperatures)))
    stderr = np.array([
        np.std([envelope(plan, b, k, now.branch).number for b in resampled[1:]], axis=0)
        for k, now in enumerate(steps)
    ])  # fmt: skip
    found = coexistences(plan, steps, stderr, smallest, formula_units)
    return Diagram(plan, resampled, steps, stderr, tuple(found), smallest, formula_units)


def boundaries(diagram: Diagram) -> dict[str, Boundary]:
    """Two-phase regions by name ``low+high``."""
    names = sorted({(c.low, c.high) for c in diagram.found}, key=lambda n: _order(diagram, n))
    return {f"{low}+{high}": _boundary(diagram, low, high) for low, high in names}


def _order(diagram: Diagram, names: tuple[str, str]) -> float:
    return min(c.n_low for c in diagram.found if (c.low, c.high) == names)


def _boundary(diagram: Diagram, low: str, high: str) -> Boundary:
    found = [c for c in diagram.found if (c.low, c.high) == (low, high)]
    fu = diagram.formula_units
    scale = np.array([1 / fu, 1 / fu, 1])
    values = np.array([(c.n_low, c.n_high, c.mu) for c in found]) * scale
    again = np.array([[_again(diagram, c, b) for b in diagram.resampled[1:]] for c in found])
    stderr = again.std(axis=1) * scale
    T = diagram.plan.temperatures
    present = np.isin(np.arange(len(T)), [c.step for c in found])
    top, last = highest_temperature(T, present)
    critical = (np.nan, np.nan, np.nan)
    if last + 1 < len(T) and merged(diagram.plan, diagram.found, last + 1, low, high):
        at = [c for c in found if c.step == last][-1]
        x = (at.n_low + at.n_high) / 2 / fu
        critical = (top, _top_stderr(diagram, (x - 0.5, x + 0.5), top), x)
    return Boundary(T[[c.step for c in found]], values, stderr, critical)


def _again(diagram: Diagram, c: Coexistence, data: Branches) -> tuple[float, float, float]:
    """A crossing evaluated with resampled averages."""
    now = envelope(diagram.plan, data, c.step, diagram.steps[c.step].branch)
    mu, n_low, n_high = tangent_crossing(now, c.left, c.right)
    return n_low, n_high, mu


def _present(diagram: Diagram, found: Sequence[Coexistence], window) -> np.ndarray:
    """``[step]`` whether some two-phase region has its middle inside a window of x."""
    low, high = (edge * diagram.formula_units for edge in window)
    steps = {c.step for c in found if low < (c.n_low + c.n_high) / 2 < high}
    return np.isin(np.arange(len(diagram.plan.temperatures)), list(steps))


def _top_stderr(diagram: Diagram, window, top: float) -> float:
    """Standard error of the highest two-phase temperature: resampling and the T step."""
    T = diagram.plan.temperatures
    tops = []
    for data in diagram.resampled[1:]:
        steps = [envelope(diagram.plan, data, k) for k in range(len(T))]
        # Resampled averages carry the noise twice, so jumps are held against both.
        found = coexistences(
            diagram.plan, steps, np.sqrt(2) * diagram.number_stderr, diagram.smallest,
            diagram.formula_units,
        )  # fmt: skip
        tops.append(highest_temperature(T, _present(diagram, found, window))[0])
    width = np.diff(T)[np.clip(np.searchsorted(T, top) - 1, 0, len(T) - 2)]
    return float(np.hypot(np.nanstd(tops), width / np.sqrt(12)))


def summary(diagram: Diagram, windows: Mapping[str, tuple[float, float]]) -> dict[str, tuple]:
    """Per window of x: highest two-phase temperature, its standard error, and x there."""
    result = {}
    for name, window in windows.items():
        present = _present(diagram, diagram.found, window)
        top, last = highest_temperature(diagram.plan.temperatures, present)
        x = [(c.n_low + c.n_high) / 2 / diagram.formula_units for c in diagram.found
             if c.step == last]  # fmt: skip
        inside = [v for v in x if window[0] < v < window[1]]
        error = _top_stderr(diagram, window, top) if inside else np.nan
        result[name] = (top, error, inside[-1] if inside else np.nan)
    return result


def electronic_boundaries(diagram: Diagram, valence: MixedValence) -> dict[str, Boundary]:
    """Two-phase regions with the entropy of mixed valence, by common tangents.

    A tie line takes the name of the region without that entropy which it overlaps most.
    """
    rows: dict[str, list] = {}
    T = diagram.plan.temperatures
    for step, temperature in enumerate(T):
        lines = [
            tie_lines(b, diagram.plan.mu_grid, step, temperature, valence, diagram.smallest)
            for b in diagram.resampled
        ]
        for mu, low, high in lines[0]:
            alike = [_overlapping(some, low, high) for some in lines[1:]]
            alike = np.array([line for line in alike if line]).reshape(-1, 3)
            stderr = alike.std(axis=0) if len(alike) > 1 else np.full(3, np.nan)
            name = _name(diagram, step, low, high)
            rows.setdefault(name, []).append((step, (low, high, mu), stderr[[1, 2, 0]]))
    fu = np.array([diagram.formula_units, diagram.formula_units, 1])
    result = {}
    for name, some in rows.items():
        steps = [r[0] for r in some]
        top, last = highest_temperature(T, np.isin(np.arange(len(T)), steps))
        closes = last < len(T) - 1
        x = np.mean([r[1][:2] for r in some if r[0] == last]) / diagram.formula_units
        width = np.diff(T)[min(last, len(T) - 2)] / np.sqrt(12)
        critical = (top, float(width), float(x)) if closes else (np.nan, np.nan, np.nan)
        values, stderr = (np.array([r[k] for r in some]) / fu for k in (1, 2))
        result[name] = Boundary(T[steps], values, stderr, critical)
    return result


def _overlapping(lines, low: float, high: float):
    """The tie line that overlaps [low, high] most, if any does."""
    overlap = [min(high, b) - max(low, a) for _, a, b in lines]
    return lines[int(np.argmax(overlap))] if overlap and max(overlap) > 0 else None


def _name(diagram: Diagram, step: int, low: float, high: float) -> str:
    """Name of the configurational two-phase region that a tie line overlaps most."""
    nearest = min((abs(c.step - step) for c in diagram.found), default=0)
    here = [c for c in diagram.found if abs(c.step - step) == nearest]
    overlap = [min(high, c.n_high) - max(low, c.n_low) for c in here]
    if overlap and max(overlap) > 0:
        c = here[int(np.argmax(overlap))]
        return f"{c.low}+{c.high}"
    ends = [diagram.plan.phases[int(np.abs(diagram.plan.number - n).argmin())] for n in (low, high)]
    return "+".join(ends)

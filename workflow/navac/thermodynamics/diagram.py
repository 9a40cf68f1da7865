"""The phase diagram of one composition range, with standard errors by block resampling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from navac.sampling.plan import Plan
from navac.sampling.record import Samples
from navac.thermodynamics.closing import Names, closed, critical_points
from navac.thermodynamics.critical import CriticalPoint
from navac.thermodynamics.crossing import crossings, number_errors
from navac.thermodynamics.electronic import MixedValence, shifted_plan, with_mixed_valence
from navac.thermodynamics.envelope import Envelope, envelope
from navac.thermodynamics.integration import Branches, block_weights, branches
from navac.thermodynamics.phases import (
    Coexistence,
    coexistences,
    highest_temperature,
    merged,
    metastability_width,
)


@dataclass(frozen=True, kw_only=True)
class Boundary:
    """A two-phase region.

    Attributes:
        temperature: ``[step]`` K.
        values: ``[step, 3]`` x of the low side, x of the high side, μ in eV per atom.
        stderr: ``[step, 3]`` their standard errors.
        metastability_width: ``[step, 2]`` how far beyond μ each phase was sampled as itself, eV
            per atom; see :func:`navac.thermodynamics.phases.metastability_width`.
        critical: temperature where the region closes, its standard error, and x there; NaN
            where it does not close into one phase.
    """

    temperature: np.ndarray
    values: np.ndarray
    stderr: np.ndarray
    metastability_width: np.ndarray
    critical: tuple[float, float, float]


@dataclass(frozen=True, kw_only=True)
class Diagram:
    """Everything that the sampled paths of a range say about its phases.

    Attributes:
        plan: the paths.
        resampled: the branches without resampling, then those of every resample.
        steps: the stable states of every temperature.
        number_stderr: ``[T, μ]`` standard errors of N of the stable states, atoms per primitive
            cell.
        found: every two-phase equilibrium.
        smallest: smallest jump in N, atoms per primitive cell.
        formula_units: formula units per primitive cell.
        bounds: the range of x for which the sampled expansion holds.
        cells: primitive cells of the supercell.
        critical: critical points of regions that close in one, by the names of their phases.
    """

    plan: Plan
    resampled: tuple[Branches, ...]
    steps: tuple[Envelope, ...]
    number_stderr: np.ndarray
    found: tuple[Coexistence, ...]
    smallest: float
    formula_units: int
    bounds: tuple[float, float]
    cells: int
    critical: Mapping[Names, CriticalPoint] = field(default_factory=dict)

    @property
    def data(self) -> Branches:
        """The branches without resampling."""
        return self.resampled[0]

    def sampled(self, T: float) -> bool:
        """Whether a temperature, K, is among the sampled ones."""
        return bool(np.isclose(self.plan.temperatures, T).any())

    def at(self, T: float) -> tuple[Envelope, list[Coexistence]]:
        """Stable states and equilibria at a sampled temperature."""
        step = int(np.abs(self.plan.temperatures - T).argmin())
        return self.steps[step], [c for c in self.found if c.step == step]


def phase_diagram(
    plan: Plan,
    samples: Samples,
    scanned: Samples | None = None,
    *,
    bounds: tuple[float, float],
    smallest_x: float,
    formula_units: int,
    resamples: int,
    seed: int,
    supercell: tuple[int, int, int] | None = None,
) -> Diagram:
    """Find phases and boundaries.

    Args:
        scanned: samples of the scans, if the plan is one of scans.
        bounds: the range of x for which the sampled expansion holds.
        smallest_x: smallest jump of x that counts as a two-phase region.
        resamples: bootstrap resamples of the block averages.
        supercell: its lengths in primitive cells; without, no equation of state is fitted where
            regions close.
    """
    weights = block_weights(samples.energy.shape[1], resamples, seed)
    resampled = tuple(branches(plan, samples, w, scanned) for w in weights)
    return _diagram(
        plan, resampled, smallest_x * formula_units, formula_units, bounds, samples.cells, supercell
    )


def with_electronic_entropy(diagram: Diagram, valence: MixedValence) -> Diagram:
    """The diagram once more, with the entropy of mixed valence in the free energies."""
    plan = shifted_plan(diagram.plan, valence)
    resampled = tuple(
        with_mixed_valence(diagram.plan, plan, data, valence, diagram.smallest)
        for data in diagram.resampled
    )
    return _diagram(
        plan, resampled, diagram.smallest, diagram.formula_units, diagram.bounds, diagram.cells
    )


def _diagram(plan, resampled, smallest: float, fu: int, bounds, cells, supercell=None) -> Diagram:
    steps = tuple(envelope(plan, resampled[0], k) for k in range(len(plan.temperatures)))
    stderr = np.array([
        np.std([envelope(plan, b, k, now.branch).number for b in resampled[1:]], axis=0)
        for k, now in enumerate(steps)
    ])  # fmt: skip
    found = coexistences(plan, steps, stderr, smallest, fu, bounds)
    critical = {} if supercell is None else critical_points(plan, resampled, found, supercell)
    errors = number_errors(plan, resampled, cells)
    found = crossings(plan, resampled, errors, steps, found)
    found = closed(plan, steps, found, critical)
    return Diagram(
        plan=plan,
        resampled=resampled,
        steps=steps,
        number_stderr=stderr,
        found=tuple(found),
        smallest=smallest,
        formula_units=fu,
        bounds=bounds,
        cells=cells,
        critical=critical,
    )


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
    stderr = np.array([c.stderr for c in found]) * scale
    T = diagram.plan.temperatures
    present = np.isin(np.arange(len(T)), [c.step for c in found])
    top, last = highest_temperature(T, present)
    critical = (np.nan, np.nan, np.nan)
    if (point := diagram.critical.get((low, high))) is not None:
        critical = (point.temperature, point.temperature_stderr, point.number / fu)
    elif last + 1 < len(T) and merged(diagram.plan, diagram.found, last + 1, low, high):
        at = [c for c in found if c.step == last][-1]
        x = (at.n_low + at.n_high) / 2 / fu
        window = _window(diagram, low, high)
        critical = (top, _top_stderr(diagram, window, top), x)
    kept = np.array([metastability_width(diagram.plan, diagram.data, c) for c in found])
    return Boundary(
        temperature=T[[c.step for c in found]],
        values=values,
        stderr=stderr,
        metastability_width=kept,
        critical=critical,
    )


def _window(diagram: Diagram, low: str, high: str) -> tuple[float, float]:
    """The nominal compositions of two named phases."""
    number = dict(zip(diagram.plan.phases, diagram.plan.number, strict=True))
    return number[low] / diagram.formula_units, number[high] / diagram.formula_units


def _inside(diagram: Diagram, c: Coexistence, window: tuple[float, float]) -> bool:
    """Whether a two-phase region belongs to a window of x.

    It does if its middle lies inside; but what borders on a known phase at an edge of the
    window is counted on the side of the phase that it is on, for that phase may have drifted
    past its nominal composition.
    """
    x = dict(zip(diagram.plan.phases, diagram.plan.number / diagram.formula_units, strict=True))
    low, high = x.get(c.low), x.get(c.high)
    if high in window or low in window:
        return high == window[1] or low == window[0]
    return window[0] < (c.n_low + c.n_high) / 2 / diagram.formula_units < window[1]


def _present(diagram: Diagram, found: Sequence[Coexistence], window) -> np.ndarray:
    """``[step]`` whether some two-phase region belongs to a window."""
    steps = {c.step for c in found if _inside(diagram, c, window)}
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
            diagram.formula_units, diagram.bounds,
        )  # fmt: skip
        tops.append(highest_temperature(T, _present(diagram, found, window))[0])
    width = np.diff(T)[np.clip(np.searchsorted(T, top) - 1, 0, len(T) - 2)]
    return float(np.hypot(np.nanstd(tops), width / np.sqrt(12)))


def summary(diagram: Diagram, windows: Mapping[str, tuple[float, float]]) -> dict[str, tuple]:
    """Per window of x: highest two-phase temperature, its standard error, and x there."""
    return {name: _top(diagram, window) for name, window in windows.items()}


def _top(diagram: Diagram, window: tuple[float, float]) -> tuple[float, float, float]:
    present = _present(diagram, diagram.found, window)
    top, last = highest_temperature(diagram.plan.temperatures, present)
    inside = [c for c in diagram.found if c.step == last and _inside(diagram, c, window)]
    if not inside:
        return top, np.nan, np.nan
    point = diagram.critical.get((inside[-1].low, inside[-1].high))
    if point is not None:
        return point.temperature, point.temperature_stderr, point.number / diagram.formula_units
    x = (inside[-1].n_low + inside[-1].n_high) / 2 / diagram.formula_units
    return top, _top_stderr(diagram, window, top), x

"""The phase diagram of one composition range: phases, their surfaces, and where these cross."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from navac.sampling.plan import Plan
from navac.sampling.record import Samples
from navac.thermodynamics.assignment import Assignment, assign
from navac.thermodynamics.closing import Names, closed, critical_points
from navac.thermodynamics.coexistence import Coexistence, coexistences, one_from
from navac.thermodynamics.cooling import systematic
from navac.thermodynamics.critical import CriticalPoint
from navac.thermodynamics.discovered import NONE
from navac.thermodynamics.electronic import MixedValence, shifted_plan, with_mixed_valence
from navac.thermodynamics.envelope import Envelope, envelope
from navac.thermodynamics.equilibria import stable_phases
from navac.thermodynamics.extension import fields_of
from navac.thermodynamics.fields import Fields
from navac.thermodynamics.integration import Branches, block_weights, branches
from navac.thermodynamics.invariants import CONGRUENT, Invariant
from navac.thermodynamics.irreversible import bounded, reached_by_jumps
from navac.thermodynamics.order import Crystal
from navac.thermodynamics.phase_states import doubts, states_of
from navac.thermodynamics.scaling import rounding
from navac.thermodynamics.settling import settled
from navac.thermodynamics.surfaces import Surface, fit_surface, strangers
from navac.thermodynamics.topology import Event, changes

MARGIN = 0.05
"""A region may end so far beyond the bounds of x."""

ROUNDS = 3
"""Fits of a phase, each without the states that the one before found not to be of it."""

FEWEST = 12
"""States to which a surface is fitted."""


@dataclass(frozen=True, kw_only=True)
class Diagram:
    """Everything that the sampled paths of a range say about its phases.

    Attributes:
        plan: the paths.
        resampled: the branches without resampling, then those of every resample.
        assignment: the phase of every state.
        surfaces: of every phase; None for one that was hardly sampled.
        fields: the surfaces on the sampled grid.
        steps: the stable states of every temperature.
        found: every two-phase equilibrium.
        invariants: where phases come and go between others.
        events: what could not be resolved.
        critical: critical points of regions that close in one, by the names of their phases.
        formula_units: formula units per primitive cell.
        bounds: the range of x for which the sampled expansion holds.
        cells: primitive cells of the supercell.
        smallest: smallest jump in N, atoms per primitive cell.
        rounding: relative standard error of the temperatures at which two phases become one.
    """

    plan: Plan
    resampled: tuple[Branches, ...]
    assignment: Assignment
    surfaces: tuple[Surface | None, ...]
    fields: Fields
    steps: tuple[Envelope, ...]
    found: tuple[Coexistence, ...]
    invariants: tuple[Invariant, ...]
    events: tuple[Event, ...]
    critical: Mapping[Names, CriticalPoint] = field(default_factory=dict)
    formula_units: int
    bounds: tuple[float, float]
    cells: int
    smallest: float
    rounding: float = 0.0

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

    def inside(self, number: float, margin: float = 0.0) -> bool:
        """Whether atoms per primitive cell are within the bounds of x, or a margin of x beyond."""
        low, high = self.bounds
        return low - margin < number / self.formula_units < high + margin


def phase_diagram(
    plan: Plan,
    samples: Samples,
    scanned: Samples | None = None,
    *,
    crystal: Crystal,
    bounds: tuple[float, float],
    smallest_x: float,
    formula_units: int,
    resamples: int,
    seed: int,
) -> Diagram:
    """Find phases and boundaries.

    Args:
        scanned: samples of the scans, if the plan is one of scans.
        crystal: sublattices, lattice and supercell.
        bounds: the range of x for which the sampled expansion holds.
        smallest_x: smallest jump of x that counts as a two-phase region.
        resamples: bootstrap resamples of the block averages.
    """
    weights = block_weights(samples.energy.shape[1], resamples, seed)
    resampled = tuple(branches(plan, samples, w, scanned) for w in weights)
    smallest = smallest_x * formula_units
    limits = (bounds[0] * formula_units, bounds[1] * formula_units)
    assignment = assign(
        plan, resampled, crystal, smallest=smallest, formula_units=formula_units, limits=limits
    )
    doubt = doubts(plan, resampled[0], scanned=scanned is not None)
    surfaces = []
    for k in range(len(assignment.names)):
        surface, phase = _fitted(plan, resampled, doubt, assignment.phase, k, samples)
        assignment = replace(assignment, phase=phase)
        surfaces.append(surface)
    common = systematic(plan, resampled[0], assignment, surfaces)
    surfaces = [
        s if s is None or k < len(plan.phases)
        else replace(s, route_error=float(np.hypot(s.route_error, common)))
        for k, s in enumerate(surfaces)
    ]  # fmt: skip
    fields = fields_of(plan, surfaces, assignment.phase, len(resampled), smallest)
    for k in reached_by_jumps(plan, fields, assignment.phase, samples.cells):
        surfaces[k], phase = _fitted(
            plan, resampled, doubt, assignment.phase, k, samples, by_integrals=False
        )
        assignment = replace(assignment, phase=phase)
    fields = fields_of(plan, surfaces, assignment.phase, len(resampled), smallest)
    surfaces = bounded(plan, fields, assignment.phase, surfaces, samples.cells)
    diagram = Diagram(
        plan=plan, resampled=resampled, assignment=assignment, surfaces=tuple(surfaces),
        fields=fields_of(plan, surfaces, assignment.phase, len(resampled), smallest), steps=(),
        found=(), invariants=(), events=(), formula_units=formula_units, bounds=bounds,
        cells=samples.cells, smallest=smallest, rounding=rounding(crystal.supercell),
    )  # fmt: skip
    return _with_equilibria(diagram, crystal.supercell)


def _fitted(
    plan: Plan,
    resampled: Sequence[Branches],
    doubt,
    phase: np.ndarray,
    number: int,
    samples: Samples,
    *,
    by_integrals: bool = True,
) -> tuple[Surface | None, np.ndarray]:
    """The surface of a phase, and the assignment without states that turn out not to be of it."""
    surface, kept = None, phase.copy()
    for _ in range(ROUNDS):
        if (kept == number).any(axis=0).sum() < FEWEST:
            return None, kept
        states = states_of(plan, resampled, doubt, kept, number, samples.cells, samples.sweeps)
        surface = fit_surface(plan, states, by_integrals=by_integrals)
        far = strangers(plan, resampled[0], kept == number, states, surface)
        if not far.any():
            break
        kept[far] = NONE
    return surface, kept


def with_electronic_entropy(diagram: Diagram, valence: MixedValence) -> Diagram:
    """The diagram once more, with the entropy of mixed valence in the free energies."""
    plan = shifted_plan(diagram.plan, valence)
    fields = with_mixed_valence(diagram.fields, plan.mu_grid, valence)
    return _with_equilibria(replace(diagram, plan=plan, fields=fields, critical={}), None)


def with_fields(diagram: Diagram, fields: Fields) -> Diagram:
    """The diagram that other surfaces of the same phases have; it is without critical points."""
    return _with_equilibria(replace(diagram, fields=fields, critical={}), None)


def _with_equilibria(diagram: Diagram, supercell: Sequence[int] | None) -> Diagram:
    """The diagram with what its fields say; critical points are those of a supercell."""
    fields = diagram.fields
    sequences = settled(fields, stable_phases(fields), diagram.assignment.ordered)
    steps = tuple(
        envelope(diagram.plan, diagram.data, diagram.assignment.phase, fields, k, sequences[k])
        for k in range(len(sequences))
    )
    invariants, events = changes(fields, sequences, diagram.assignment.touching)
    invariants = [p for p in invariants if diagram.inside(float(np.mean(p.number)), MARGIN)]
    found = [
        c for c in coexistences(
            fields, sequences, diagram.assignment, diagram.smallest, invariants
        )
        if diagram.inside((c.n_low + c.n_high) / 2)
    ]  # fmt: skip
    critical: dict[Names, CriticalPoint] = {}
    if supercell is not None:
        ends = one_from(
            fields, diagram.data, diagram.assignment, found, invariants, diagram.smallest
        )
        invariants = [p for p in invariants if not _in_name_only(diagram, p, ends)]
        critical = critical_points(diagram.plan, diagram.resampled, found, ends, supercell)
        found = [c for c in found if c.step < ends.get((c.low, c.high), len(sequences))]
        found = closed(diagram.plan, steps, found, critical)
    return replace(
        diagram, steps=steps, found=tuple(found), invariants=tuple(invariants),
        events=tuple(events), critical=critical,
    )  # fmt: skip


def _in_name_only(diagram: Diagram, point: Invariant, ends: Mapping[Names, int]) -> bool:
    """Whether the two phases of a congruent point are one there."""
    if point.kind != CONGRUENT:
        return False
    outer, inner = (diagram.assignment.names[k] for k in point.phases)
    return point.step >= min(ends.get((outer, inner), np.inf), ends.get((inner, outer), np.inf))

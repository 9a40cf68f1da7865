"""A phase diagram as a planar graph: its two-phase regions, and the points in which these end."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise, permutations

import numpy as np

from navac.thermodynamics.diagram import MARGIN, Diagram
from navac.thermodynamics.equilibria import equilibria
from navac.thermodynamics.invariants import CONGRUENT, INVARIANT, Invariant, meeting
from navac.thermodynamics.regions import Boundary, End, boundaries
from navac.thermodynamics.topology import CRITICAL

SAME = 1e-6
"""Temperatures in K, x, and chemical potentials in eV that differ by less are the same."""

POINTS = (INVARIANT, CONGRUENT, CRITICAL)
"""Kinds of ends in which a region meets others, or its own other side."""


@dataclass(frozen=True, kw_only=True)
class Region:
    """A two-phase region.

    Attributes:
        low, high: names of its phases.
        temperature: ``[step]`` K, rising.
        x: ``[step, 2]`` of both sides.
        stderr: ``[step, 2]`` standard errors of these.
        begins, ends: its lowest and its highest temperature.
    """

    low: str
    high: str
    temperature: np.ndarray
    x: np.ndarray
    stderr: np.ndarray
    begins: End
    ends: End

    @property
    def name(self) -> str:
        """Both phases, and where they coexist."""
        first, last = self.begins.temperature, self.ends.temperature
        return f"{self.low}+{self.high} ({first:.0f} to {last:.0f} K)"

    def at(self, T: float) -> np.ndarray | None:
        """x of both sides, then their standard errors; None beyond the region and in its points."""
        if not self.temperature[0] - SAME <= T <= self.temperature[-1] + SAME:
            return None
        if any(e.kind in POINTS and abs(e.temperature - T) <= SAME for e in self.both_ends):
            return None
        columns = np.hstack([self.x, np.nan_to_num(self.stderr)]).T
        return np.array([np.interp(T, self.temperature, c) for c in columns])

    @property
    def both_ends(self) -> tuple[End, End]:
        """The lower and the upper one."""
        return self.begins, self.ends


@dataclass(frozen=True, kw_only=True)
class Corner:
    """An invariant point of a diagram.

    Attributes:
        kind: invariant or congruent, see :mod:`navac.thermodynamics.topology`.
        phases: names by rising x; of a congruent point the outer phase and the one inside it.
        temperature: K.
        x: of every phase.
        mu: eV per atom.
        above: whether the middle phase, or the inner one, is stable above.
        whole: whether all of its regions are at compositions that were looked at.
    """

    kind: str
    phases: tuple[str, ...]
    temperature: float
    x: tuple[float, ...]
    mu: float
    above: bool
    whole: bool = True

    @property
    def name(self) -> str:
        """Kind, phases and temperature."""
        return f"{self.kind} point of {', '.join(self.phases)} at {self.temperature:.1f} K"

    def meets(self, region: Region, end: End) -> bool:
        """Whether a region ends here, whichever of its phases is on which side."""
        if end.kind != self.kind or not {region.low, region.high} <= set(self.phases):
            return False
        pair = (
            (self.x[0],) * 2 if self.kind == CONGRUENT
            else tuple(self.x[self.phases.index(p)] for p in (region.low, region.high))
        )  # fmt: skip
        differences = np.subtract((end.temperature, *end.values[:2]), (self.temperature, *pair))
        return bool((np.abs(differences) <= SAME).all())

    @property
    def regions(self) -> list[tuple[str, str, bool]]:
        """Low and high phase of the regions that meet here, and whether they are above."""
        if self.kind == CONGRUENT:
            outer, inner = self.phases
            return [(outer, inner, self.above), (inner, outer, self.above)]
        low, middle, high = self.phases
        inner_regions = [(low, middle, self.above), (middle, high, self.above)]
        return [*inner_regions, (low, high, not self.above)]


@dataclass(frozen=True, kw_only=True)
class Graph:
    """A diagram.

    Attributes:
        regions: its two-phase regions.
        corners: its invariant points.
        one: pairs of phases that go over into each other without a two-phase region.
    """

    regions: tuple[Region, ...]
    corners: tuple[Corner, ...]
    one: frozenset[frozenset[str]] = frozenset()


def graph_of(diagram: Diagram) -> Graph:
    """The graph of what was found in a range of x."""
    names = diagram.assignment.names
    return Graph(
        regions=tuple(_region(n, b, names) for n, b in boundaries(diagram).items()),
        corners=tuple(_corner(diagram, point) for point in diagram.invariants),
        one=frozenset(_without_region(diagram)),
    )


def _region(name: str, boundary: Boundary, names: tuple[str, ...]) -> Region:
    """A region from its name, ``low+high`` with a number behind it or not."""
    low, high = next(
        pair for pair in permutations(names, 2)
        if name == "+".join(pair) or name.startswith("+".join(pair) + " ")
    )  # fmt: skip
    return Region(
        low=low, high=high, temperature=boundary.temperature, x=boundary.values[:, :2],
        stderr=boundary.stderr[:, :2], begins=boundary.begins, ends=boundary.ends,
    )  # fmt: skip


def _corner(diagram: Diagram, point: Invariant) -> Corner:
    return Corner(
        kind=point.kind,
        phases=tuple(diagram.assignment.names[k] for k in point.phases),
        temperature=point.temperature,
        x=tuple(n / diagram.formula_units for n in point.number),
        mu=point.mu,
        above=point.above,
        whole=_whole(diagram, point),
    )


def _whole(diagram: Diagram, point: Invariant) -> bool:
    """Whether no region of a point lies beyond the bounds of x, there or at the next temperature.

    What lies within a margin of them may do so.
    """
    number = sorted(point.number)
    middles = [(a + b) / 2 for a, b in pairwise(number)] + [(number[0] + number[-1]) / 2]
    if not all(diagram.inside(middle, -MARGIN) for middle in middles):
        return False
    for above in (False, True):
        for pair in meeting(point, above=above):
            beside = equilibria(diagram.fields, point.step + above, pair)
            if not all(diagram.inside(sum(e.number) / 2) for e in beside):
                return False
    return True


def _without_region(diagram: Diagram) -> set[frozenset[str]]:
    """Neighbours in μ at some temperature between which no equilibrium of two phases was found."""
    names, found = diagram.assignment.names, set()
    for step, now in enumerate(diagram.steps):
        regions = {frozenset((c.low, c.high)) for c in diagram.found if c.step == step}
        neighbours = {frozenset((names[a], names[b])) for a, b in pairwise(now.phase) if a != b}
        found |= neighbours - regions
    return found

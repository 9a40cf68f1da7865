"""What is wrong with a phase diagram, in sentences.

Every region ends somewhere: in a point, in a three-phase line, or where sampling ended. By the
phase rule three phases at most coexist at one T and μ. Of the three regions that meet in a
three-phase line, that of the two outer phases is on one side and the two others are on the other.
Across a one-phase field, both neighbouring regions have that phase.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise

import networkx as nx
import numpy as np

from navac.thermodynamics.graph import SAME, Corner, Graph, Region
from navac.thermodynamics.invariants import CONGRUENT, INVARIANT
from navac.thermodynamics.regions import End
from navac.thermodynamics.topology import CRITICAL, SAMPLED, UNRESOLVED

SIGNIFICANCE = 3.0
"""Regions overlap if they do by more than so many standard errors …"""

LEAST = 1e-3
"""… and by more than this in x: a phase of fixed composition has next to no error."""

MISSING = "is missing"

FRAME = "frame"
"""What was sampled, at whose edges regions may end."""


def faults(graph: Graph) -> list[str]:
    """What is wrong with a diagram, a sentence each; none if it is one."""
    regions, corners = graph.regions, graph.corners
    return [
        *_open_ends(regions, corners), *_islands(regions, corners), *_crowded(corners),
        *_adjoining(graph), *_side_by_side(graph),
    ]  # fmt: skip


def _open_ends(regions: Sequence[Region], corners: Sequence[Corner]) -> Iterator[str]:
    for region in regions:
        first, last = (end.temperature for end in region.both_ends)
        if last < first or (np.diff(region.temperature) < 0).any():
            yield f"{region.low}+{region.high} ends at {last:g} K, below its begin at {first:g} K"
        for verb, end in zip(("begins", "ends"), region.both_ends, strict=True):
            if reason := _open(region, end, corners):
                yield f"{region.name} {verb} at {end.temperature:.1f} K {reason}"


def _open(region: Region, end: End, corners: Sequence[Corner]) -> str:
    """Why an end is open; empty if it is not."""
    if end.kind == SAMPLED:
        return ""
    if end.kind == CRITICAL:
        apart = abs(end.values[1] - end.values[0])
        return f"in a critical point, its sides {apart:.3g} apart in x" if apart > SAME else ""
    if end.kind in (INVARIANT, CONGRUENT):
        met = any(corner.meets(region, end) for corner in corners)
        return "" if met else f"in a point ({end.kind}) that is not there: it touches nothing"
    return "openly: how is not resolved" if end.kind == UNRESOLVED else f"by {end.kind!r}"


def _islands(regions: Sequence[Region], corners: Sequence[Corner]) -> Iterator[str]:
    """Regions that an open end leaves without a way to other regions or to the frame."""
    graph = nx.Graph()
    graph.add_node(FRAME)
    loose = set()
    for n, region in enumerate(regions):
        graph.add_node(n)
        for end in region.both_ends:
            if end.kind == SAMPLED:
                graph.add_edge(n, FRAME)
            elif _open(region, end, corners):
                loose.add(n)
            graph.add_edges_from((n, c) for c in corners if c.meets(region, end))
    for part in nx.connected_components(graph):
        inside = sorted(n for n in part if isinstance(n, int))
        if FRAME not in part and loose & set(inside):
            names = ", ".join(regions[n].name for n in inside)
            yield f"{names}: an island, connected with nothing else and not closed"


def _crowded(corners: Sequence[Corner]) -> Iterator[str]:
    """More phases at one T and μ than the phase rule allows."""
    for corner in corners:
        wanted = 2 if corner.kind == CONGRUENT else 3
        if len(set(corner.phases)) != wanted or len(corner.phases) != wanted:
            yield f"{corner.name}: {len(corner.phases)} phases where there are {wanted}"
    for a, b in combinations(corners, 2):
        together = dict.fromkeys(a.phases + b.phases)
        same = abs(a.temperature - b.temperature) <= SAME and abs(a.mu - b.mu) <= SAME
        if same and len(together) > 3:
            yield f"{a.name}: {len(together)} phases at one point ({', '.join(together)})"


def _adjoining(graph: Graph) -> Iterator[str]:
    """Corners at which regions are missing or on the wrong side."""
    for corner in graph.corners:
        if len(corner.phases) != (2 if corner.kind == CONGRUENT else 3) or not corner.whole:
            continue
        if corner.kind == INVARIANT and (np.diff(corner.x) < 0).any():
            yield f"{corner.name}: x of its phases does not rise"
        for low, high, above in corner.regions:
            reason = _missing(graph.regions, corner, (low, high), above)
            # Two sides of a congruent point may be too close to be told apart, and a line along
            # which two phases go over into each other may end at a region of a third one.
            if reason.startswith(MISSING) and frozenset((low, high)) in graph.one:
                continue
            if reason:
                yield f"{corner.name}: {low}+{high} {reason}"


def _missing(regions: Sequence[Region], corner: Corner, pair: tuple[str, str], above: bool) -> str:
    """What is wrong with a region that has to begin (``above``) or end at a corner."""
    here = [r for r in regions if any(corner.meets(r, e) for e in r.both_ends)]
    own = [r for r in here if (r.low, r.high) == pair]
    if any(corner.meets(r, r.begins if above else r.ends) for r in own):
        return ""
    if own:
        return f"is {'below' if above else 'above'} it, on the wrong side"
    if corner.kind == INVARIANT and any((r.high, r.low) == pair for r in here):
        return "has its phases on the wrong sides"
    return f"{MISSING} {'above' if above else 'below'} it"


def _side_by_side(graph: Graph) -> Iterator[str]:
    """Regions that overlap at a temperature, or between which is not one phase; each pair once."""
    regions, said = graph.regions, set()
    fields = nx.Graph(tuple(pair) for pair in graph.one)
    corners = np.array([corner.temperature for corner in graph.corners])
    for T in sorted({float(T) for r in regions for T in r.temperature}):
        if (np.abs(corners - T) <= SAME).any():
            continue  # of the regions that meet there, some are below and some above
        there = [(n, at) for n, r in enumerate(regions) if (at := r.at(T)) is not None]
        for (n, a), (m, b) in pairwise(sorted(there, key=lambda item: float(item[1][:2].sum()))):
            left, right = regions[n], regions[m]
            if (n, m) in said:
                continue
            if b[0] < a[1] - max(LEAST, SIGNIFICANCE * np.hypot(a[3], b[2])):
                said.add((n, m))
                yield f"{left.name} and {right.name} overlap at {T:g} K: x {b[0]:.3f} to {a[1]:.3f}"
            elif left.high != right.low and not _one(fields, left.high, right.low):
                said.add((n, m))
                yield (
                    f"{left.name} and {right.name} are neighbours at {T:g} K, but "
                    f"{left.high} and {right.low} are not one phase"
                )


def _one(fields: nx.Graph, a: str, b: str) -> bool:
    return a in fields and b in fields and nx.has_path(fields, a, b)

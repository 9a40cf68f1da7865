"""Zones of temperature and composition in which a diagram could not be resolved, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from navac.thermodynamics.diagram import Diagram
from navac.thermodynamics.regions import End, boundaries
from navac.thermodynamics.topology import UNRESOLVED, Event


@dataclass(frozen=True, kw_only=True)
class Zone:
    """Where it is not known which phases there are.

    Attributes:
        temperature: K, lower and upper end.
        x: lower and upper end.
        phases: names of the phases concerned; none where no phase is known.
        reason: why, in words.
    """

    temperature: tuple[float, float]
    x: tuple[float, float]
    phases: tuple[str, ...]
    reason: str


def unresolved_zones(diagram: Diagram) -> list[Zone]:
    """The zones of a diagram, by rising temperature.

    What begins or ends between two temperatures, how is not known, makes a zone of both; so do
    temperatures at which no phase is known, up to the next ones on either side.
    """
    events = [zone for event in diagram.events if (zone := _of_event(diagram, event)) is not None]
    ends = [z for z in _open_ends(diagram) if not any(_covers(event, z) for event in events)]
    return sorted([*events, *ends, *_unknown(diagram)], key=lambda zone: zone.temperature)


def _of_event(diagram: Diagram, event: Event) -> Zone | None:
    """None beyond the bounds of x, where nothing is drawn."""
    along = [diagram.assignment.names[k] for k in event.phases]
    names, pairs = tuple(dict.fromkeys(along)), set(combinations(along, 2))
    # The same two phases the other way round are a region elsewhere.
    sides = [
        n for c in diagram.found
        if c.step in (event.step, event.step + 1) and (c.low, c.high) in pairs
        for n in (c.n_low, c.n_high)
    ] or _numbers(diagram, event)  # fmt: skip
    low, high = diagram.bounds
    x = np.clip(np.array(sides) / diagram.formula_units, low, high)
    if x.size == 0 or np.ptp(x) == 0:
        return None
    T = diagram.plan.temperatures[event.step : event.step + 2]
    return Zone(
        temperature=(float(T[0]), float(T[1])), x=(float(x.min()), float(x.max())), phases=names,
        reason=event.reason,
    )  # fmt: skip


def _numbers(diagram: Diagram, event: Event) -> list[float]:
    """N of the stable states of an event's phases next to its outer ones, at its two temperatures.

    One of them may be stable elsewhere too.
    """
    found: list[float] = []
    for now in diagram.steps[event.step : event.step + 2]:
        own = np.isin(now.phase, event.phases)
        for first, last in _runs(own.tolist()):
            piece = slice(first, last + 1)
            if np.isin(now.phase[piece], (event.phases[0], event.phases[-1])).any():
                found += [float(n) for n in now.number[piece]]
    return found


def _open_ends(diagram: Diagram) -> Iterator[Zone]:
    """Between the last temperature of a region that ends openly and the next one."""
    T = diagram.plan.temperatures
    for name, region in boundaries(diagram).items():
        phases = tuple(name.split(" ")[0].split("+"))
        for end, beyond in ((region.begins, -1), (region.ends, 1)):
            if end.kind == UNRESOLVED:
                at = int(np.abs(T - end.temperature).argmin()) + beyond
                other = T[np.clip(at, 0, len(T) - 1)]
                verb = "ends" if beyond > 0 else "begins"
                yield _zone_of(end, float(other), phases, verb)


def _zone_of(end: End, other: float, phases: tuple[str, ...], verb: str) -> Zone:
    first, last = sorted((end.temperature, other))
    low, high = sorted(end.values[:2])
    return Zone(
        temperature=(first, last), x=(low, high), phases=phases,
        reason=f"how the region of {' and '.join(phases)} {verb} is not known",
    )  # fmt: skip


def _covers(event: Zone, zone: Zone) -> bool:
    """Whether an event says why a region ends openly."""
    return event.temperature == zone.temperature and set(zone.phases) <= set(event.phases)


def _unknown(diagram: Diagram) -> Iterator[Zone]:
    """Runs of temperatures at which no phase is known."""
    T, known = diagram.plan.temperatures, [bool((s.phase >= 0).any()) for s in diagram.steps]
    for first, last in _runs([not k for k in known]):
        yield Zone(
            temperature=(float(T[max(first - 1, 0)]), float(T[min(last + 1, len(T) - 1)])),
            x=(diagram.bounds[0], diagram.bounds[1]), phases=(),
            reason="no phase is known at these temperatures",
        )  # fmt: skip


def _runs(flags: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """First and last position of every run of true values."""
    edges = np.flatnonzero(np.diff([False, *flags, False]))
    yield from ((int(a), int(b) - 1) for a, b in zip(edges[::2], edges[1::2], strict=True))

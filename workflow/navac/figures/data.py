"""What the figures show, made from records: curves at one temperature each, two-phase regions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import TypeVar

import numpy as np

from navac.figures.style import phase_symbol
from navac.results import schema
from navac.results.read import read_records

_GAP = 2.5  # times the steps beside it
_AGREEMENT = 0.3  # of the x of regions of which one hands over to the other

Curve = TypeVar("Curve", schema.Entropy, schema.HeatCapacity, schema.Occupancy, schema.VoltageCurve)


def read_curves(path: str | PathLike, kind: type[Curve]) -> dict[float, Curve]:
    """The curves of a kind that have points, by rising temperature in K."""
    return {T: curve for T, curve in read_records(path, kind).items() if curve.x.size}


def runs(flags: np.ndarray) -> Iterator[tuple[int, int]]:
    """Half-open index ranges of the runs of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flags.astype(np.int8), [0]))))
    return zip(edges[::2], edges[1::2], strict=True)


def with_plateaus(
    x: np.ndarray, voltage: np.ndarray, stable: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The curve with every two-phase run drawn flat up to the stable points beside it.

    Voltages missing inside a run are the mean of the others there, or, where all are missing,
    of the stable ones beside it.
    """
    voltage = voltage.astype(float)
    new_x, new_voltage, positions = [], [], []
    for start, stop in runs(~stable):
        beside = [index for index in (start - 1, stop) if 0 <= index < len(x)]
        run = voltage[start:stop]
        known = run[np.isfinite(run)] if np.isfinite(run).any() else voltage[beside]
        run[~np.isfinite(run)] = known.mean() if known.size else np.nan
        for index in beside:
            new_x.append(x[index])
            new_voltage.append(run[0] if index < start else run[-1])
            positions.append(start if index < start else stop)
    x, voltage = np.insert(x, positions, new_x), np.insert(voltage, positions, new_voltage)
    return x[np.isfinite(voltage)], voltage[np.isfinite(voltage)]


def sampled_spans(mu: np.ndarray) -> list[tuple[float, float]]:
    """Intervals of μ between gaps wider than a sixth of the whole and ten ordinary steps."""
    mu = np.unique(mu)
    steps = np.diff(mu)
    if steps.size == 0:
        return [(mu[0], mu[0])]
    cuts = np.flatnonzero(steps > max(np.ptp(mu) / 6, 10 * np.median(steps))) + 1
    return [(part[0], part[-1]) for part in np.split(mu, cuts)]


@dataclass(frozen=True, eq=False)
class Region:
    """A two-phase region.

    Attributes:
        phases: names of the phases poor and rich in the counted species.
        dome: ``[temperature, 3]``: K, lower and upper bounding x, by rising temperature.
        stderr: ``[temperature, 2]`` standard errors of the two x.
        critical: x, K and standard error in K of the point where the region closes; NaN where
            it does not close.
        ends_in: what it ends in, see :class:`navac.results.schema.Boundary`.
    """

    phases: tuple[str, str]
    dome: np.ndarray
    stderr: np.ndarray
    critical: tuple[float, float, float]
    ends_in: str = "critical"

    @property
    def label(self) -> str:
        return " + ".join(map(phase_symbol, self.phases))

    @property
    def closes(self) -> bool:
        """Whether it ends in a critical point; one seen at one or two temperatures is noise."""
        return len(self.dome) > 2 and bool(np.isfinite(self.critical[:2]).all())

    @property
    def top_K(self) -> float:
        return max(piece[-1, 0] for piece in self.pieces())

    def top_of_low_K(self, limit: float) -> float:
        """Where the pieces end that begin at or below ``limit``; 0 without one."""
        return max((p[-1, 0] for p in self.pieces() if p[0, 0] <= limit), default=0.0)

    def pieces(self) -> list[np.ndarray]:
        """The dome cut where temperatures are missing, with the critical point that ends a piece.

        That is the last piece below the critical point.
        """
        pieces = np.split(self.dome, gaps(self.dome[:, 0]))
        below = [i for i, piece in enumerate(pieces) if piece[-1, 0] < self.critical[1]]
        if self.closes and below:
            x, temperature, _ = self.critical
            pieces[below[-1]] = np.vstack([pieces[below[-1]], [temperature, x, x]])
        return pieces


Family = tuple[str, str]


def families(regions: Sequence[Region]) -> dict[Family, list[Region]]:
    """The regions by the pair of named phases they lie between, by rising composition.

    Phases that are named after their composition, such as ``x2.50``, interrupt the region of the
    named phases beside them. The region of the named phases themselves comes first.
    """
    named: dict[str, float] = {}
    for region in sorted(regions, key=lambda region: region.dome[0, 0]):
        for phase, x in zip(region.phases, region.dome[0, 1:], strict=True):
            if own_x(phase) is None:
                named.setdefault(phase, x)
    found: dict[Family, list[Region]] = {}
    for region in regions:
        low, high = region.phases
        if (x := own_x(low)) is not None:
            low = max((p for p in named if named[p] <= x), key=named.__getitem__, default=low)
        if (x := own_x(high)) is not None:
            high = min((p for p in named if named[p] >= x), key=named.__getitem__, default=high)
        found.setdefault((low, high), []).append(region)
    return {
        family: sorted(members, key=lambda region: region.phases != family)
        for family, members in found.items()
    }


def own_x(phase: str) -> float | None:
    """The composition in the name of a phase that has no other name."""
    match = re.fullmatch(r"x(\d+(?:\.\d+)?)", phase)
    return float(match[1]) if match else None


def bridges(members: Sequence[Region]) -> list[np.ndarray]:
    """Short pieces ``[2, 3]`` across steps in temperature where one region hands over to others.

    They join what ends at one temperature and what begins at the next: two regions, or one and
    the two that it splits into or unites from, whichever agree best in x, if they do at all.
    """
    pieces = [piece for region in members for piece in region.pieces()]
    temperatures = np.unique(np.concatenate([region.dome[:, 0] for region in members]))
    least = np.diff(temperatures).min(initial=np.inf)
    found = []
    for end in np.unique([piece[-1, 0] for piece in pieces]):
        above = [piece[0, 0] for piece in pieces if piece[0, 0] > end]
        if not above:
            continue
        ending = [piece for piece in pieces if piece[-1, 0] == end]
        starting = [piece for piece in pieces if piece[0, 0] == min(above)]
        steps = [p[-1, 0] - p[-2, 0] for p in ending if len(p) > 1]
        steps += [p[1, 0] - p[0, 0] for p in starting if len(p) > 1]
        if min(above) - end > _GAP * max(steps, default=least):
            continue
        pairs = [
            np.stack([low, high])
            for low in _with_envelope([piece[-1] for piece in ending])
            for high in _with_envelope([piece[0] for piece in starting])
        ]
        best = max(pairs, key=_agreement)
        if _agreement(best) > _AGREEMENT:
            found.append(best)
    return found


def _with_envelope(rows: list[np.ndarray]) -> list[np.ndarray]:
    low, high = min(row[1] for row in rows), max(row[2] for row in rows)
    return [np.array([rows[0][0], low, high]), *rows]


def _agreement(pair: np.ndarray) -> float:
    """Common part of two intervals of x, relative to both together."""
    (_, low, high), (_, other_low, other_high) = pair
    whole = max(high, other_high) - min(low, other_low)
    return (min(high, other_high) - max(low, other_low)) / whole if whole > 0 else 0.0


def regions_of(boundaries: Mapping[str, schema.Boundary]) -> list[Region]:
    """The non-empty regions, by rising composition."""
    regions = [_region(name, boundary) for name, boundary in boundaries.items()]
    return sorted((r for r in regions if len(r.dome)), key=lambda region: region.dome[0, 1])


def _region(name: str, of: schema.Boundary) -> Region:
    columns = of.temperature_K, of.x_low, of.x_high, of.x_low_stderr, of.x_high_stderr
    rows = np.column_stack([np.asarray(column, float) for column in columns])
    rows = rows[np.isfinite(rows[:, :3]).all(axis=1)]
    rows = rows[np.argsort(rows[:, 0], kind="stable")]
    low, high = re.sub(r" \d+$", "", name).split("+")
    return Region(
        phases=(low, high),
        dome=rows[:, :3],
        stderr=np.nan_to_num(rows[:, 3:]),
        critical=(of.critical_x, of.critical_temperature_K, of.critical_temperature_stderr_K),
        ends_in=of.ends_in,
    )


def gaps(temperature: np.ndarray) -> np.ndarray:
    """Indices after steps much longer than both steps beside them.

    A change of step, as between a fine grid at low temperature and a coarse one, is no gap.
    """
    steps = np.diff(temperature)
    if len(steps) < 2:
        return np.array([], dtype=int)
    padded = np.concatenate([[steps[1]], steps, [steps[-2]]])
    return np.flatnonzero(steps > _GAP * np.maximum(padded[:-2], padded[2:])) + 1

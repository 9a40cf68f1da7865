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
        begins_in: what it begins in, likewise.
    """

    phases: tuple[str, str]
    dome: np.ndarray
    stderr: np.ndarray
    critical: tuple[float, float, float]
    ends_in: str = "critical"
    begins_in: str = "sampled"

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

        That is the last piece below the critical point, if that is not its last row already.
        """
        pieces = np.split(self.dome, gaps(self.dome[:, 0]))
        x, temperature, _ = self.critical
        below = [i for i, piece in enumerate(pieces) if piece[-1, 0] <= temperature]
        if self.closes and below and pieces[below[-1]][-1, 0] < temperature:
            pieces[below[-1]] = np.vstack([pieces[below[-1]], [temperature, x, x]])
        return pieces


@dataclass(frozen=True, kw_only=True)
class Zone:
    """Where it is not known which phases there are: K and x from and to, phases and reason."""

    temperature: tuple[float, float]
    x: tuple[float, float]
    phases: str
    reason: str


def zones_of(records: Mapping[str, schema.Unresolved]) -> list[Zone]:
    """The unresolved zones of all ranges."""
    return [
        Zone(temperature=(cold, hot), x=(low, high), reason=reason,
            phases=", ".join(map(phase_symbol, phases.split(", "))),)
        for of in records.values()
        for cold, hot, low, high, phases, reason in zip(
            of.temperature_low_K.tolist(), of.temperature_high_K.tolist(), of.x_low.tolist(),
            of.x_high.tolist(), of.phases, of.reason, strict=True,
        )
    ]  # fmt: skip


def regions_of(boundaries: Mapping[str, schema.Boundary]) -> list[Region]:
    """The non-empty regions, by rising composition."""
    regions = [region_of(name, boundary) for name, boundary in boundaries.items()]
    return sorted((r for r in regions if len(r.dome)), key=lambda region: region.dome[0, 1])


def region_of(name: str, of: schema.Boundary) -> Region:
    """A region from a boundary and its name, which may end in a number."""
    columns = of.temperature_K, of.x_low, of.x_high, of.x_low_stderr, of.x_high_stderr
    rows = np.column_stack([np.asarray(column, float) for column in columns])[positions(of)]
    low, high = re.sub(r" \d+$", "", name).split("+")
    return Region(
        phases=(low, high),
        dome=rows[:, :3],
        stderr=np.nan_to_num(rows[:, 3:]),
        critical=(of.critical_x, of.critical_temperature_K, of.critical_temperature_stderr_K),
        ends_in=of.ends_in,
        begins_in=of.begins_in,
    )


def positions(of: schema.Boundary) -> np.ndarray:
    """The rows of a boundary that are known, by rising temperature."""
    known = np.isfinite(np.column_stack([of.temperature_K, of.x_low, of.x_high])).all(axis=1)
    rows = np.flatnonzero(known)
    return rows[np.argsort(np.asarray(of.temperature_K)[rows], kind="stable")]


def stretches(
    x: np.ndarray, temperature: float, regions: Sequence[Region], edges: Sequence[float]
) -> Iterator[tuple[slice, bool]]:
    """Parts of a curve along x, and whether a part crosses a two-phase region.

    Args:
        x: of the points, as they follow each other.
        edges: x at which one curve ends and another begins; no part goes across.
    """
    middle = (x[:-1] + x[1:]) / 2
    crossing = np.zeros(len(middle), bool)
    for piece in (piece for region in regions for piece in region.pieces()):
        if piece[0, 0] <= temperature <= piece[-1, 0]:
            low, high = (np.interp(temperature, piece[:, 0], side) for side in piece.T[1:])
            crossing |= (middle > low) & (middle < high)
    cut = np.diff(x) < 0
    for edge in edges:
        beside = np.minimum(x[:-1], x[1:]) < edge, np.maximum(x[:-1], x[1:]) >= edge
        cut |= beside[0] & beside[1] & ~crossing
    kind = np.where(cut, 2, crossing.astype(int))
    changes = np.flatnonzero(np.diff(kind)) + 1
    for part in np.split(np.arange(len(kind)), changes):
        if len(part) and kind[part[0]] != 2:
            yield slice(int(part[0]), int(part[-1]) + 2), bool(kind[part[0]])
    for alone in np.flatnonzero(np.concatenate([[True], cut]) & np.concatenate([cut, [True]])):
        yield slice(int(alone), int(alone) + 1), False


def gaps(temperature: np.ndarray) -> np.ndarray:
    """Indices after steps much longer than both steps beside them.

    A change of step, as between a fine grid at low temperature and a coarse one, is no gap.
    """
    steps = np.diff(temperature)
    if len(steps) < 2:
        return np.array([], dtype=int)
    padded = np.concatenate([[steps[1]], steps, [steps[-2]]])
    return np.flatnonzero(steps > _GAP * np.maximum(padded[:-2], padded[2:])) + 1

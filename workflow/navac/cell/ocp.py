"""Open-circuit voltage against composition, as solvers need it: rising x, a voltage never rising.

A voltage curve of the campaign has vertical steps (a phase of no width) and horizontal ones (two
phases). Horizontal ones are kept. Of points that are closer than :data:`APART` in x the first and
the last are kept, and drawn apart by it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from navac.cell.quantity import CellError
from navac.results import schema
from navac.units import BOLTZMANN

APART = 1e-7
"""Least distance of two points in x."""
NOISE_V = 1e-3
"""A voltage may rise by so much with x, by sampling; it is then held."""
FLAT_V = 1e-9
"""Voltages of two coexisting phases differ by less."""
MOST_LOST = 0.9
"""Of the width of a phase, where its ends are moved by their errors."""


@dataclass(frozen=True, kw_only=True)
class OpenCircuit:
    """Voltage against composition at one temperature.

    Attributes:
        x: ``[point]`` rising.
        voltage: ``[point]`` never rising, V.
        two_phase: ``[point − 1]`` whether two phases coexist from a point to the next.
        temperature: K.
        source: where it comes from.
        stderr: standard error of its voltages, V; None if not known.
    """

    x: np.ndarray
    voltage: np.ndarray
    two_phase: np.ndarray
    temperature: float
    source: str
    stderr: float | None = None

    def at(self, x: np.ndarray) -> np.ndarray:
        """Voltage at compositions, V."""
        return np.interp(x, self.x, self.voltage)

    def within(self, low: float, high: float) -> OpenCircuit:
        """The part between two compositions, which become its ends."""
        inner = (self.x > low + APART / 2) & (self.x < high - APART / 2)
        x = np.concatenate([[low], self.x[inner], [high]])
        middles = (x[1:] + x[:-1]) / 2
        at = np.clip(np.searchsorted(self.x, middles) - 1, 0, len(self.two_phase) - 1)
        return replace(self, x=x, voltage=self.at(x), two_phase=self.two_phase[at])

    def coexist(self, low: float, high: float) -> bool:
        """Whether two phases coexist anywhere between two compositions."""
        beyond = (self.x[1:] > low) & (self.x[:-1] < high)
        return bool(self.two_phase[beyond].any())

    def regions(self) -> Iterator[tuple[float, float]]:
        """Ends in x of every two-phase region."""
        start = None
        for k, both in enumerate(self.two_phase):
            flat = both and (start is None or self.voltage[k] > self.voltage[start] - FLAT_V)
            if start is not None and not flat:
                yield float(self.x[start]), float(self.x[k])
                start = None
            if both and start is None:
                start = k
        if start is not None:
            yield float(self.x[start]), float(self.x[-1])

    def widened(self, least: float) -> OpenCircuit:
        """The same with every single phase at least so wide in x, the voltage straight across it.

        What a phase gains, the two-phase regions beside it lose; the ends stay.
        """
        if not self.two_phase.any():
            return self
        ends = np.flatnonzero(np.diff(self.two_phase)) + 1
        bounds = [0, *ends.tolist(), len(self.x) - 1]
        moved, kept = self.x[bounds], np.ones(len(self.x), bool)
        for k, (first, last) in enumerate(pairwise(bounds)):
            missing = least - (self.x[last] - self.x[first])
            if self.two_phase[first] or missing <= 0:
                continue
            kept[first + 1 : last] = False
            inner = 1 if k in (0, len(bounds) - 2) else 2  # ends of it that can move
            moved[k] -= missing / inner if k else 0
            moved[k + 1] += missing / inner if k < len(bounds) - 2 else 0
        x = np.interp(self.x, self.x[bounds], moved)
        return replace(
            self, x=x[kept], voltage=self.voltage[kept], two_phase=self.two_phase[kept[:-1]]
        )

    def shifted(self, voltage: float, ends: Sequence[tuple[float, float]]) -> OpenCircuit:
        """The same with other voltages, and every two-phase region with other ends.

        Args:
            voltage: that is added, V.
            ends: what is added to x at the ends of each region; no phase loses more than
                :data:`MOST_LOST` of its width.
        """
        before = np.array(
            [self.x[0], *(x for region in self.regions() for x in region), self.x[-1]]
        )
        after = before + np.array([0.0, *(x for pair in ends for x in pair), 0.0])
        room = MOST_LOST * np.diff(before) / 2
        after[:-1] = np.minimum(after[:-1], before[:-1] + room)
        after[1:] = np.maximum(after[1:], before[1:] - room)
        # where a region begins at an end of the curve, two of these coincide
        known, first = np.unique(before, return_index=True)
        x = np.interp(self.x, known, after[first])
        return replace(self, x=x, voltage=self.voltage + voltage)

    def thermodynamic_factor(self) -> np.ndarray:
        """``[point − 1]`` (x/kT) ∂μ/∂x from a point to the next; 0 where two phases coexist."""
        middle = (self.x[1:] + self.x[:-1]) / 2
        slope = -np.diff(self.voltage) / np.diff(self.x)
        return np.where(self.two_phase, 0.0, middle * slope / (BOLTZMANN * self.temperature))


def from_curve(curve: schema.VoltageCurve, temperature: float, source: str) -> OpenCircuit:
    """The open circuit of a voltage curve of the campaign.

    Raises:
        CellError: its voltage rises with x by more than noise.
    """
    order = np.lexsort((-curve.voltage_V, curve.x))
    single = curve.stable.astype(bool)[order]
    return make(
        curve.x[order], curve.voltage_V[order], ~single[1:] | ~single[:-1], temperature, source
    )


def make(
    x: np.ndarray, voltage: np.ndarray, two_phase: np.ndarray, temperature: float, source: str
) -> OpenCircuit:
    """An open circuit of points in the order of rising x.

    Raises:
        CellError: they are fewer than two, x falls, or the voltage rises by more than noise.
    """
    if len(x) < 2 or not (np.isfinite(x).all() and np.isfinite(voltage).all()):
        raise CellError(f"{source}: an open circuit needs two finite points at least")
    if (np.diff(x) < 0).any():
        k = int(np.flatnonzero(np.diff(x) < 0)[0])
        raise CellError(f"{source}: x falls from {x[k]:g} to {x[k + 1]:g}; sort the points by x")
    held = np.minimum.accumulate(voltage)
    if (rise := voltage - held).max() > NOISE_V:
        k = int(rise.argmax())
        raise CellError(
            f"{source}: the voltage rises with x, by {1000 * rise[k]:.3g} mV at x = {x[k]:g}; an "
            "equilibrium voltage falls or is constant. Correct the point, or sample longer"
        )
    kept = _ends_of_steps(x)
    apart = APART * np.arange(len(kept))
    return OpenCircuit(
        x=np.maximum.accumulate(x[kept] - apart) + apart, voltage=held[kept],
        # Two phases from one point that is kept to the next where they coexist anywhere between.
        two_phase=np.array([two_phase[a:b].any() for a, b in pairwise(kept)], bool),
        temperature=temperature, source=source,
    )  # fmt: skip


def _ends_of_steps(x: np.ndarray) -> list[int]:
    """Positions of points without those in the middle of a vertical step."""
    kept, begun = [0], 0
    for k in range(1, len(x)):
        if x[k] - x[begun] >= APART:
            begun = k
        elif kept[-1] != begun:
            kept.pop()
        kept.append(k)
    return kept

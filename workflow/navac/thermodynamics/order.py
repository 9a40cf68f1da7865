"""The order of states: within the primitive cell, and over several as concentration waves.

Order within the cell shows in the fillings of equivalent sublattices, order over several cells in
the wave of largest amplitude.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

import numpy as np

from navac.thermodynamics.integration import Branches

IN_CELL = 0.15
"""Standard deviation of the fillings of equivalent sublattices beyond which a cell is ordered."""

UNLIKE = 0.2
"""Fillings or wave amplitudes that differ by more are of different order."""

NOISE = 1.8
"""A concentration wave is order if its amplitude is so many times that of random occupations …"""

LEAST_WAVE = 0.18
"""… and at least this, as near a critical point there are long waves without order …"""

MELTED = 0.55
"""… or this part of the weakest wave that a ground state has, if that is less."""


def inequivalence(occupation: np.ndarray, labels: Sequence[str]) -> np.ndarray:
    """How differently equivalent sublattices are filled: the order within the primitive cell.

    Args:
        occupation: ``[…, sublattice]`` filled fractions.
        labels: label of each sublattice; those of one label are equivalent without order.

    Returns:
        ``[…]`` the largest standard deviation among the sublattices of a label; 0 without order,
        at most 1/2.
    """
    return np.max(
        [
            occupation[..., [other == label for other in labels]].std(axis=-1)
            for label in dict.fromkeys(labels)
        ],
        axis=0,
    )


def wave_name(vector: np.ndarray, supercell: Sequence[int]) -> str:
    """A wave vector in units of the reciprocal lattice, as (1, 0, −1)/12."""
    parts = [Fraction(int(k), int(n)) for k, n in zip(vector, supercell, strict=True)]
    whole = lcm(*(part.denominator for part in parts))
    numbers = ", ".join(f"{part * whole}".replace("-", "−") for part in parts)
    return f"({numbers})/{whole}"


@dataclass(frozen=True, kw_only=True)
class Crystal:
    """What the order of states refers to.

    Attributes:
        labels: label of each sublattice; those of one label are equivalent without order.
        lattice: ``[3, 3]`` vectors of the primitive cell as rows, Å.
        supercell: its lengths in primitive cells.
    """

    labels: tuple[str, ...]
    lattice: np.ndarray
    supercell: tuple[int, int, int]

    @property
    def cells(self) -> int:
        """Primitive cells of the supercell."""
        return int(np.prod(self.supercell))

    def wave_number(self, vectors: np.ndarray) -> np.ndarray:
        """``[…]`` 1/wavelength, 1/Å, of wave vectors in 1/length of the supercell."""
        return np.linalg.norm((vectors / self.supercell) @ np.linalg.inv(self.lattice).T, axis=-1)

    @property
    def longest(self) -> float:
        """The smallest wave number of the supercell, 1/Å."""
        near = np.stack(np.meshgrid(*[np.arange(-1, 2)] * 3), axis=-1).reshape(-1, 3)
        numbers = self.wave_number(near)
        return float(numbers[numbers > 0].min())


@dataclass(frozen=True, kw_only=True)
class Order:
    """The order of every state.

    Attributes:
        in_cell: ``[branch, T, μ]`` whether equivalent sublattices are filled differently.
        wave: ``[branch, T, μ]`` whether there is a concentration wave.
        amplitude: ``[branch, T, μ]`` of the wave, without single outliers.
        fillings: ``[branch, T, μ, sublattice]``, sorted among equivalent ones.
    """

    in_cell: np.ndarray
    wave: np.ndarray
    amplitude: np.ndarray
    fillings: np.ndarray

    @classmethod
    def of(cls, data: Branches, labels: Sequence[str], cells: int) -> Order:
        """The order of sampled states.

        Args:
            labels: label of each sublattice; those of one label are equivalent without order.
            cells: primitive cells of the supercell.
        """
        groups = [np.array([other == name for other in labels]) for name in dict.fromkeys(labels)]
        fillings = np.concatenate(
            [np.sort(data.sublattice[..., group], axis=-1) for group in groups], axis=-1
        )
        amplitude = _around(data.wave_amplitude)
        noise = np.sqrt(len(labels) / 4 * (np.log(max(cells, 2)) + 1) / cells)
        return cls(
            in_cell=inequivalence(data.sublattice, labels) > IN_CELL,
            wave=amplitude > _threshold(data, NOISE * noise),
            amplitude=amplitude,
            fillings=fillings,
        )

    def unlike(self, a: tuple, b: tuple, *, waves: bool = True) -> np.ndarray:
        """How different the order is at two index tuples; beyond 1 it is not the same.

        Args:
            waves: whether a wave and none are different however weak the wave is.
        """
        fillings = np.abs(self.fillings[a] - self.fillings[b]).max(axis=-1)
        amplitudes = np.abs(self.amplitude[a] - self.amplitude[b])
        # The wave of a modulated phase becomes steeper on cooling, until cells are ordered by it.
        other = (self.in_cell[a] != self.in_cell[b]) & ~(self.wave[a] & self.wave[b])
        if waves:
            other |= self.wave[a] != self.wave[b]
        return np.where(other, np.inf, np.maximum(fillings, amplitudes) / UNLIKE)


def _around(amplitude: np.ndarray) -> np.ndarray:
    """``[branch, T, μ]`` median of sampled states of a branch at and beside each; 0 for none."""
    padded = np.pad(amplitude, ((0, 0), (1, 1), (1, 1)), constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))
    result, there = np.zeros(amplitude.shape), np.isfinite(amplitude)
    result[there] = np.nanmedian(windows[there], axis=(-2, -1))
    return result


def _threshold(data: Branches, noise: float) -> float:
    """Amplitude beyond which a concentration wave is order.

    Args:
        noise: of random occupations.
    """
    coldest = data.wave_amplitude[:, 0]
    typical = [float(np.nanmedian(row)) for row in coldest if np.isfinite(row).any()]
    waves = [MELTED * amplitude for amplitude in typical if amplitude > noise]
    return max(noise, min([LEAST_WAVE, *waves]))

"""How far the averages of sampled paths can be trusted, as their records say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from navac.results.records import RecordFile
from navac.sampling.statistics import LARGEST_TREND, SHORTEST_BLOCK


@dataclass(frozen=True, kw_only=True)
class Reliability:
    """What the blocks of sampled paths tell of themselves; all ``[step, path]``.

    Attributes:
        block_sweeps: length of a block, sweeps; 0 where nothing is sampled.
        time: autocorrelation time of E or of N, whichever is longer, sweeps.
        trend: of E or of N over the blocks, whichever is larger, in standard errors, without sign.
    """

    block_sweeps: np.ndarray
    time: np.ndarray
    trend: np.ndarray

    @property
    def short(self) -> np.ndarray:
        """Where blocks are too short to be independent."""
        return SHORTEST_BLOCK * self.time > self.block_sweeps

    @property
    def drifting(self) -> np.ndarray:
        """Where averages have a trend that is not chance."""
        return self.trend > LARGEST_TREND


def read_reliability(paths: Sequence[str | Path]) -> Reliability:
    """Of the records of one range; paths in the order of their numbers."""
    parts, numbers = [], []
    for path in paths:
        with RecordFile(path) as file:
            both = ("energy", "number")
            parts.append((
                file.read("block_sweeps"),
                np.max([file.read(f"autocorrelation_{name}") for name in both], axis=0),
                np.max([np.abs(file.read(f"trend_{name}")) for name in both], axis=0),
            ))  # fmt: skip
            numbers.append(file.paths)
    order = np.argsort(np.concatenate(numbers))
    sweeps, time, trend = (
        np.concatenate(column, axis=-1)[:, order] for column in zip(*parts, strict=True)
    )
    return Reliability(block_sweeps=sweeps, time=time, trend=trend)

"""How far block averages can be trusted: standard errors, autocorrelation times, trends."""

from __future__ import annotations

import numpy as np

from navac import NavacError
from navac.results.records import RecordFile

SHORTEST_BLOCK = 5.0
"""Blocks shorter than this many autocorrelation times are not independent."""

LARGEST_TREND = 4.0
"""A trend over the blocks beyond this many standard errors is not chance."""


class UnreliableError(NavacError):
    """Averages whose error bars would be wrong."""


def standard_error(means: np.ndarray) -> np.ndarray:
    """Standard error ``[…]`` of the mean of independent block means ``[block, …]``."""
    return means.std(axis=0, ddof=1) / np.sqrt(len(means))


def autocorrelation_time(
    means: np.ndarray, squares: np.ndarray, block_sweeps: np.ndarray | float
) -> np.ndarray:
    """Integrated autocorrelation time ``[…]``, sweeps; one half if sweeps are independent.

    From how much more the block means scatter than independent sweeps would let them (Allen and
    Tildesley, *Computer Simulation of Liquids*, §8.4): var(means) = 2τ var(sweeps)/sweeps. It
    comes out too small where blocks are shorter than a few τ, and 0 where nothing moved.

    Args:
        means: ``[block, …]`` block means of a quantity.
        squares: ``[block, …]`` block means of its square.
        block_sweeps: sweeps per block, a number or ``[…]``.
    """
    variance = squares.mean(axis=0) - means.mean(axis=0) ** 2
    moves = variance > 1e-14 * np.maximum(squares.mean(axis=0), 1e-300)
    scatter = means.var(axis=0, ddof=1) * block_sweeps / 2
    return np.where(moves, scatter / np.where(moves, variance, 1), 0.0)


def trend(means: np.ndarray) -> np.ndarray:
    """Trend ``[…]`` over the blocks ``[block, …]``, in units of its standard error.

    The slope of a straight line, with the scatter of the blocks about that line; Student's t
    with two degrees of freedom less than there are blocks. 0 where nothing moved.
    """
    n = len(means)
    t = (np.arange(n) - (n - 1) / 2).reshape(-1, *[1] * (means.ndim - 1))
    spread = (t**2).sum()
    # Not a product of matrices: its rounding would depend on the number of paths.
    slope = (t * means).sum(axis=0) / spread
    residual = means - means.mean(axis=0) - slope * t
    error = np.sqrt((residual**2).sum(axis=0) / (n - 2) / spread)
    scale = 1e-12 * np.maximum(np.abs(means).max(axis=0), 1e-300)
    return np.where(error > scale, slope / np.where(error > scale, error, 1), 0.0)


def unreliable(time: np.ndarray, trends: np.ndarray, block_sweeps: np.ndarray) -> np.ndarray:
    """Where blocks are too short for their autocorrelation time, or averages have a trend."""
    return (SHORTEST_BLOCK * time > block_sweeps) | (np.abs(trends) > LARGEST_TREND)


def check_reliable(record: RecordFile, *, refuse: bool = False) -> str:
    """How many averages of a record are unreliable, as a sentence.

    Raises:
        UnreliableError: ``refuse`` is set and there are some; names the worst condition.
    """
    length = record.read("block_sweeps")
    sampled = length > 0
    times = [record.read(f"autocorrelation_{name}") for name in ("energy", "number")]
    trends = [record.read(f"trend_{name}") for name in ("energy", "number")]
    bad = sampled & np.any(
        [unreliable(t, d, length) for t, d in zip(times, trends, strict=True)], axis=0
    )
    time = np.max(times, axis=0)
    said = (
        f"{np.count_nonzero(bad)} of {np.count_nonzero(sampled)} averages may be unreliable "
        f"(blocks shorter than {SHORTEST_BLOCK:g} autocorrelation times, or a trend)"
    )
    if refuse and bad.any():
        step, path = np.unravel_index(
            np.argmax(np.where(bad, time / np.maximum(length, 1), -1)), bad.shape
        )
        raise UnreliableError(
            f"{record.path}: {said}; the worst is path {record.paths[path]} at "
            f"{record.temperature[step, path]:g} K: autocorrelation time "
            f"{time[step, path]:.1f}, {length[step, path]:g} sweeps per block. Raise "
            "sampling.block_sweeps or sampling.equilibration_sweeps, or set "
            "sampling.refuse_unreliable: false"
        )
    return said

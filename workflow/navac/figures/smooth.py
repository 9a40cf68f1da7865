"""Boundaries as lines: the smoothest that standard errors allow.

Values at neighbouring temperatures are off by errors of their own, which a line through all of them
shows as teeth. The line that is drawn has the least mean square curvature of those that are nowhere
farther from a value than its standard error, nor than values around it are from the lines through
their neighbours: where errors are small, or alike at all temperatures, it follows the values.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.ndimage import maximum_filter1d
from scipy.optimize import lsq_linear

from navac.figures.data import Region, gaps

KNOWN = ("invariant", "congruent", "critical")
"""Ends that are points of the diagram, at which lines meet."""

AROUND = 2
"""Values to either side that tell how far values are from lines through their neighbours."""

LEAST = 1e-7
"""Smallest distance from a value that is told apart, in x."""


def smooth(region: Region) -> Region:
    """The region between the lines that are drawn."""
    dome = region.dome.copy()
    pieces = np.split(np.arange(len(dome)), gaps(dome[:, 0]))
    for side, stderr in enumerate(region.stderr.T, 1):
        for n, rows in enumerate(pieces):
            within = stderr[rows].copy()
            if n == 0 and region.begins_in in KNOWN:
                within[0] = 0
            if n == len(pieces) - 1 and region.ends_in in KNOWN:
                within[-1] = 0
            # A region may end at a temperature that was sampled, and then has two values there.
            _, once = np.unique(dome[rows, 0], return_index=True)
            at = rows[once]
            dome[at, side] = smoothest(dome[at, 0], dome[at, side], within[once])
    # Sides that errors let cross are nowhere farther apart than their mean.
    crossed = dome[:, 1] > dome[:, 2]
    dome[crossed, 1:] = dome[crossed, 1:].mean(axis=1, keepdims=True)
    return replace(region, dome=dome)


def smoothest(T: np.ndarray, x: np.ndarray, stderr: np.ndarray) -> np.ndarray:
    """``[T]`` x of the line through ``[T]`` values with ``[T]`` standard errors.

    Args:
        T: K, rising.
    """
    if len(T) < 3:
        return x
    step = np.diff(T) / (T[-1] - T[0])
    slope = (np.eye(len(T))[1:] - np.eye(len(T))[:-1]) / step[:, None]
    curvature = np.diff(slope, axis=0) / np.sqrt((step[1:] + step[:-1]) / 2)[:, None]
    within = np.maximum(np.minimum(stderr, _teeth(T, x)), LEAST)
    # In units of the distances allowed, from the values: both bounds are 1 then.
    found = lsq_linear(
        curvature * within, -curvature @ x, bounds=(-1, 1), method="bvls", max_iter=50 * len(T)
    )
    return x + found.x * within


def _teeth(T: np.ndarray, x: np.ndarray) -> np.ndarray:
    """``[T]`` how far values around each are from the lines through their neighbours."""
    part = (T[1:-1] - T[:-2]) / (T[2:] - T[:-2])
    off = np.abs(x[1:-1] - x[:-2] - part * (x[2:] - x[:-2]))
    return maximum_filter1d(np.pad(off, 1), 2 * AROUND + 1)

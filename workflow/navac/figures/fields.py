"""One-phase fields of a phase diagram: which phase is stable where no two coexist."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from navac.composition import in_range
from navac.figures.data import Region
from navac.results import schema

UNKNOWN = ""
"""Where no phase is known."""


def phase_map(
    x: np.ndarray,
    temperature: np.ndarray,
    regions: Sequence[Region],
    states: Iterable[schema.States],
) -> np.ndarray:
    """Names ``[temperature, x]`` of the stable phase, :data:`UNKNOWN` inside two-phase regions.

    The name is that of the state nearest in temperature, then in x, of the range that x is in.
    Where no range has states, it is that of the nearest side of a region at this temperature.
    """
    names = _beside(x, temperature, regions)
    for of in states:
        inside = in_range(x, of.x_range)
        names[:, inside] = _nearest(of, x[inside], temperature)
    names[in_regions(x, temperature, regions)] = UNKNOWN
    return names


def extent(regions: Sequence[Region], states: Iterable[schema.States]) -> tuple[float, float]:
    """Lowest and highest x of the regions and of what was sampled."""
    ends = [
        float(x) for region in regions for x in (region.dome[:, 1].min(), region.dome[:, 2].max())
    ]
    ends += [x for of in states for x in of.x_range]
    return min(ends), max(ends)


def in_regions(x: np.ndarray, temperature: np.ndarray, regions: Sequence[Region]) -> np.ndarray:
    """``bool[temperature, x]`` whether a point is inside a two-phase region."""
    cells = [inside(x, temperature, region.pieces()) for region in regions]
    return np.any(cells, axis=0) if cells else np.zeros((len(temperature), len(x)), bool)


def inside(x: np.ndarray, temperature: np.ndarray, pieces: Sequence[np.ndarray]) -> np.ndarray:
    """``bool[temperature, x]`` whether a point is inside pieces ``[step, (T, low, high)]``."""
    cells = np.zeros((len(temperature), len(x)), dtype=bool)
    for piece in pieces:
        low, high = sides_at(temperature, piece)
        cells |= (x >= low[:, None]) & (x <= high[:, None])
    return cells


def sides_at(temperature: np.ndarray, piece: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both x of a piece of a region at some temperatures; NaN beyond it."""
    low, high = (
        np.interp(temperature, piece[:, 0], side, left=np.nan, right=np.nan) for side in piece.T[1:]
    )
    return low, high


def nearest(
    states: schema.States, x: np.ndarray, temperature: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Positions of the nearest state: in T ``[temperature]`` and in μ ``[temperature, x]``.

    They are -1 beyond the sampled temperatures and where no state is known.
    """
    T = states.temperature_K
    step = np.full(len(temperature), -1)
    index = np.full((len(temperature), len(x)), -1)
    for row, at in enumerate(temperature):
        if not T[0] <= at <= T[-1]:
            continue
        k = int(np.abs(T - at).argmin())
        known = np.isfinite(states.x[k]) & in_range(states.x[k], states.x_range)
        if known.any():
            step[row] = k
            away = np.abs(x[:, None] - states.x[k][known])
            index[row] = np.flatnonzero(known)[away.argmin(axis=1)]
    return step, index


def _nearest(states: schema.States, x: np.ndarray, temperature: np.ndarray) -> np.ndarray:
    """Names of the nearest states of a range."""
    step, index = nearest(states, x, temperature)
    branches = np.array([*states.branches, UNKNOWN], dtype=object)  # -1 is where none is known
    names = branches[states.branch[step[:, None], index].astype(int)]
    names[index < 0] = UNKNOWN
    return names


def _beside(x: np.ndarray, temperature: np.ndarray, regions: Sequence[Region]) -> np.ndarray:
    """Names of the nearest side of a region at every temperature."""
    found = np.full((len(temperature), len(x)), UNKNOWN, dtype=object)
    distance = np.full(found.shape, np.inf)
    for region in regions:
        for piece in region.pieces():
            for side, phase in zip(sides_at(temperature, piece), region.phases, strict=True):
                away = np.abs(x - side[:, None])
                nearer = away < distance  # false beyond the piece
                distance[nearer], found[nearer] = away[nearer], phase
    return found

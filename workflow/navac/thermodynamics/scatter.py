"""How far what was sampled scatters about a surface, beyond what its blocks say.

Resampled blocks give the errors of a surface if blocks are independent. Where fluctuations last
longer than a block, or a path is frozen in what it went through, all blocks of it are off together.
That shows in the scatter about the surface, which each resample has as well: the ratio of what is
seen to what resamples have is by how much errors are larger. A surface follows its states in
part; it does so in both, and their ratio stays the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.ndimage import uniform_filter1d

LARGEST = 100.0
"""Ratio beyond which resamples say nothing of the scatter."""

POOLED = 3
"""Temperatures to either side over which scatter is pooled: states relax slowly in the cold."""

LEAST_KEPT = 0.25
"""Least part of a variance that is left about the mean of few paths."""


@dataclass(frozen=True, kw_only=True)
class Excess:
    """By how much errors are larger than resamples say; 1 where they are not.

    Attributes:
        phi: of integrals.
        temperature: ``[T]`` K, rising.
        number, energy: ``[T]`` of N, and of E − μN.
    """

    phi: float = 1.0
    temperature: np.ndarray = field(default_factory=lambda: np.zeros(1))
    number: np.ndarray = field(default_factory=lambda: np.ones(1))
    energy: np.ndarray = field(default_factory=lambda: np.ones(1))

    def at(self, T: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """``[point]`` those of N and of E − μN at temperatures."""
        number, energy = (np.interp(T, self.temperature, v) for v in (self.number, self.energy))
        return number, energy


def ratio(seen: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """``[…]`` an excess from two variances; 1 where nothing is expected."""
    found = np.sqrt(np.divide(seen, expected, out=np.ones_like(seen), where=expected > 0))
    return np.clip(found, 1.0, LARGEST)


def by_temperature(off: np.ndarray, T: np.ndarray) -> np.ndarray:
    """``[T]`` excess of states at each different temperature, pooled with those beside it.

    Args:
        off: ``[state, 1 + resample]`` about the surfaces of all data, and of the resamples.
        T: ``[state]`` K.
    """
    different, own = np.unique(T, return_inverse=True)
    seen, expected = (
        uniform_filter1d(np.bincount(own, v, len(different)), 2 * POOLED + 1, mode="constant")
        for v in (off[:, 0] ** 2, resampled_variance(off))
    )
    return ratio(seen, expected)


def resampled_variance(off: np.ndarray) -> np.ndarray:
    """``[…]`` mean square of what resamples change ``off[…, 1 + resample]`` by; 0 without them."""
    changes = off[..., 1:] - off[..., :1]
    return np.square(changes).mean(axis=-1) if changes.shape[-1] else np.zeros(off.shape[:-1])


def of_paths(off: np.ndarray, weight: np.ndarray, path: np.ndarray) -> np.ndarray:
    """``[column]`` standard error of weighted means of ``off[state, column]`` by paths.

    All integrals of one path share its noise: they are one observation, and the variance is that of
    sums of paths (Liang and Zeger, Biometrika 73, 13 (1986)). Paths share no random numbers, but
    neighbours in μ cross the same trapezia; their covariance is taken in as by Newey and West
    (Econometrica 55, 703 (1987)).

    Args:
        weight: ``[state]``.
        path: ``[state, 2]`` branch, and position in μ, of the path that a state is of.

    Returns:
        in the units of ``off``; 0 from fewer than two paths.
    """
    paths, own = np.unique(path, axis=0, return_inverse=True)
    count, whole = len(paths), weight.sum()
    if count < 2 or whole <= 0:
        return np.zeros(off.shape[1])
    about = weight[:, None] * (off - weight @ off / whole)
    sums = np.zeros((count, off.shape[1]))
    np.add.at(sums, own.ravel(), about)
    variance = (sums**2).sum(axis=0)
    # Deviations from a mean are too small and go against each other; of white noise, this is left.
    share = np.bincount(own.ravel(), weight, count) / whole
    kept = 1 - (share**2).sum()
    lags = int(4 * (count / 100) ** (2 / 9))
    for lag in range(1, min(lags, count - 1) + 1):
        beside = (paths[lag:] - paths[:-lag] == [0, lag]).all(axis=1)
        kernel = 2 * (1 - lag / (lags + 1))
        variance += kernel * (sums[lag:] * sums[:-lag])[beside].sum(axis=0)
        kept -= kernel * (share[lag:] * share[:-lag])[beside].sum()
    return np.sqrt(np.maximum(variance, 0) / max(kept, LEAST_KEPT)) / whole

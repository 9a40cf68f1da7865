"""Regressions in which the functions of one bare cluster share their fate.

With several species there are many functions on each cluster: their interactions are small or
large together, because the distance is the same. A *group* is the functions of one orbit of bare
clusters. The group lasso keeps or drops it as a whole (Yuan and Lin, J. R. Stat. Soc. B 68, 49);
the relevance of a group is the width of one Gaussian prior for all of it, found by maximising the
evidence (MacKay, Neural Comput. 4, 415; Tipping, JMLR 1, 211).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from navac.expansion.clusters import Orbit

Splits = Callable[[int], Iterator[tuple[np.ndarray, np.ndarray]]]

LEAST_SHARE = 1e-3
"""Smallest penalty of the path, as a share of the one that drops every group."""
PENALTIES = 30
NARROW = 1e-7
"""A prior this narrow beside the widest one is that of a group without interactions."""
_LOOKS, _SWEEPS = 20, 30
"""Most sweeps over all groups at a penalty, and over those that are there between two of them."""
_ROUNDS = 500
_SETTLED = 1e-3


def function_groups(orbits: Sequence[Orbit]) -> np.ndarray:
    """``[orbit]`` number of the bare cluster that each function is on."""
    number: dict[tuple, int] = {}
    return np.array([number.setdefault(o.prototype, len(number)) for o in orbits], int)


def _members(groups: np.ndarray) -> list[np.ndarray]:
    return [np.flatnonzero(groups == g) for g in np.unique(groups)]


def group_lasso(
    averages: np.ndarray, energies: np.ndarray, groups: np.ndarray, splits: Splits
) -> np.ndarray:
    """``[orbit]`` total interactions, eV; penalty by cross-validation.

    ``‖y − Xw‖²/2n + α Σ_g √p_g ‖X_g w_g‖/√n``: within a group functions are orthonormalised, so
    that the penalty does not depend on the basis (Simon and Tibshirani, Stat. Sin. 22, 983).
    """
    path = np.geomspace(1, LEAST_SHARE, PENALTIES)
    largest = _largest_penalty(_orthonormal(averages, groups), energies)
    errors = np.zeros(PENALTIES)
    for seen, unseen in splits(len(energies)):
        blocks = _orthonormal(averages[seen], groups)
        for k, found in enumerate(_path(blocks, energies[seen], largest * path, len(groups))):
            errors[k] += ((energies[unseen] - averages[unseen] @ found) ** 2).sum()
    blocks = _orthonormal(averages, groups)
    *_, best = _path(blocks, energies, largest * path[: errors.argmin() + 1], len(groups))
    return best


Block = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Columns of a group, their orthonormal combinations, and the way back to interactions."""


def _orthonormal(averages: np.ndarray, groups: np.ndarray) -> list[Block]:
    blocks = []
    for columns in _members(groups):
        left, size, right = np.linalg.svd(averages[:, columns], full_matrices=False)
        told = size > 1e-9 * max(size.max(initial=0.0), 1e-12)
        scale = np.sqrt(len(averages))
        blocks.append((columns, left[:, told] * scale, (right[told].T / size[told]) * scale))
    return [block for block in blocks if block[1].shape[1]]


def _largest_penalty(blocks: Sequence[Block], energies: np.ndarray) -> float:
    n = len(energies)
    return max(
        (float(np.linalg.norm(z.T @ energies)) / n / np.sqrt(z.shape[1]) for _, z, _ in blocks),
        default=1.0,
    )


def _path(
    blocks: Sequence[Block], energies: np.ndarray, penalties: np.ndarray, columns: int
) -> Iterator[np.ndarray]:
    """Interactions for falling penalties, each begun at the last, by descent over the groups."""
    descent = _Descent(blocks, energies)
    for penalty in penalties:
        for _ in range(_LOOKS):
            # Groups that are there are settled before the others are looked at again.
            for _ in range(_SWEEPS):
                if descent.sweep(penalty, descent.there) < descent.tolerance:
                    break
            if descent.sweep(penalty, range(len(blocks))) < descent.tolerance:
                break
        totals = np.zeros(columns)
        for (members, _, back), own in zip(blocks, descent.found, strict=True):
            totals[members] = back @ own
        yield totals


class _Descent:
    """Descent over groups of orthonormal columns, each to its own minimum."""

    def __init__(self, blocks: Sequence[Block], energies: np.ndarray):
        self._blocks = blocks
        self._n = len(energies)
        self._residual = energies.astype(float)
        self.found = [np.zeros(z.shape[1]) for _, z, _ in blocks]
        self.tolerance = 1e-5 * np.linalg.norm(energies) / np.sqrt(self._n) + 1e-300

    @property
    def there(self) -> list[int]:
        """Groups with interactions."""
        return [k for k, own in enumerate(self.found) if np.any(own)]

    def sweep(self, penalty: float, some: Iterable[int]) -> float:
        """Move some groups once; returns the longest step."""
        longest = 0.0
        for k in some:
            z, own = self._blocks[k][1], self.found[k]
            wanted = own + z.T @ self._residual / self._n
            length = float(np.sqrt(wanted @ wanted)) or 1.0
            step = wanted * max(0.0, 1 - penalty * np.sqrt(len(wanted)) / length) - own
            if np.any(step):
                self._residual -= z @ step
                self.found[k] = own + step
                longest = max(longest, float(np.sqrt(step @ step)))
        return longest


def group_relevance(
    averages: np.ndarray, energies: np.ndarray, groups: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Interactions under one Gaussian prior per group, its width by the evidence.

    Returns:
        ``[orbit]`` total interactions, eV, and the penalty λ of each in
        ``‖y − Xw‖² + Σ λ w²``, which is the variance of the noise over that of the prior.
    """
    n = len(energies)
    members = _members(groups)
    power = np.array([max(float((averages[:, m] ** 2).sum()) / n, 1e-300) for m in members])
    variance = energies @ energies / n
    width, noise = variance / power / len(members), 0.1 * variance + 1e-300
    kernels = [averages[:, m] @ averages[:, m].T for m in members]
    for _ in range(_ROUNDS):
        kernel = noise * np.eye(n) + sum(w * k for w, k in zip(width, kernels, strict=True) if w)
        inverse = np.linalg.inv(kernel)
        dual = inverse @ energies
        # Of mean m = w Xᵀ dual and γ = w tr(XᵀC⁻¹X) well-determined terms: width = |m|² / γ.
        pull = np.array([dual @ k @ dual for k in kernels])
        room = np.array([(inverse * k).sum() for k in kernels])
        told, old = width * room, width
        width = width * pull / np.maximum(room, 1e-300)
        width[width * power < NARROW * (width * power).max(initial=0.0)] = 0.0
        residual = noise * dual
        noise = max(float(residual @ residual) / max(n - told.sum(), 0.5), 1e-16)
        if np.abs(width - old).max(initial=0.0) < _SETTLED * width.max(initial=0.0):
            break
    prior = np.zeros(averages.shape[1])
    for w, m in zip(width, members, strict=True):
        prior[m] = w
    used = prior > 0
    scaled = averages[:, used] * prior[used]
    totals = np.zeros(len(prior))
    kernel = noise * np.eye(n) + scaled @ averages[:, used].T
    totals[used] = scaled.T @ np.linalg.solve(kernel, energies)
    with np.errstate(divide="ignore"):
        return totals, np.where(used, noise / prior, np.inf)

"""Which energies a round asks for: predicted ground states, then what is most uncertain near the
hull.

An ordering may be a ground state where its energy above the hull is less than the standard error
of that. Of those, the one is asked for first whose energy is least known; the others are judged
again as if it were known (the covariance after one more energy), so that a round does not ask the
same question several times.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from navac.fit.uncertainty import Uncertainty
from navac.hull import Hull

GROUND_STATE, UNCERTAIN = "predicted ground state", "uncertain near the hull"


class Asked(NamedTuple):
    """A row of a pool that a round asks the energy of.

    Attributes:
        row: in the pool.
        why: GROUND_STATE or UNCERTAIN.
        above: predicted energy above the hull of the known orderings, eV per primitive cell.
        stderr: of that, before this round, eV per primitive cell.
    """

    row: int
    why: str
    above: float
    stderr: float


@dataclass(frozen=True)
class Candidates:
    """Orderings without an energy, as the fit sees them.

    Attributes:
        x: ``[candidate]``.
        energies: ``[candidate]`` predicted, eV per primitive cell.
        above: ``[candidate]`` predicted energy above the hull of the known ones, eV per cell.
        design: ``[candidate, term]`` correlations relative to the known hull below, constant
            included: what the energy above the hull depends on.
    """

    x: np.ndarray
    energies: np.ndarray
    above: np.ndarray
    design: np.ndarray

    @classmethod
    def of(
        cls, x: np.ndarray, energies: np.ndarray, averages: np.ndarray, known: Hull,
        known_averages: np.ndarray,
    ) -> Candidates:  # fmt: skip
        """
        Args:
            known: ground states of the expansion among the known orderings.
            known_averages: ``[state, orbit]`` their correlations.
        """
        right = np.clip(np.searchsorted(known.x, x - 1e-9), 1, len(known.x) - 1)
        left = right - 1
        share = ((x - known.x[left]) / (known.x[right] - known.x[left]))[:, None]
        below = (1 - share) * known_averages[left] + share * known_averages[right]
        design = np.column_stack([np.zeros(len(x)), averages - below])
        return cls(x, energies, np.asarray(known.above(x, energies)), design)


def ground_state_rows(candidates: Candidates, hull: Hull, least: float) -> list[int]:
    """Candidates on the hull of everything, deepest below the known hull first.

    Args:
        hull: of the expansion among known orderings and candidates; its rows are those of the
            candidates, −1 and below for known ones.
        least: eV per primitive cell below the known hull that counts.
    """
    rows = [int(k) for k in hull.index if k >= 0 and candidates.above[k] < -least]
    return sorted(rows, key=lambda k: candidates.above[k])


def propose(
    candidates: Candidates,
    predicted: list[int],
    uncertainty: Uncertainty,
    *,
    count: int,
    reach: float = 2.0,
) -> list[Asked]:
    """At most ``count`` orderings: ground states first, and a quarter for what is uncertain.

    Args:
        predicted: rows that are predicted ground states, the most urgent first.
        reach: standard errors within which an ordering may be below the hull.
    """
    covariance = uncertainty.covariance.copy()
    first_stderr = _stderr(candidates.design, covariance)
    asked: list[Asked] = []

    def ask(row: int, why: str) -> None:
        nonlocal covariance
        asked.append(Asked(row, why, float(candidates.above[row]), float(first_stderr[row])))
        covariance = _after(covariance, candidates.design[row], uncertainty.noise)

    for row in predicted[: max(1, count - count // 4)] if count else []:
        ask(row, GROUND_STATE)
    while len(asked) < count:
        stderr = _stderr(candidates.design, covariance)
        open_ = candidates.above - reach * stderr < 0
        open_[[one.row for one in asked]] = False
        if not open_.any() or stderr[open_].max() <= max(2 * uncertainty.noise, 1e-6):
            break
        ask(int(np.where(open_, stderr, -1.0).argmax()), UNCERTAIN)
    rest = [row for row in predicted if row not in {one.row for one in asked}]
    for row in rest[: count - len(asked)]:
        ask(row, GROUND_STATE)
    return asked


def _stderr(design: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """``[candidate]`` standard error of the energy above the hull, eV per primitive cell."""
    return np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", design, covariance, design), 0.0))


def _after(covariance: np.ndarray, row: np.ndarray, noise: float) -> np.ndarray:
    """The covariance with one more energy known."""
    gain = covariance @ row
    spread = float(row @ gain) + noise**2
    return covariance if spread <= 0 else covariance - np.outer(gain, gain) / spread

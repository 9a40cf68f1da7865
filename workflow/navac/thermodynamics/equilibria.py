"""The stable phases along μ at every temperature, and the equilibria between neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.optimize import brentq

from navac.thermodynamics.fields import Fields, Row

PARTS = 8
"""Parts of a step of μ in which the lowest phase is looked for."""

SIGNIFICANCE = 2.0
"""A phase is stable if it is lower than the others by so many standard errors somewhere."""


@dataclass(frozen=True, kw_only=True)
class Equilibrium:
    """Two phases of the same φ at one temperature.

    Attributes:
        step: position of the temperature.
        low, high: positions of the phases.
        mu: eV per atom.
        number: atoms per primitive cell of the two phases.
        stderr: standard errors of these two numbers and of μ.
        resampled: ``[resample, 3]`` both numbers and μ.
    """

    step: int
    low: int
    high: int
    mu: float
    number: tuple[float, float]
    stderr: tuple[float, float, float]
    resampled: np.ndarray


def stable_phases(fields: Fields) -> list[list[int]]:
    """``[T]`` the stable phases by rising μ.

    A phase is stable at neighbouring temperatures at which its φ is the lowest somewhere, if at one
    of them at least it is so by more than its error. One that is lowest at a single temperature
    between others comes and goes with the noise.
    """
    allowed = np.isfinite(fields.phi[0]).any(axis=2).T  # [T, phase]
    rows = [fields.rows(step) for step in range(len(allowed))]
    fine = [row.finer(PARTS) for row in rows]
    while True:
        depth, error = (
            np.array(values) for values in zip(*map(_depths, rows, fine, allowed), strict=True)
        )
        kept = allowed & (depth > 0)
        for phase in range(kept.shape[1]):
            _drop_doubtful(kept[:, phase], depth[:, phase] > SIGNIFICANCE * error[:, phase])
        if (kept == allowed).all() or not kept.any(axis=1).all():
            break
        allowed = kept
    return list(map(lowest, fine, allowed))


def _drop_doubtful(lowest: np.ndarray, sure: np.ndarray) -> None:
    """Unset those of ``lowest[T]`` that run over temperatures none of which is sure."""
    there = np.flatnonzero(lowest)
    for run in np.split(there, np.flatnonzero(np.diff(there) > 1) + 1):
        inside = len(run) == 1 and 0 < run[0] < len(lowest) - 1
        if len(run) and (inside or not sure[run].any()):
            lowest[run] = False


def _depths(row: Row, fine: np.ndarray, there: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """``[phase]`` by how much each phase is at most lower than the others, and the error of that.

    Args:
        fine: ``[phase, μ]`` φ between the points of the grid, see :meth:`.fields.Row.finer`.
        there: ``[phase]`` the phases that count.
    """
    depth, error = np.full(len(there), np.inf), np.zeros(len(there))
    phi = np.where(there[:, None] & np.isfinite(fine), fine, np.inf)
    for k in np.flatnonzero(there):
        others = np.delete(phi, k, axis=0).min(axis=0, initial=np.inf)
        if not np.isfinite(others).any():
            continue
        below = np.where(np.isfinite(phi[k]), others - phi[k], -np.inf)
        at = int(below.argmax())
        depth[k] = below[at]
        here = np.where(there, row.at(row.finer_mu(PARTS)[at])[0], np.inf)
        spread = np.nan_to_num(np.delete(here, k, axis=1), nan=np.inf).min(axis=1) - here[:, k]
        known = np.isfinite(spread).all() and len(spread) > 1
        error[k] = np.hypot(np.std(spread[1:]) if known else 0, row.phi_error[k])
    return depth, error


def lowest(fine: np.ndarray, allowed: np.ndarray) -> list[int]:
    """The lowest of the phases ``allowed[phase]`` along φ ``[phase, μ]``, by rising μ."""
    phi = np.where(allowed[:, None] & np.isfinite(fine), fine, np.inf)
    known = np.isfinite(phi).any(axis=0)
    order = phi[:, known].argmin(axis=0)
    return [int(p) for k, p in enumerate(order) if k == 0 or p != order[k - 1]]


def equilibria(fields: Fields, step: int, sequence: Sequence[int]) -> list[Equilibrium]:
    """The equilibria between neighbours of a sequence of stable phases at one temperature."""
    row, last = fields.rows(step), -np.inf
    found = []
    for low, high in pairwise(sequence):
        mu = crossing(row, low, high, above=last)
        if mu is not None:
            last = mu
            found.append(_equilibrium(row, step, low, high, mu))
    return found


def crossing(row: Row, low: int, high: int, *, above: float = -np.inf) -> float | None:
    """μ at which two phases have the same φ, the second being lower above it.

    Args:
        above: μ beyond which it is looked for; two phases may alternate more than once.
    """
    excess = row.phi[0, high] - row.phi[0, low]
    change = np.flatnonzero((excess[:-1] >= 0) & (excess[1:] < 0) & (row.mu[1:] > above))
    if not len(change):
        return None
    # Of several, that which is nearest to being stable.
    higher = row.phi[0, low] - np.nanmin(row.phi[0], axis=0)
    at = change[np.argmin(np.minimum(higher[change], higher[change + 1]))]

    def difference(mu):
        phi = row.at(mu)[0][0]
        return phi[high] - phi[low]

    ends = row.mu[at], row.mu[at + 1]
    if difference(ends[0]) * difference(ends[1]) > 0:
        return None
    return float(brentq(difference, *ends, xtol=1e-12))


def _equilibrium(row: Row, step: int, low: int, high: int, mu: float) -> Equilibrium:
    """Numbers on both sides; those of resamples to first order in what φ and N change."""
    phi, number, chi = row.at(mu)
    pair = [low, high]
    rise = number[:, high] - number[:, low]
    rise = np.where(np.abs(rise) < 1e-9, 1e-9, rise)
    shift = (phi[:, high] - phi[:, low]) / rise
    shift -= shift[0]
    moved = number[:, pair] + chi[:1, pair] * shift[:, None]
    resampled = np.column_stack([moved, mu + shift])
    spread = resampled[1:].std(axis=0) if len(resampled) > 1 else np.zeros(3)
    of_mu = float(np.hypot(*row.error(mu)[pair])) / max(float(abs(rise[0])), 1e-9)
    routes = np.append(np.hypot(chi[0, pair] * of_mu, row.number_errors(mu)[pair]), of_mu)
    return Equilibrium(
        step=step, low=low, high=high, mu=mu, resampled=resampled,
        number=(float(number[0, low]), float(number[0, high])),
        stderr=tuple(np.hypot(spread, routes).tolist()),
    )  # fmt: skip

"""A phase beyond its states as its fluctuations there say: φ to second order, N and S to first.

∂N/∂μ and ∂S/∂T are the fluctuations of N and of E − μN, and ∂N/∂T is ∂S/∂μ. Half of what the last
order adds is taken for its error. φ stays concave, but it is no bound: true fluctuations become
smaller or larger on the way.
"""

from __future__ import annotations

import numpy as np

from navac.thermodynamics.fields import ERRORS, Fields
from navac.units import BOLTZMANN

FEWEST = 3
"""Chemical potentials side by side beyond which a phase goes on along μ."""

LONGER = 1.5
"""A step in μ beyond the states may be so many times the one before it."""


def farther_along_mu(
    fields: Fields, k: int, held: np.ndarray, most: float, steps: int | None = None
) -> None:
    """Let a phase go on with its last susceptibility on either side of its states, in place.

    Args:
        k: position of the phase.
        held: ``[T, μ]`` where the phase is known, which is added to.
        most: by how much N may change, atoms per primitive cell.
        steps: of the grid of μ, on either side of every stretch of states; as many as it takes on
            the two outer sides if it is None.
    """
    mu = fields.mu
    for step, known in enumerate(held.copy()):
        parts = [s for s in stretches(known) if len(s) >= FEWEST]
        outer = {int(parts[0][0]), int(parts[-1][-1])} if parts else set()
        for stretch in parts:
            for inner, end in ((stretch[1], stretch[0]), (stretch[-2], stretch[-1])):
                if steps is None and int(end) not in outer:
                    continue
                longest, turn = LONGER * abs(mu[end] - mu[inner]), int(end - inner)
                to, left = int(end) + turn, len(mu) if steps is None else steps
                while left and 0 <= to < len(mu) and not held[step, to]:
                    if abs(mu[to] - mu[to - turn]) > longest:
                        break
                    if fields.susceptibility[0, k, step, end] * abs(mu[to] - mu[end]) > most:
                        break
                    _go_on(fields, k, step, int(end), to)
                    held[step, to] = True
                    to, left = to + turn, left - 1


def _go_on(fields: Fields, k: int, step: int, end: int, to: int) -> None:
    """Write what a constant susceptibility and a constant entropy say of another μ."""
    here, there = (slice(None), k, step, end), (slice(None), k, step, to)
    far, T = fields.mu[to] - fields.mu[end], fields.temperature[step]
    chi, variance = fields.susceptibility[here], fields.omega_variance[here]
    phi, number = fields.phi[here], fields.number[here]
    heat = fields.energy[here] - fields.mu[end] * number - phi
    fields.phi[there] = phi - (number + chi * far / 2) * far
    fields.number[there] = number + chi * far
    fields.energy[there] = fields.phi[there] + heat + fields.mu[to] * fields.number[there]
    fields.susceptibility[there], fields.omega_variance[there] = chi, variance
    changes = along_mu(chi[:1], variance[:1], np.array([far]), float(T))
    for name, change in zip(ERRORS, changes, strict=True):
        of_phase = getattr(fields, name)[k, step]
        of_phase[to] = of_phase[end] + change[0] / 2


def colder(fields: Fields, k: int, held: np.ndarray, reach: float) -> None:
    """Let a phase go on below its coldest state at every μ, in place, as long as it has entropy.

    Args:
        held: ``[T, μ]`` where the phase is known, which is added to.
        reach: the part of the temperature by which it goes on.
    """
    T, known = fields.temperature, held.copy()
    turn = np.full(fields.phi[:, k].shape, np.nan)  # ∂S/∂μ
    for step, row in enumerate(known):
        for stretch in (s for s in stretches(row) if len(s) > 1):
            S = _entropy(fields, k, step)[:, stretch]
            turn[:, step, stretch] = np.gradient(S, fields.mu[stretch], axis=1)
    for at in np.flatnonzero(known.any(axis=0)).tolist():
        first = int(known[:, at].argmax())
        if not np.isfinite(turn[:, first, at]).all():
            continue
        for step in range(first - 1, -1, -1):
            if T[first] - T[step] > reach * T[first]:
                break
            if not _go_down(fields, k, at, first, step, turn[:, first, at]):
                break
            held[step, at] = True


def _entropy(fields: Fields, k: int, step: int) -> np.ndarray:
    """``[resample, μ]`` eV/K per primitive cell."""
    phi, number, energy = (getattr(fields, n)[:, k, step] for n in ("phi", "number", "energy"))
    return (energy - fields.mu * number - phi) / fields.temperature[step]


def _go_down(fields: Fields, k: int, at: int, first: int, step: int, turn: np.ndarray) -> bool:
    """Write what constant derivatives say of a lower temperature; false where no entropy is left.

    Args:
        turn: ``[resample]`` ∂N/∂T there.
    """
    here, there = (slice(None), k, first, at), (slice(None), k, step, at)
    T, mu = float(fields.temperature[first]), fields.mu[at]
    far, variance = float(fields.temperature[step]) - T, fields.omega_variance[here]
    S = _entropy(fields, k, first)[:, at]
    rise = variance / (BOLTZMANN * T**3)  # ∂S/∂T
    if not (S + rise * far > 0).all():
        return False
    phi = fields.phi[here] - S * far - rise * far**2 / 2
    number = fields.number[here] + turn * far
    fields.phi[there], fields.number[there] = phi, number
    fields.energy[there] = phi + (T + far) * (S + rise * far) + mu * number
    fields.susceptibility[there] = fields.susceptibility[here]
    fields.omega_variance[there] = variance
    changes = rise[0] * far**2 / 2, abs(turn[0] * far), T * rise[0] * abs(far)
    for name, change in zip(ERRORS, changes, strict=True):
        of_phase = getattr(fields, name)[k]
        of_phase[step, at] = of_phase[first, at] + change / 2
    return True


def along_mu(
    chi: np.ndarray, variance: np.ndarray, step: np.ndarray, T: float
) -> tuple[np.ndarray, ...]:
    """By how much φ, N and E − μN change over steps of μ beyond what constant N and E say.

    The covariance of N and E − μN is not larger than the product of their fluctuations.
    """
    step = np.abs(step)
    return chi / 2 * step**2, chi * step, np.sqrt(chi * variance / (BOLTZMANN * T)) * step


def stretches(sampled: np.ndarray) -> list[np.ndarray]:
    """Positions of ``[μ]`` true values, those side by side together."""
    there = np.flatnonzero(sampled)
    return np.split(there, np.flatnonzero(np.diff(there) > 1) + 1) if len(there) else []

"""What was sampled of a phase: N, E − μN, their fluctuations, and integrals with their doubts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import uniform_filter1d

from navac.sampling.plan import Plan
from navac.thermodynamics.integration import Branches, excitations
from navac.units import BOLTZMANN

SLUGGISH = 0.15
"""Least standard error of N and of E − μN, in units of their spread in the supercell: where that is
large, states relax slowly, and blocks tell less of their error."""

OF_INTEGRALS = 0.02
"""Relative standard error of what heating adds to φ by a trapezium rule, …"""

OF_EXCITATIONS = 0.1
"""… and of what excitations add below the first temperature, their energies not being one;"""

LEAST = 2e-6
"""and at least this, eV per primitive cell."""

POOLED = 3
"""Neighbours in μ to either side over which variances of averages are pooled."""


@dataclass(frozen=True, kw_only=True)
class PhaseStates:
    """What was sampled of a phase, the mean of all paths in it at the same conditions.

    Attributes:
        where: ``[state]`` twice: positions in T and in μ.
        number, omega: ``[state, resample]`` N, and E − μN in eV, less those of the reference.
        number_stderr, omega_stderr: ``[state]``.
        susceptibility, variance: ``[state, resample]`` 1/eV, and eV².
        phi: ``[state, resample]`` the most certain integral, less φ of the reference, eV.
        phi_stderr: ``[state]``.
        path: ``[state, 2]`` branch, and position in μ, of the path of that integral.
        rarest: what one event at one site in all that is sampled of a state makes of N.
        reference: E and N of which ``E − μN`` is left out: those of the ground state.
    """

    where: tuple[np.ndarray, np.ndarray]
    number: np.ndarray
    omega: np.ndarray
    number_stderr: np.ndarray
    omega_stderr: np.ndarray
    susceptibility: np.ndarray
    variance: np.ndarray
    phi: np.ndarray
    phi_stderr: np.ndarray
    path: np.ndarray
    rarest: float
    reference: tuple[float, float]


def states_of(
    plan: Plan, resampled: Sequence[Branches], doubt: np.ndarray, phase: np.ndarray, number: int,
    cells: int, sweeps: int,
) -> PhaseStates:  # fmt: skip
    """What was sampled of a phase.

    Args:
        resampled: the branches without resampling, then those of every resample.
        doubt: ``[branch, T, μ]`` standard error of φ by jumps on the way; see :func:`doubts`.
        phase: ``[branch, T, μ]`` the phase of every state.
        number: of the phase.
        cells: primitive cells of the supercell.
        sweeps: for which every state was measured.
    """
    own = phase == number
    T, mu = np.nonzero(own.any(axis=0))
    inside = own[:, T, mu]
    heated = number < len(plan.phases)
    reference = (
        (float(plan.energy[number]), float(plan.number[number])) if heated
        else (float(plan.energy.mean()), float(plan.number.mean()))
    )  # fmt: skip
    ground = reference[0] - plan.mu_grid[mu] * reference[1]
    weight = inside / inside.sum(axis=0)

    def mean(values):
        return (np.where(inside, values[:, T, mu], 0) * weight).sum(axis=0)

    N = np.stack([mean(b.number) for b in resampled], axis=1)
    E = np.stack([mean(b.energy) for b in resampled], axis=1)
    doubted = np.where(inside, doubt[:, T, mu], np.inf)
    surest = doubted.min(axis=0)
    sure = inside & (doubted <= surest + LEAST)
    lowest = np.where(sure, resampled[0].phi[:, T, mu], np.inf).argmin(axis=0)
    phi = np.stack([b.phi[lowest, T, mu] for b in resampled], axis=1)
    kT = BOLTZMANN * plan.temperatures[T]
    chi = np.stack([mean(b.susceptibility) for b in resampled], axis=1)
    variance = np.stack([mean(b.omega_variance) for b in resampled], axis=1)
    omega = E - plan.mu_grid[mu][:, None] * N
    excess = phi - ground[:, None]
    rarest = 1 / (cells * max(sweeps, 1))
    trusted = LEAST + OF_INTEGRALS * np.abs(excess[:, 0]) * heated
    return PhaseStates(
        where=(T, mu),
        number=N - reference[1],
        omega=omega - ground[:, None],
        number_stderr=_error(
            N, (T, mu), np.maximum(SLUGGISH * np.sqrt(chi[:, 0] * kT / cells), rarest)
        ),
        omega_stderr=_error(omega, (T, mu), SLUGGISH * np.sqrt(variance[:, 0] / cells)),
        susceptibility=chi,
        variance=variance,
        phi=excess,
        phi_stderr=np.sqrt(trusted**2 + surest**2 + _error(phi, (lowest, T, mu), LEAST) ** 2),
        path=np.column_stack([lowest, mu]),
        rarest=rarest,
        reference=reference,
    )


def _error(values: np.ndarray, where, least: np.ndarray | float) -> np.ndarray:
    """``[state]`` standard errors by resamples, not below ``least``; nothing is known to the last
    digit.

    Pooled over neighbours in μ: that of a state alone, from ten blocks, is itself off by a quarter.
    Weights from such errors prefer states that seem certain by chance, so that their mean is
    less certain than it could be, and seems more certain than it is (Meier, Biometrics 9, 59
    (1953)).

    Args:
        values: ``[state, resample]``.
        where: positions ``[state]`` that tell states apart, the last of them in μ.
    """
    variance = values[:, 1:].var(axis=1)
    *rest, mu = (np.asarray(w) for w in where)
    line = np.unique(np.column_stack(rest), axis=0, return_inverse=True)[1].ravel()
    sums, counts = np.zeros((2, line.max(initial=0) + 1, mu.max(initial=0) + 1))
    np.add.at(sums, (line, mu), variance)
    np.add.at(counts, (line, mu), 1)
    sums, counts = (
        uniform_filter1d(a, 2 * POOLED + 1, axis=1, mode="constant")[line, mu]
        for a in (sums, counts)
    )
    return np.hypot(np.sqrt(np.maximum(sums, 0) / counts), least) + 1e-7


def doubts(plan: Plan, data: Branches, *, scanned: bool = False) -> np.ndarray:
    """``[branch, T, μ]`` standard error of integrals of φ by jumps of E − μN on the way, eV.

    An integral over 1/T across a jump is uncertain by the jump times the step. Heated paths begin
    at a ground state, from which the first temperature may have been far already: what excitations
    add up to there is uncertain by :data:`OF_EXCITATIONS` if they are rare, else by all of it.

    Args:
        scanned: whether states were reached along μ and not by heating: these have no doubt here.
    """
    if scanned:
        return np.zeros_like(data.phi)
    mu, T = plan.mu_grid, plan.temperatures[:, None]
    beta = 1 / (BOLTZMANN * T)
    omega = data.energy - mu * data.number
    slope = data.omega_variance * beta / T
    rise = np.abs(np.diff(omega, axis=1))
    explained = np.abs(slope[:, 1:] + slope[:, :-1]) / 2 * np.diff(T, axis=0)
    jump = np.maximum(rise - 2 * explained, 0) * np.abs(np.diff(beta, axis=0))
    jump = np.where(np.isfinite(jump), jump, 0)
    nothing = np.zeros_like(omega[:, :1])
    up = np.cumsum(np.concatenate([nothing, jump], axis=1), axis=1)
    down = np.cumsum(np.concatenate([nothing, jump[:, ::-1]], axis=1), axis=1)[:, ::-1]
    heats = np.arange(plan.n_branches) < len(plan.phases)
    frozen = plan.energy[:, None] - mu * plan.number[:, None]
    start = np.zeros_like(omega[:, 0])
    # Excitations at the first temperature are a few kT at most; anything else has left.
    start[heats] = _of_start(beta[0], omega[heats, 0] - frozen, data.omega_variance[heats, 0])
    up = up + np.nan_to_num(start)[:, None]
    return np.where(heats[:, None, None], up, down) / beta


def _of_start(beta: np.ndarray, rise: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Standard error of βφ at the first temperature of heated paths."""
    lowered = excitations(beta, rise, variance)
    # Excitations that are not rare are worth a few kT at most; anything more has left.
    left = np.maximum(beta * np.abs(rise) - 1, 0)
    return np.where(lowered > 0, OF_EXCITATIONS * lowered, left)

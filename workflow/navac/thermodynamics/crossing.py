"""Boundaries as crossings: φ(μ) of two phases, each fitted along its own branch.

A branch knows its phase on both sides of a transition as far as the phase stays metastable. There
N(μ) is fitted with its fluctuations, which are its slope, and φ follows by integration:

    N = n + χ (μ − μ₀) + κ (μ − μ₀)²/2,  φ = φ₀ − ∫ N dμ.

So N at the transition is interpolated where it can be, and no state of the other phase enters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from navac.sampling.plan import Plan
from navac.thermodynamics.envelope import Envelope, envelope, tangent_crossing
from navac.thermodynamics.integration import Branches
from navac.thermodynamics.phases import Coexistence
from navac.units import BOLTZMANN

NEAREST = 4
"""States of a phase that are fitted."""

OWN = 0.25
"""A state is of a phase if its N has come less far than this towards the other."""

SUSCEPTIBILITY_ERROR = 0.2
"""Relative error of a susceptibility."""

MODEL_ERROR = 0.03
"""Error of N by a state at a distance, in units of the rise of N up to it."""

SLUGGISH = 0.15
"""Least standard error of N in units of its spread in the supercell: where this is large, states
relax slowly, and blocks tell less of their error."""

LEAP = 4.0
"""χ that rises by this factor from one state to the next may be that of a path that was in the
other phase for a while: the state counts less, and what follows is left out."""

DOUBT = 0.25
"""Error of N of such a state, in units of the step of N to it."""

BENDING = 2.0
"""Largest change of χ over the fitted states, in units of χ, that is likely."""


@dataclass(frozen=True, kw_only=True)
class LocalFit:
    """φ and N of a phase around ``mu``: φ₀ in eV, n, χ in 1/eV, κ in 1/eV², and the error of n.

    ``reach`` is the first and the last μ of the fitted states without doubt.
    """

    mu: float
    phi: float
    n: float
    chi: float
    kappa: float
    stderr: float
    reach: tuple[float, float]

    def error(self, mu: float) -> float:
        """Standard error of N: all that it changes beyond the fitted states is doubtful."""
        edge = min(max(mu, self.reach[0]), self.reach[1])
        return float(np.hypot(self.stderr, self.number(mu) - self.number(edge)))

    def number(self, mu: float) -> float:
        """N, atoms per primitive cell."""
        d = mu - self.mu
        return self.n + self.chi * d + self.kappa * d**2 / 2

    def grand_potential(self, mu: float) -> float:
        """φ, eV per primitive cell."""
        return self.phi - float(_integrals(mu - self.mu) @ [self.n, self.chi, self.kappa])


def _integrals(d) -> np.ndarray:
    """``[…, 3]`` what n, χ and κ add to ∫ N dμ up to a distance."""
    d = np.asarray(d)
    return np.stack([d, d**2 / 2, d**3 / 6], axis=-1)


def local_fit(mu0: float, mu, phi, number, chi, stderr, leaps) -> LocalFit:
    """Fit N and χ of some states of a phase, all ``[state]``, around ``mu0``."""
    d = mu - mu0
    reach = max(float(np.abs(d).max()), 1e-9)
    typical = max(float(np.median(chi)), 1e-6)
    zero, one = np.zeros_like(d), np.ones_like(d)
    sigma = _number_error(d, chi, stderr)
    of_chi = np.where(leaps, chi, SUSCEPTIBILITY_ERROR * typical)
    rows = np.concatenate([
        np.stack([one, d, d**2 / 2], axis=1) / sigma[:, None],
        np.stack([zero, one, d], axis=1) / of_chi[:, None],
        [[0, 0, reach / (BENDING * typical)]],
    ])  # fmt: skip
    values = np.concatenate([number / sigma, chi / of_chi, [0]])
    found, *_ = np.linalg.lstsq(rows, values, rcond=None)
    sure = mu[~leaps] if (~leaps).any() else mu
    error = float(np.sqrt(np.linalg.pinv(rows.T @ rows)[0, 0]))
    # φ of far states carries the error of the integral up to here.
    near = 1 / (d**2 + (np.diff(np.sort(mu)).min() / 2) ** 2) ** 2
    phi0 = float(np.average(phi + _integrals(d) @ found, weights=near))
    return LocalFit(
        mu=mu0,
        phi=phi0,
        n=found[0],
        chi=found[1],
        kappa=found[2],
        stderr=error,
        reach=(sure.min(), sure.max()),
    )


def _number_error(d, chi, stderr) -> np.ndarray:
    return np.sqrt(stderr**2 + (MODEL_ERROR * chi * d) ** 2 + 1e-10)


def crossings(
    plan: Plan,
    resampled: Sequence[Branches],
    errors: np.ndarray,
    steps: Sequence[Envelope],
    found: Sequence[Coexistence],
) -> list[Coexistence]:
    """Equilibria found from jumps, once more where the fitted φ of their phases cross.

    Standard errors are the larger of those of the fits and of resampling.

    Args:
        resampled: the branches without resampling, then those of every resample.
        errors: ``[branch, T, μ]`` standard errors of N.
        steps: the envelope of every temperature.
    """
    result = []
    for c in found:
        plain = _crossed(plan, resampled[0], errors, steps[c.step], c)
        again = [
            _crossed(plan, data, errors, envelope(plan, data, c.step, steps[c.step].branch), c)
            for data in resampled[1:]
        ]
        spread = np.std([(a.n_low, a.n_high, a.mu) for a in again], axis=0)
        stderr = np.fmax(spread, plain.stderr).tolist()
        result.append(replace(plain, stderr=tuple(stderr)))
    return result


def _crossed(
    plan: Plan, data: Branches, errors: np.ndarray, now: Envelope, c: Coexistence
) -> Coexistence:
    """An equilibrium where fits cross.

    Tangents take their place where a phase was sampled at a single μ, or the fits do not cross
    between the sides of the jump.
    """
    fits = [
        _fit_side(plan, data, errors, now, c, position, n, other)
        for position, n, other in ((c.left, c.n_low, c.n_high), (c.right, c.n_high, c.n_low))
    ]
    low, high = fits
    if low is not None and high is not None:
        step = float(np.diff(plan.mu_grid).min())
        mu = _meeting(low, high, now.mu[c.left] - step, now.mu[c.right] + step)
        if mu is not None and low.number(mu) < high.number(mu):
            return replace(
                c, mu=mu, n_low=float(low.number(mu)), n_high=float(high.number(mu)),
                stderr=(low.error(mu), high.error(mu), 0.0),
            )  # fmt: skip
    mu, n_low, n_high = tangent_crossing(now, c.left, c.right)
    return replace(c, mu=mu, n_low=n_low, n_high=n_high)


def _fit_side(
    plan: Plan, data, errors, now: Envelope, c: Coexistence, position: int, n: float, other: float
) -> LocalFit | None:
    branch = int(now.branch[position])
    own = _own(data, branch, c.step, position, n, other)
    if len(own) < 2:
        return None
    along = (branch, c.step)
    leaps = _leaps(data.susceptibility[along], towards=np.sign(other - n))
    stderr = errors[along] + DOUBT * leaps * _step_of(data.number[along], np.sign(other - n))
    own = own[np.argsort(np.abs(plan.mu_grid[own] - c.mu), kind="stable")[:NEAREST]]
    at = (*along, own)
    return local_fit(
        c.mu, plan.mu_grid[own], data.phi[at], data.number[at], data.susceptibility[at],
        stderr[own], leaps[own],
    )  # fmt: skip


def _own(data: Branches, branch: int, step: int, position: int, n: float, other: float):
    """Neighbouring positions in μ, ``position`` among them, at which a branch is in its phase."""
    number = data.number[branch, step]
    # towards the other phase N may not come far; away from it, it may go wherever it goes
    there = (number - n) * np.sign(other - n) < OWN * abs(other - n)
    there &= data.stationary[branch, step] & np.isfinite(data.phi[branch, step])
    towards = np.sign(other - n)
    there &= ~_after(_leaps(data.susceptibility[branch, step], towards), towards)
    if not there[position]:
        return np.zeros(0, int)
    gaps = np.flatnonzero(~there)
    first = gaps[gaps < position].max(initial=-1) + 1
    last = gaps[gaps > position].min(initial=len(number))
    return np.arange(first, last)


def _leaps(chi: np.ndarray, towards: float) -> np.ndarray:
    """``[μ]`` where χ leaps from one state to the next in the direction of the other phase."""
    return chi > LEAP * _before(chi, towards, np.inf)


def _before(values: np.ndarray, towards: float, fill) -> np.ndarray:
    """``[μ]`` the values one state farther from the other phase."""
    moved = np.roll(values, int(towards))
    moved[0 if towards > 0 else -1] = fill
    return moved


def _after(leaps: np.ndarray, towards: float) -> np.ndarray:
    """``[μ]`` states next to one that leaps, towards the other phase."""
    return _before(leaps, towards, False)


def _step_of(number: np.ndarray, towards: float) -> np.ndarray:
    before = _before(number, towards, np.nan)
    return np.nan_to_num(np.abs(number - before))


def _meeting(low: LocalFit, high: LocalFit, first: float, last: float) -> float | None:
    """μ in an interval at which φ is equal, by Newton's method."""
    mu = low.mu
    for _ in range(8):
        rise = high.number(mu) - low.number(mu)
        if rise <= 0:
            return None
        mu += (high.grand_potential(mu) - low.grand_potential(mu)) / rise
        if not first <= mu <= last:
            return None
    return float(mu)


def number_errors(plan: Plan, resampled: Sequence[Branches], cells: int) -> np.ndarray:
    """``[branch, T, μ]`` standard errors of N.

    Args:
        resampled: the branches without resampling, then those of every resample.
        cells: primitive cells of the supercell.
    """
    blocks = np.std([b.number for b in resampled[1:]], axis=0)
    kT = BOLTZMANN * plan.temperatures[:, None]
    return np.hypot(blocks, SLUGGISH * np.sqrt(resampled[0].susceptibility * kT / cells))

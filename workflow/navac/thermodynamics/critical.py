"""Critical points of the two-phase regions of a diagram: states around them, and the fits.

A region between two neighbouring phases closes at a critical point if an equation of state holds
around its top. Two fits of different corrections are averaged; half of their difference is an error
beside that of sampling.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from navac.sampling.plan import Plan
from navac.thermodynamics.critical_fit import EquationOfState, Points, fit_equation_of_state
from navac.thermodynamics.integration import Branches
from navac.thermodynamics.phase_states import SLUGGISH
from navac.thermodynamics.scaling import Universality
from navac.units import BOLTZMANN

LARGEST_MISFIT = 6.0
"""χ² per degree of freedom beyond which the equation of state does not hold."""

LARGEST_ERROR = 0.03
"""Relative standard error beyond which a critical temperature is unknown."""

LEFT_OUT = 0.002
"""Relative error of a critical temperature by what both forms of the equation of state leave out;
lattices whose critical temperature is known are off by so much (benchmarks/ising.py)."""

FARTHEST = 0.08
"""A critical temperature farther than this, relative, from where the region ends is another's."""

SAME = 0.05
"""Branches whose n differs by less, in units of the difference of the phases, are in one state."""

OUTSIDE = 0.02
"""How far the n of states of a region may lie beyond its phases, in the same units."""


@dataclass(frozen=True, kw_only=True)
class CriticalPoint:
    """Where two phases become one.

    Attributes:
        low, high: names of the phases.
        temperature, temperature_stderr: K.
        number: atoms per primitive cell there.
        mu: eV per atom.
        fits: equations of state, one per form of the corrections.
        numbers: atoms per primitive cell of the two phases at 0 K, between which n is measured.
    """

    low: str
    high: str
    temperature: float
    temperature_stderr: float
    number: float
    mu: float
    fits: tuple[EquationOfState, ...]
    numbers: tuple[float, float]

    def rounded(self, T: float) -> bool:
        """Whether the supercell rounds the boundaries at a temperature below this point."""
        return self.temperature > T and any(fit.rounded(T) for fit in self.fits)

    def coexisting(self, T: float) -> tuple[np.ndarray, np.ndarray]:
        """``[3]`` N on the two sides, atoms per primitive cell, and μ; and standard errors.

        Each form is taken as far below its own critical temperature, relatively, as ``T`` is below
        the mean of them; that these differ is in the errors.
        """
        first, width = self.numbers[0], self.numbers[1] - self.numbers[0]
        scale, zero = np.array([width, width, 1]), np.array([first, first, 0])
        own = [T * fit.values[0] / self.temperature for fit in self.fits]
        pairs = list(zip(self.fits, own, strict=True))
        values = np.array([fit.sides(at) for fit, at in pairs])
        errors = np.array([fit.sides_stderr(at) for fit, at in pairs]).max(axis=0)
        moved = np.array([fit.sides(at + 0.1) - fit.sides(at - 0.1) for fit, at in pairs]) / 0.2
        forms = np.ptp([fit.values[0] for fit in self.fits]) / 2 * np.abs(moved).max(axis=0)
        errors = np.sqrt(errors**2 + forms**2 + (np.ptp(values, axis=0) / 2) ** 2)
        return values.mean(axis=0) * scale + zero, errors * scale


def critical_point(
    plan: Plan,
    resampled: Sequence[Branches],
    names: tuple[str, str],
    guess: float,
    cells: int,
    of: Universality,
) -> CriticalPoint | None:
    """The critical point of the region of two phases; None where no equation of state holds.

    Args:
        resampled: the branches without resampling, then those of every resample.
        names: of two phases of the plan.
        guess: temperature at which the region seems to end, K.
        cells: primitive cells of the supercell.
    """
    numbers = tuple(float(plan.number[plan.phases.index(name)]) for name in names)
    points = states_between(plan, resampled, numbers, cells)
    atoms = cells * (numbers[1] - numbers[0])
    found = [
        fit_equation_of_state(points, atoms, guess, of, by_distance=by_distance)
        for by_distance in (False, True)
    ]
    fits = tuple(fit for fit in found if fit is not None and _holds(fit, guess))
    if not fits:
        return None
    values = np.mean([fit.values for fit in fits], axis=0)
    T = np.array([fit.values[0] for fit in fits])
    sampling = max(fit.temperature_stderr for fit in fits)
    parts = sampling, np.ptp(T) / 2, LEFT_OUT * T.mean()
    return CriticalPoint(
        low=names[0], high=names[1], temperature=float(T.mean()),
        temperature_stderr=float(np.sqrt(sum(e**2 for e in parts))),
        number=float(numbers[0] + values[3] * (numbers[1] - numbers[0])), mu=float(values[1]),
        fits=fits, numbers=(numbers[0], numbers[1]),
    )  # fmt: skip


def _holds(fit: EquationOfState, guess: float) -> bool:
    T, error = fit.values[0], fit.temperature_stderr
    return bool(
        fit.misfit < LARGEST_MISFIT and error < LARGEST_ERROR * T and abs(T / guess - 1) < FARTHEST
    )


def states_between(
    plan: Plan, resampled: Sequence[Branches], numbers: Sequence[float], cells: int
) -> Points:
    """The stationary states with N between those of two phases.

    Where branches of different N are equally low, as far as the routes of integration agree, all
    are taken, each for the phase on whose side it is. Elsewhere those are taken that are in the
    state of the lowest.
    """
    data, first, width = resampled[0], numbers[0], numbers[1] - numbers[0]
    errors = number_errors(plan, resampled, cells)
    rows = []
    for step, T in enumerate(plan.temperatures):
        n = (data.number[:, step] - first) / width
        usable, tied = _equally_low(data.phi[:, step], n)
        usable &= data.stationary[:, step] & (n > -OUTSIDE) & (n < 1 + OUTSIDE)
        branch, index = np.nonzero(usable)
        chi = data.susceptibility[branch, step, index]
        spread = np.sqrt(chi * BOLTZMANN * T / cells) / width
        rows.append([
            np.full(len(index), T), plan.mu_grid[index], n[branch, index],
            errors[branch, step, index] / width, spread,
            np.where(tied[index], np.sign(n[branch, index] - 0.5), 0),
        ])  # fmt: skip
    return Points(**dict(zip(
        ("T", "mu", "n", "stderr", "spread", "side"),
        (np.concatenate(column) for column in zip(*rows, strict=True)), strict=True,
    )))  # fmt: skip


def _equally_low(phi: np.ndarray, n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """``[branch, μ]`` which states may be stable, and ``[μ]`` where those are of different n."""
    lowest = np.nanargmin(phi, axis=0), np.arange(phi.shape[1])
    above, same = phi - phi[lowest], np.abs(n - n[lowest]) < SAME
    agree = max(
        (float(np.median(gaps[alike])) for gaps, alike in zip(above, same, strict=True)
         if alike.any()), default=0.0,
    )  # fmt: skip
    close = above < 2 * agree + 1e-6
    tied = (close & ~same).any(axis=0)
    return close | (same & ~tied), tied


def number_errors(plan: Plan, resampled: Sequence[Branches], cells: int) -> np.ndarray:
    """``[branch, T, μ]`` standard errors of N.

    Args:
        resampled: the branches without resampling, then those of every resample.
        cells: primitive cells of the supercell.
    """
    blocks = np.std([b.number for b in resampled[1:]], axis=0)
    kT = BOLTZMANN * plan.temperatures[:, None]
    return np.hypot(blocks, SLUGGISH * np.sqrt(resampled[0].susceptibility * kT / cells))

"""Grand potentials of sampled states by thermodynamic integration along their paths.

At fixed μ, βφ = β₀φ₀ + ∫ (E − μN) dβ (paper, SI Eq. 3). A phase is heated from its ground state: at
the first temperature its excitations are few, and fall off exponentially towards 0 K. The
disordered state is cooled from infinite temperature, where β₀φ₀ = −ln 2 per site. Either way
hysteresis makes φ too high, never too low. Everything is per primitive cell.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from navac.crystal.configurations import Configurations
from navac.sampling.plan import Plan, Walks
from navac.sampling.record import Samples
from navac.sampling.scans import Scans, plan_scans, scan_walks
from navac.units import BOLTZMANN

LARGEST_CORRECTION = 0.25
"""End-point derivatives may change the integral over a step of β by this part of the difference
between its upper and its lower sum. More comes from a step that is too long for them."""

RARE = 2.0
"""Mean energy, in kT, from which excitations are rare."""

NONSTATIONARY_RATIO = 4.0
"""Variance of block means, over that within blocks, beyond which a path is not stationary …"""

NONSTATIONARY_SPREAD = 0.02, 0.003
"""… if the block means also spread by more than this, atoms and eV per primitive cell."""


@dataclass(frozen=True, kw_only=True)
class Branches:
    """Each branch of a plan on its (T, μ) grid; NaN where no path of it was sampled.

    Attributes:
        phi: ``[branch, T, μ]`` grand potential, eV.
        number: ``[branch, T, μ]`` atoms.
        energy: ``[branch, T, μ]`` eV.
        susceptibility: ``[branch, T, μ]`` ∂N/∂μ from the fluctuations, 1/eV.
        omega_variance: ``[branch, T, μ]`` variance of E − μN of the supercell, per cell, eV².
        cross: ``[branch, T, μ]`` covariance of N and E − μN of the supercell, per cell, eV.
        sublattice: ``[branch, T, μ, sublattice]`` occupations.
        wave_amplitude: ``[branch, T, μ]`` amplitude of the concentration wave of the last
            configuration, see :mod:`navac.montecarlo.observers`.
        wave_vector: ``[branch, T, μ, 3]`` its wave vector, 1/length of the supercell.
        stationary: ``[branch, T, μ]`` false where the path went over to another phase while it
            was measured.
    """

    phi: np.ndarray
    number: np.ndarray
    energy: np.ndarray
    susceptibility: np.ndarray
    omega_variance: np.ndarray
    cross: np.ndarray
    sublattice: np.ndarray
    wave_amplitude: np.ndarray
    wave_vector: np.ndarray
    stationary: np.ndarray


def block_weights(blocks: int, resamples: int, seed: int) -> np.ndarray:
    """``[1 + resamples, block]`` weights of block averages: plain first, then bootstrap.

    A resample draws one block less than there are, so that the variance of linear averages over
    resamples is the unbiased one (McCarthy and Snowden, Vital and Health Statistics 2, No. 95
    (1985)).
    """
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(blocks - 1, np.full(blocks, 1 / blocks), size=resamples)
    return np.vstack([np.full(blocks, 1 / blocks), drawn / (blocks - 1)])


def branches(
    plan: Plan, samples: Samples, weights: np.ndarray, scanned: Samples | None = None
) -> Branches:
    """Average the blocks with ``weights[block]`` and integrate every path.

    Args:
        scanned: samples of the scans of a plan that heats every phase once, see
            :mod:`navac.sampling.scans`.
    """
    walks, at = plan.walks(), plan.grid_step()
    beta = 1 / (BOLTZMANN * walks.temperature)
    values = _averaged(walks, samples, weights)
    omega = values["energy"] - walks.mu * values["number"]
    start = _start(plan, beta[0], omega[0], values)
    values["phi"] = integrate(beta, omega, values["omega_variance"], start, thermal=True) / beta
    shape = (plan.n_branches, len(plan.temperatures), len(plan.mu_grid))
    grid = {name: np.full(shape + v.shape[2:], np.nan) for name, v in values.items()}
    step, path = np.nonzero(at >= 0)
    where = plan.branch[path], at[step, path], plan.mu_index[path]
    for name, v in values.items():
        grid[name][where] = v[step, path]
    if scanned is not None:
        _add_scans(plan, scanned, weights, grid)
    return Branches(**grid | {
        "stationary": grid["stationary"] == 1,
        "wave_vector": np.nan_to_num(grid["wave_vector"]).astype(int),
    })  # fmt: skip


def _averaged(walks: Walks, samples: Samples, weights: np.ndarray) -> dict[str, np.ndarray]:
    """Everything but φ of :class:`Branches`, ``[step, path, …]``."""

    def mean(values):
        return np.tensordot(weights, values, axes=(0, 1))

    beta, mu = 1 / (BOLTZMANN * walks.temperature), walks.mu
    E, N = mean(samples.energy), mean(samples.number)
    E2, EN, N2 = mean(samples.energy2), mean(samples.cross), mean(samples.number2)
    # Round-off can make the variance of a frozen path slightly negative.
    variance = np.maximum(E2 - 2 * mu * EN + mu**2 * N2 - (E - mu * N) ** 2, 0)
    return {
        "number": N, "energy": E,
        "susceptibility": beta * samples.cells * np.maximum(N2 - N**2, 0),
        "omega_variance": samples.cells * variance,
        "cross": samples.cells * (EN - E * N - mu * (N2 - N**2)),
        "sublattice": np.moveaxis(mean(samples.sublattice), 1, -1),
        "wave_amplitude": samples.wave_amplitude, "wave_vector": samples.wave_vector,
        "stationary": stationary(samples, mu).astype(float),
    }  # fmt: skip


def _start(plan: Plan, beta, omega, values: dict[str, np.ndarray]) -> np.ndarray:
    """``[path]`` βφ of the first condition: from the ground state, or from infinite temperature."""
    branch = np.where(plan.heats, plan.branch, 0)
    frozen = plan.energy[branch] - plan.mu * plan.number[branch]
    excited = excitations(beta, omega - frozen, values["omega_variance"][0])
    hot, variance = plan.hot[:, plan.mu_index]
    from_zero = integrate(
        np.stack([0 * beta, beta]), np.stack([hot, omega]),
        np.stack([variance, values["omega_variance"][0]]),
        np.full(len(beta), -np.log(2) * values["sublattice"].shape[-1]),
    )  # fmt: skip
    return np.where(plan.heats, beta * frozen - excited, from_zero[1])


def excitations(beta: np.ndarray, rise: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """By how much the excitations of a ground state lower βφ: ∫ (E − μN) dβ from β to infinity.

    Rare excitations of one energy e raise E − μN by n e exp(−βe) and its variance by n e² exp(−βe):
    the integral is the ratio of the square of the one to the other. Of several energies, it is a
    lower bound. 0 where excitations are not rare, as in a path that has left its ground state.

    Args:
        beta, rise, variance: 1/kT, E − μN above that of the ground state, and its variance; per
            primitive cell.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        lowered = rise**2 / variance
        rare = (rise > 0) & (variance > 0) & (variance * beta > RARE * rise)
    return np.where(rare, lowered, 0.0)


def _add_scans(plan: Plan, scanned: Samples, weights: np.ndarray, grid: dict) -> None:
    """Integrate scans, ∂φ/∂μ = −N (paper, SI Eq. 4), and put them beside their starts."""
    scans = plan_scans(plan)
    values = _averaged(_conditions(plan, scans), scanned, weights)
    start = scans.branch, scans.at, plan.mu_index[scans.branch]

    def along(name):
        return np.vstack([grid[name][start], values[name]])

    mu = plan.mu_grid[np.vstack([start[2], np.maximum(scans.mu_index, 0)])]
    phi = integrate(mu, -along("number"), along("susceptibility"), grid["phi"][start])
    values["phi"] = phi[1:]
    step, path = np.nonzero(scans.mu_index >= 0)
    where = scans.branch[path], scans.at[path], scans.mu_index[step, path]
    for name, v in values.items():
        grid[name][where] = v[step, path]


def _conditions(plan: Plan, scans: Scans) -> Walks:
    """Temperatures and μ of scans, wherever they start."""
    nowhere = np.empty((len(plan.temperatures) * len(plan.phases), 0), np.int8)
    return scan_walks(plan, scans, Configurations.of(nowhere))


def stationary(samples: Samples, mu: np.ndarray) -> np.ndarray:
    """``[step, path]`` whether N and E − μN varied between blocks no more than within them.

    A path that goes over to another phase in mid-measurement shows as block means that spread
    by far more than the fluctuations inside a block; its variance is no susceptibility. Phases of
    nearly the same composition differ in E − μN alone.

    Args:
        mu: ``[step, path]`` eV per atom.
    """
    mu = mu[:, None]
    N, omega = samples.number, samples.energy - mu * samples.number
    omega2 = samples.energy2 - 2 * mu * samples.cross + mu**2 * samples.number2
    squares = samples.number2, omega2
    jumped = map(_spread, (N, omega), squares, NONSTATIONARY_SPREAD)
    return ~np.any(list(jumped), axis=0)


def _spread(means: np.ndarray, squares: np.ndarray, least: float) -> np.ndarray:
    """``[step, path]`` whether means ``[step, block, path]`` of blocks spread too much."""
    within = np.maximum(squares - means**2, 0).mean(axis=1)
    between = means.var(axis=1)
    return (between > NONSTATIONARY_RATIO * within) & (between > least**2)


def integrate(
    beta: np.ndarray,
    omega: np.ndarray,
    variance: np.ndarray,
    start: np.ndarray,
    *,
    thermal: bool = False,
) -> np.ndarray:
    """βφ ``[step, path]`` from E − μN and its variance (d(E − μN)/dβ = −variance).

    Likewise φ from −N and the susceptibility along μ.

    Trapezium rule with the end-point derivatives, exact for cubics in β. They are left out where
    they would change too much: multiplied by the square of a long step at low temperature, a
    single excitation in the sample would outweigh everything.

    Args:
        start: ``[path]`` βφ of the first step.
        thermal: whether the variable is β, in which excitations fall off exponentially: over a step
            that is too long for the derivatives, E − μN then goes from the hotter end as these say.
    """
    step = np.diff(beta, axis=0)
    rise = step / 2 * np.diff(omega, axis=0)
    correction = step**2 / 12 * np.diff(variance, axis=0)
    fits = np.abs(correction) <= LARGEST_CORRECTION * 2 * np.abs(rise)
    part = step * omega[:-1] + rise + np.where(fits, correction, 0)
    if thermal:
        part = np.where(fits, part, _excited(step, omega, variance, part))
    return np.vstack([start, start + np.cumsum(part, axis=0)])


def _excited(step: np.ndarray, omega: np.ndarray, variance: np.ndarray, otherwise: np.ndarray):
    """∫ (E − μN) dβ over steps along which excitations fall off as the hotter end says."""
    heats = step < 0
    cold, hot = np.where(heats, omega[:-1], omega[1:]), np.where(heats, omega[1:], omega[:-1])
    fall = np.where(heats, variance[1:], variance[:-1])
    rise = hot - cold
    good = (rise > 0) & (fall > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.where(good, fall / rise, 1.0)
        decayed = rise * -np.expm1(-rate * np.abs(step)) / rate
    return np.where(good, step * cold + np.sign(step) * decayed, otherwise)

"""The grand potential of a phase as a smooth surface, fitted to all that was sampled of it.

βφ is a sum of products of cubic splines in β and μ. All that is measured is linear in it:

    ∂(βφ)/∂β = E − μN,  −∂(βφ)/∂μ/β = N,  −∂²(βφ)/∂β² = var(E − μN),  −∂²(βφ)/∂μ²/β = ∂N/∂μ,

the variance being that of the supercell per cell. What the paths were integrated to fixes the
constant. The third derivatives are held small; how small is decided by how well states that were
left out are predicted.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from scipy.sparse import csr_array, diags_array, kron, vstack
from scipy.sparse.linalg import splu

from navac.sampling.plan import Plan
from navac.thermodynamics.integration import Branches
from navac.thermodynamics.offsets import Offsets, offsets
from navac.thermodynamics.phase_states import PhaseStates
from navac.thermodynamics.scatter import Excess, by_temperature, of_paths, ratio
from navac.thermodynamics.splines import Axis, products
from navac.units import BOLTZMANN

STIFFNESSES = (1e-1, 1e-2, 1e-3, 1e-4)
"""Root mean square of what third derivatives add to βφ between two knots, from which the best is
chosen."""

LEFT_OUT = 0.1
"""Part of the states that are left out for that at a time, …"""

TESTED = 200
"""… as often as it takes until so many were, or all."""

OF_FLUCTUATIONS = 0.25
"""Relative standard error of fluctuations."""

HYSTERESIS = 3.0
"""Integrals that are so many standard errors too high come from a path with hysteresis."""

UNKNOWN = 1e-12
"""Weight of no deviation from the reference, relative to what is known of each coefficient: it
decides where the few states of a phase say nothing, beyond rounding errors."""

OUTLYING = 4.0
"""States that are so many standard errors off count less: they were on their way elsewhere."""

FAR = 8.0
"""States that are so many standard errors off are not of the phase …"""

FAR_AT_LEAST = 5e-4, 1e-5
"""… if they are off by so much: atoms, and eV, per active site."""

LOOSE = 1e3
"""By how much less certain integrals are taken to be where they are to say a constant alone."""

OF_NORMAL = 0.6745
"""Median deviation of a normal variable, without sign, in its standard deviations."""

ROUNDS = 4
"""Fits, each without what the one before found to be off."""


@dataclass(frozen=True, kw_only=True)
class Surface:
    """The fitted grand potential of a phase.

    Attributes:
        beta, mu: the splines along 1/kT and μ.
        coefficients: ``[spline, resample]`` of βφ less that of the reference.
        reference: E and N of the reference, per primitive cell.
        misfit: χ² of N and of E − μN per state.
        excess: by how much errors are larger than resamples of blocks say, as the scatter about
            the surface tells.
        route_error: standard error of the constant beyond that of the resamples, eV per primitive
            cell.
        offsets: further errors of N and E − μN, on the grid of the plan; None without any.
        constant: ``[resample]`` what is added to βφ; see :mod:`navac.thermodynamics.irreversible`.
        stiffness: which of :data:`STIFFNESSES` was taken.
    """

    beta: Axis
    mu: Axis
    coefficients: np.ndarray
    reference: tuple[float, float]
    misfit: tuple[float, float]
    excess: Excess = field(default_factory=Excess)
    offsets: Offsets | None = None
    constant: np.ndarray | float = 0.0
    route_error: float
    stiffness: float

    def at(self, T: np.ndarray, mu: np.ndarray) -> dict[str, np.ndarray]:
        """φ and its derivatives ``[point, resample]`` at points: see :class:`.fields.Fields`.

        Resamples deviate from the first, that of all data, by their errors.
        """
        at_beta, at_mu = 1 / (BOLTZMANN * np.asarray(T)), np.asarray(mu)

        def derivative(in_beta, in_mu):
            rows = products(self.beta.rows(at_beta, in_beta), self.mu.rows(at_mu, in_mu))
            return rows @ self.coefficients

        beta, mu = at_beta[:, None], at_mu[:, None]
        energy, number = self.reference
        of_number, of_energy = (times[:, None] for times in self.excess.at(np.asarray(T)))
        N = number - derivative(0, 1) / beta
        phi = _larger(energy - mu * number + derivative(0, 0) / beta, self.excess.phi)
        return {
            "phi": phi + self.constant / beta,
            "number": _larger(N, of_number),
            "energy": _larger(energy - mu * number + derivative(1, 0) + mu * N, of_energy),
            "susceptibility": np.maximum(-derivative(0, 2) / beta, 0),
            "omega_variance": np.maximum(-derivative(2, 0), 0),
        }


def _larger(values: np.ndarray, times: np.ndarray | float) -> np.ndarray:
    """``[point, resample]`` values whose deviations from the first are as many times larger."""
    return values[:, :1] + times * (values - values[:, :1])


def fit_surface(plan: Plan, states: PhaseStates, *, by_integrals: bool = True) -> Surface:
    """Fit the surface of a phase; the stiffness is that which predicts states left out best.

    Args:
        by_integrals: whether integrals say how φ changes, or its constant alone.
    """
    if not by_integrals:
        states = replace(states, phi_stderr=LOOSE * states.phi_stderr)
    T, mu = states.where
    beta = Axis.through(np.sort(1 / (BOLTZMANN * plan.temperatures[_span(T)])))
    along = Axis.through(plan.mu_grid[_span(mu)])
    rows = _rows(plan, states, beta, along)
    smooth = _roughness(beta, along)
    scores = [_predicted(rows, smooth, stiffness, len(T)) for stiffness in STIFFNESSES]
    best = STIFFNESSES[int(np.argmin(scores))]
    everything = np.ones(len(T), bool)
    found, weights = _solve(rows, smooth, best, everything, slice(None))
    off = _residuals(rows, found)
    misfit = [float(np.mean(r[:, 0] ** 2)) for r in off[:2]]
    at = plan.temperatures[T]
    number, energy = (
        by_temperature(w[:, None] * r, at) for w, r in zip(weights[:2], off[:2], strict=True)
    )
    of_phi, route_error = _of_constant(rows, found, off[4], weights[4], states)
    excess = Excess(
        phi=of_phi if by_integrals else 1.0, temperature=np.unique(at), number=number, energy=energy
    )
    return Surface(
        beta=beta, mu=along, coefficients=found, reference=states.reference,
        misfit=(misfit[0], misfit[1]), stiffness=best, excess=excess, route_error=route_error,
        offsets=offsets(plan, states, off[:2], weights[:2], [*excess.at(at)]),
    )  # fmt: skip


def _predicted(rows: _Rows, smooth, stiffness: float, count: int) -> float:
    """How badly states are predicted that are left out, some at a time."""
    part = (np.random.default_rng(0).random(count) / LEFT_OUT).astype(int)
    parts = int(np.clip(np.ceil(TESTED / (LEFT_OUT * count)), 1, 1 / LEFT_OUT))
    score = 0.0
    for left_out in (part == k for k in range(parts)):
        found, _ = _solve(rows, smooth, stiffness, ~left_out, slice(1))
        score += _score(rows, found, left_out)
    return score


def strangers(
    plan: Plan, data: Branches, own: np.ndarray, states: PhaseStates, surface: Surface
) -> np.ndarray:  # fmt: skip
    """``[branch, T, μ]`` whether a path is far from the surface of its phase: it was in another.

    Args:
        own: ``[branch, T, μ]`` whether a path is in the phase.
        states: the means of these paths, to which the surface was fitted.
    """
    T, mu = states.where
    found = surface.at(plan.temperatures[T], plan.mu_grid[mu])
    least_number, least_omega = (data.sublattice.shape[-1] * least for least in FAR_AT_LEAST)
    paths = np.sqrt(own[:, T, mu].sum(axis=0))

    def far(values, of_surface, stderr, least):
        off = np.abs(values[:, T, mu] - of_surface[:, 0])
        return off > np.maximum(FAR * stderr * paths, least)

    omega = found["energy"] - plan.mu_grid[mu][:, None] * found["number"]
    result = np.zeros(own.shape, bool)
    result[:, T, mu] = far(data.number, found["number"], states.number_stderr, least_number)
    result[:, T, mu] |= far(
        data.energy - plan.mu_grid * data.number, omega, states.omega_stderr, least_omega
    )
    return result & own


def _of_constant(
    rows: _Rows, found: np.ndarray, off: np.ndarray, weight: np.ndarray, states: PhaseStates
) -> tuple[float, float]:  # fmt: skip
    """How much less certain the constant is than resamples say: as a factor, and beyond it, eV."""
    scale, counts = states.phi_stderr[:, None], (weight / states.phi_stderr) ** 2
    deviating = np.column_stack([off[:, 0], off[:, 1:] - off[:, :1]]) * scale
    seen, *expected = of_paths(deviating, counts, states.path) ** 2
    factor = float(ratio(seen, np.array(np.mean(expected) if expected else 0.0)))
    resampled = counts @ (rows.matrices[4] @ found * scale) / counts.sum()
    known = factor * resampled[1:].std() if len(resampled) > 1 else 0.0
    return factor, float(np.sqrt(max(seen - known**2, 0)))


def _span(positions: np.ndarray) -> slice:
    """Positions from the first to the last, at least four of them if there are."""
    first, last = positions.min(), positions.max()
    return slice(max(min(first, last - 3), 0), max(last, first + 3) + 1)


@dataclass(frozen=True, kw_only=True)
class _Rows:
    """Linear equations of the states: each matrix ``[state, spline]``, scaled by its error.

    The order is that of N, E − μN, the two fluctuations, and φ.
    """

    matrices: tuple[csr_array, ...]
    values: tuple[np.ndarray, ...]


def _rows(plan: Plan, states: PhaseStates, beta: Axis, along: Axis) -> _Rows:
    T, mu = states.where
    b = 1 / (BOLTZMANN * plan.temperatures[T])
    over_beta = diags_array(1 / b)

    def derivative(in_beta, in_mu):
        return products(beta.rows(b, in_beta), along.rows(plan.mu_grid[mu], in_mu))

    measured = [
        (-over_beta @ derivative(0, 1), states.number, states.number_stderr),
        (derivative(1, 0), states.omega, states.omega_stderr),
        (-over_beta @ derivative(0, 2), states.susceptibility, _relative(states.susceptibility)),
        (-derivative(2, 0), states.variance, _relative(states.variance)),
        (over_beta @ derivative(0, 0), states.phi, states.phi_stderr),
    ]
    return _Rows(
        matrices=tuple(csr_array(diags_array(1 / e) @ m) for m, _, e in measured),
        values=tuple(v / e[:, None] for _, v, e in measured),
    )


def _relative(fluctuations: np.ndarray) -> np.ndarray:
    """``[state]`` error of fluctuations, which is relative; that of few excitations is unknown."""
    values = fluctuations[:, 0]
    return OF_FLUCTUATIONS * (values + np.median(values)) + 1e-9


def _roughness(beta: Axis, along: Axis) -> csr_array:
    """βφ is a product of splines: third derivatives along either axis."""
    return csr_array(
        vstack([kron(beta.cubes(), along.identity()), kron(beta.identity(), along.cubes())])
    )


def _solve(rows: _Rows, smooth, stiffness: float, used: np.ndarray, resamples: slice):
    """Coefficients ``[spline, resample]`` of the states ``used``, and their weights ``[state]`` by
    kind of equation."""
    weights = [np.ones(used.sum())] * len(rows.matrices)
    stiff = smooth.T @ smooth / stiffness**2
    matrices = [m[used] for m in rows.matrices]
    values = [v[used, resamples] for v in rows.values]
    for left in reversed(range(ROUNDS)):
        A = vstack([diags_array(w) @ m for w, m in zip(weights, matrices, strict=True)])
        wanted = slice(1) if left else slice(None)
        y = np.concatenate(
            [w[:, None] * v[:, wanted] for w, v in zip(weights, values, strict=True)]
        )
        square = A.T @ A + stiff
        square += diags_array(UNKNOWN * square.diagonal())
        solver = splu(
            square.tocsc(), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0,
            options={"SymmetricMode": True},
        )  # fmt: skip
        found = solver.solve(A.T @ y)
        taken = weights
        off = [m @ found[:, 0] - v[:, 0] for m, v in zip(matrices, values, strict=True)]
        weights = [np.minimum(1, np.sqrt(OUTLYING / np.maximum(np.abs(r), 1e-9))) for r in off]
        # Hysteresis makes an integral too high, never too low: what is low tells of noise alone.
        noise = _noise(off[-1]) if left == 1 else 1.0
        weights[-1] = weights[-1] * (-off[-1] < HYSTERESIS * noise)
    return found, taken


def _noise(off: np.ndarray) -> float:
    """By how much more than their errors integrals scatter, of those below the surface."""
    low = off[off > 0]
    return max(float(np.median(low)) / OF_NORMAL, 1.0) if len(low) else 1.0


def _residuals(rows: _Rows, found: np.ndarray) -> list[np.ndarray]:
    """``[state, resample]`` of every kind of equation."""
    return [
        m @ found - v[:, : found.shape[1]] for m, v in zip(rows.matrices, rows.values, strict=True)
    ]


def _score(rows: _Rows, found: np.ndarray, states: np.ndarray) -> float:
    """How badly N and E − μN of some states are predicted; single outliers count little."""
    r = np.concatenate([r[states, 0] for r in _residuals(rows, found)[:2]])
    return float(np.sum(np.log1p(r**2)))

"""What equilibria and invariant points change by if interactions do, to first order.

Two phases in equilibrium have the same φ, so that a change δφ of each, at fixed T, moves μ by
(δφ_high − δφ_low)/(N_high − N_low), and N of each by −∂δφ/∂μ + χ δμ. Where three phases coexist,
the part λ of the first and 1 − λ of the last have N of the middle one, and the depth
D = λφ_low + (1 − λ)φ_high − φ_middle depends on μ in second order only: T moves by −δD/(∂D/∂T). A
congruent point is where φ of one phase touches that of another: the same with D of these two.

First order holds as long as phases stay where they were sampled, and none that was not sampled
appears. It says nothing of critical points and continuous transitions, where no two surfaces cross.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from navac.thermodynamics.fields import Fields
from navac.thermodynamics.invariants import Invariant
from navac.thermodynamics.responses import PhaseResponse, Response

LEAST_JUMP = 1e-6
"""Difference in N, atoms per primitive cell, below which two phases have no equilibrium."""


FARTHER = 2.5
"""Steps of μ by which a phase was sampled nearer at one of two temperatures that counts alone."""

LEAST_CURVATURE = 1e-9
"""Difference in ∂N/∂μ, 1/eV, below which μ of a congruent point is unknown."""


@dataclass(frozen=True, kw_only=True)
class Sensitivity:
    """Derivative of a quantity with respect to the interactions.

    Attributes:
        value: ``[term]`` per eV of the total interaction, the constant first.
        noise: ``[term, term]`` its covariance from the scatter of configurations.
    """

    value: np.ndarray
    noise: np.ndarray

    def stderr(self, covariance: np.ndarray) -> float:
        """Standard error of the quantity for a ``[term, term]`` covariance, eV²."""
        return float(np.sqrt(max(self.value @ covariance @ self.value, 0.0)))

    def stderr_noise(self, covariance: np.ndarray) -> float:
        """Standard error of that standard error, from the scatter of configurations."""
        moved = covariance @ self.value
        variance = self.value @ moved
        return float(np.sqrt(max(moved @ self.noise @ moved, 0.0) / variance)) if variance else 0.0

    def shares(self, covariance: np.ndarray) -> np.ndarray:
        """``[term]`` of the variance; 1 in sum. Interactions that compensate have negative ones."""
        moved = covariance @ self.value
        total = self.value @ moved
        return self.value * moved / total if total > 0 else np.full(len(moved), np.nan)


@dataclass(frozen=True, kw_only=True)
class OfPhase:
    """A phase at a temperature and a chemical potential.

    Attributes:
        phi, number, entropy: eV, atoms, eV/K, per primitive cell.
        susceptibility, expansion: ∂N/∂μ, 1/eV, and ∂N/∂T = ∂S/∂μ, 1/K.
        response: of φ.
    """

    phi: float
    number: float
    entropy: float
    susceptibility: float
    expansion: float
    response: Response


def of_equilibrium(low: OfPhase, high: OfPhase) -> tuple[Sensitivity, ...]:
    """Sensitivities of μ and of N of the two phases, atoms per primitive cell, at fixed T."""
    phases = (low, high)
    phi = _unit(phases, 0)
    jump = high.number - low.number
    mu = (phi[1] - phi[0]) / (jump if abs(jump) > LEAST_JUMP else np.nan)
    moved = [_number(phases, k, 0 * mu, mu) for k in range(2)]
    return tuple(_sensitivity(phases, w) for w in (mu, *moved))


def of_three_phases(low: OfPhase, middle: OfPhase, high: OfPhase) -> tuple[Sensitivity, ...]:
    """Sensitivities of T in K, of μ, and of N of the three phases at an invariant point."""
    phases, jump = (low, middle, high), high.number - low.number
    phi = _unit(phases, 0)
    T = depth_weights(phases) @ phi
    mu = (phi[2] - phi[0] - (high.entropy - low.entropy) * T) / jump
    moved = [_number(phases, k, T, mu) for k in range(3)]
    return tuple(_sensitivity(phases, w) for w in (T, mu, *moved))


def of_congruent(outer: OfPhase, inner: OfPhase) -> tuple[Sensitivity, ...]:
    """Sensitivities of T in K, of μ, and of N of the two phases at a congruent point."""
    phases = (outer, inner)
    T = depth_weights(phases) @ _unit(phases, 0)
    # N of both stays the same.
    still = [_number(phases, k, T, 0 * T) for k in range(2)]
    curvature = outer.susceptibility - inner.susceptibility
    mu = (still[1] - still[0]) / (curvature if abs(curvature) > LEAST_CURVATURE else np.nan)
    moved = [_number(phases, k, T, mu) for k in range(2)]
    return tuple(_sensitivity(phases, w) for w in (T, mu, *moved))


def depth_weights(phases: Sequence[OfPhase]) -> np.ndarray:
    """``[phase]`` K per eV by which changes of φ move T of an invariant or a congruent point."""
    if len(phases) == 2:
        mixed = np.array([1.0, -1.0])
    else:
        low, middle, high = (p.number for p in phases)
        part = (high - middle) / (high - low)
        mixed = np.array([part, -1.0, 1 - part])
    return mixed / float(mixed @ [p.entropy for p in phases])  # −∂D/∂T


def _unit(phases: Sequence[OfPhase], row: int) -> np.ndarray:
    """``[phase, 3 × phases]`` that select a row of the response of each phase."""
    return np.eye(3 * len(phases))[row::3]


def _number(phases: Sequence[OfPhase], k: int, T: np.ndarray, mu: np.ndarray) -> np.ndarray:
    """Change of N of a phase, whose T and μ move, as weights of the rows of all responses."""
    return -_unit(phases, 2)[k] + phases[k].susceptibility * mu + phases[k].expansion * T


def _sensitivity(phases: Sequence[OfPhase], weights: np.ndarray) -> Sensitivity:
    """A quantity that changes by ``weights[3 × phases]`` of the rows of the responses."""
    value, noise = 0.0, 0.0
    for phase, w in zip(phases, weights.reshape(-1, 3), strict=True):
        value = value + w @ phase.response.rows
        noise = noise + (w @ phase.response.weights @ w) * phase.response.scatter
    return Sensitivity(value=np.asarray(value), noise=np.asarray(noise))


def phases_at(
    fields: Fields, responses: Mapping[int, PhaseResponse], point: Invariant
) -> list[OfPhase] | None:
    """The phases of an invariant or congruent point there; None if a response is unknown."""
    if not set(point.phases) <= set(responses):
        return None
    return [phase_at(fields, responses[k], k, point.temperature, point.mu) for k in point.phases]


def of_point(phases: Sequence[OfPhase]) -> tuple[Sensitivity, ...]:
    """Sensitivities of T, μ, and N of every phase of an invariant or congruent point."""
    return of_congruent(*phases) if len(phases) == 2 else of_three_phases(*phases)


def second_order(phases: Sequence[OfPhase], covariance: np.ndarray) -> float:
    """Mean change of T of a point, K, in second order of interactions of some covariance.

    It is what the fluctuations of the phases at fixed T and μ make of it; beside the standard error
    it tells how far first order holds.
    """
    return float(depth_weights(phases) @ [p.response.second(covariance) for p in phases])


def phase_at(fields: Fields, response: PhaseResponse, phase: int, T: float, mu: float) -> OfPhase:
    """A phase at any T and μ.

    Between two temperatures φ and N are linear. If the phase was sampled nearer to μ at one of the
    two, that one counts alone: at the other its surface goes on from far away.
    """
    step = int(np.clip(np.searchsorted(fields.temperature, T) - 1, 0, len(fields.temperature) - 2))
    pair, weights = (step, step + 1), _shares(fields, phase, step, T, mu)
    (below, above), width = (_on_grid(fields, s, phase, mu) for s in pair), _width(fields, step)
    expansion = float((above[1] - below[1]) / width) if min(weights) > 0 else 0.0
    phi, number, entropy, chi = np.array([below, above]).T @ weights
    nearest = pair[int(np.argmax(weights))]
    return OfPhase(
        phi=float(phi), number=float(number), susceptibility=float(chi), expansion=expansion,
        # Where N goes on as a constant along μ, S follows from how that changes with T.
        entropy=float(entropy + expansion * _beyond(fields, phase, nearest, mu)),
        response=response.at(T, mu),
    )  # fmt: skip


def _width(fields: Fields, step: int) -> float:
    """K from one temperature to the next."""
    return float(fields.temperature[step + 1] - fields.temperature[step])


def _shares(fields: Fields, phase: int, step: int, T: float, mu: float) -> np.ndarray:
    """``[2]`` shares of two neighbouring temperatures."""
    off = [abs(_beyond(fields, phase, s, mu)) for s in (step, step + 1)]
    if abs(off[0] - off[1]) > FARTHER * float(np.diff(fields.mu).min()):
        return np.array([1.0, 0.0]) if off[0] < off[1] else np.array([0.0, 1.0])
    part = float(np.clip((T - fields.temperature[step]) / _width(fields, step), 0, 1))
    return np.array([1 - part, part])


def _beyond(fields: Fields, phase: int, step: int, mu: float) -> float:
    """By how much μ is beyond where a phase was sampled, eV; infinite if it was nowhere."""
    sampled = fields.mu[fields.sampled[phase, step]]
    return float(mu - np.clip(mu, sampled[0], sampled[-1])) if len(sampled) else np.inf


def _on_grid(fields: Fields, step: int, phase: int, mu: float) -> np.ndarray:
    """φ, N, S and ∂N/∂μ of a phase at a temperature of the grid."""
    row = fields.rows(step)
    phi, number, chi = (values[0, phase] for values in row.at(mu))
    energy = np.interp(mu, fields.mu, fields.energy[0, phase, step])
    return np.array([phi, number, (energy - mu * number - phi) / row.temperature, chi])

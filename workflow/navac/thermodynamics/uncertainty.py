"""What the uncertainty of an expansion does to the diagram that was sampled with it.

The covariance of the fit is carried through by first-order response: standard errors of boundaries
and of invariant points, and which interactions they hang on. Where first order cannot hold nothing
is said: on the top of a region that closes in one phase, where an equation of state gives the
boundary, and where N would move by more than the width of the region.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from navac.thermodynamics.diagram import Diagram
from navac.thermodynamics.invariants import Invariant
from navac.thermodynamics.regions import Boundary, boundaries
from navac.thermodynamics.responses import PhaseResponse
from navac.thermodynamics.sensitivity import (
    Sensitivity,
    of_equilibrium,
    of_point,
    phase_at,
    phases_at,
    second_order,
)

ELSEWHERE = 0.2
"""Boundaries whose N differ from those of the surfaces by more than this part of their jump are not
crossings of these."""


@dataclass(frozen=True, kw_only=True)
class BoundaryUncertainty:
    """Standard errors of a two-phase region by the expansion, at fixed temperature.

    Attributes:
        temperature: ``[step]`` K, those of the region.
        stderr: ``[step, 3]`` of x of the low and of the high side, and of μ in eV per atom; NaN
            where first order does not hold.
    """

    temperature: np.ndarray
    stderr: np.ndarray


@dataclass(frozen=True, kw_only=True)
class PointUncertainty:
    """Standard errors of an invariant or congruent point by the expansion.

    Attributes:
        point: it.
        temperature_stderr: K.
        noise: standard error of ``temperature_stderr`` itself, by the scatter of configurations.
        second_order: mean change of T in second order, K; first order holds where it is small.
        mu_stderr: eV per atom.
        x_stderr: ``[phase]``; NaN where first order does not hold.
        sensitivity: ``[term]`` of T, K per eV of the total interaction, the constant first.
        sensitivity_stderr: ``[term]`` its standard error, by the scatter of configurations.
        share: ``[term]`` of each interaction in the variance of T; 1 in sum.
    """

    point: Invariant
    temperature_stderr: float
    noise: float
    second_order: float
    mu_stderr: float
    x_stderr: np.ndarray
    sensitivity: np.ndarray
    sensitivity_stderr: np.ndarray
    share: np.ndarray


def boundary_uncertainties(
    diagram: Diagram, responses: Mapping[int, PhaseResponse], covariance: np.ndarray
) -> dict[str, BoundaryUncertainty]:
    """Of every two-phase region whose phases have a response, by its name.

    Args:
        covariance: ``[term, term]`` of total interactions, the constant first, eV².
    """
    found = {}
    for name, region in boundaries(diagram).items():
        phases = [diagram.assignment.names.index(n) for n in name.split(" ")[0].split("+")]
        if set(phases) <= set(responses):
            rows = [_row(diagram, responses, covariance, phases, region, s)
                    for s in range(len(region.temperature))]  # fmt: skip
            found[name] = BoundaryUncertainty(temperature=region.temperature, stderr=np.array(rows))
    return found


def _row(
    diagram: Diagram, responses: Mapping[int, PhaseResponse], covariance: np.ndarray,
    phases: list[int], region: Boundary, step: int,
) -> np.ndarray:  # fmt: skip
    """``[3]`` standard errors of x of both sides, and of μ, at one temperature of a region."""
    T, fu = float(region.temperature[step]), diagram.formula_units
    x_low, x_high, mu = region.values[step]
    low, high = (phase_at(diagram.fields, responses[k], k, T, float(mu)) for k in phases)
    off = max(abs(low.number / fu - x_low), abs(high.number / fu - x_high))
    if not off < ELSEWHERE * (x_high - x_low):
        return np.full(3, np.nan)
    of_mu, *numbers = of_equilibrium(low, high)
    x = [_believable(n.stderr(covariance) / fu, x_high - x_low) for n in numbers]
    return np.array([*x, of_mu.stderr(covariance)])


def _believable(stderr: float, width: float) -> float:
    """A standard error of x, or NaN if it exceeds the distance of the phases."""
    return stderr if stderr < width else np.nan


def point_uncertainties(
    diagram: Diagram, responses: Mapping[int, PhaseResponse], covariance: np.ndarray
) -> list[PointUncertainty | None]:
    """Of every invariant and congruent point of a diagram; None where a response is unknown."""
    return [_point(diagram, responses, covariance, p) for p in diagram.invariants]


def _point(
    diagram: Diagram, responses: Mapping[int, PhaseResponse], covariance: np.ndarray,
    point: Invariant,
) -> PointUncertainty | None:  # fmt: skip
    phases = phases_at(diagram.fields, responses, point)
    if phases is None:
        return None
    T, mu, *numbers = of_point(phases)
    fu = diagram.formula_units
    width = (max(point.number) - min(point.number)) / fu
    return PointUncertainty(
        point=point, temperature_stderr=T.stderr(covariance), noise=T.stderr_noise(covariance),
        second_order=second_order(phases, covariance),
        mu_stderr=mu.stderr(covariance),
        x_stderr=np.array([_of_x(n, covariance, fu, width, point) for n in numbers]),
        sensitivity=T.value, sensitivity_stderr=np.sqrt(np.maximum(np.diag(T.noise), 0)),
        share=T.shares(covariance),
    )  # fmt: skip


def _of_x(
    number: Sensitivity, covariance: np.ndarray, fu: int, width: float, point: Invariant
) -> float:
    """Standard error of x of a phase of a point; a congruent one has no width to compare with."""
    stderr = number.stderr(covariance) / fu
    return stderr if len(point.phases) == 2 else _believable(stderr, width)

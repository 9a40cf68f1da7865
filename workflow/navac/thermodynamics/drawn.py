"""Diagrams of expansions that are drawn from the covariance of the fit.

Every surface is shifted by its response to the drawn change of the interactions, φ to second order
and N and S to first, and the phases, their equilibria and invariant points are found once more:
unlike standard errors, that follows a boundary however far it moves, as long as its phases were
sampled where it goes. Most of what a draw does is to shift μ of all boundaries alike, where phases
may not have been sampled. Atoms that cost a more are the same as μ lower by a: the mean shift of
the boundaries is taken from the interactions and given to the grid of μ, exactly. A phase that was
not sampled is missed, and so are critical points.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from navac.thermodynamics.diagram import Diagram, with_fields
from navac.thermodynamics.extension import extended
from navac.thermodynamics.fields import SCALARS, Fields
from navac.thermodynamics.responses import PhaseResponse
from navac.thermodynamics.sensitivity import of_equilibrium, phase_at


@dataclass(frozen=True, kw_only=True)
class GridResponse:
    """What some changes of the interactions make of the phases on the grid of a diagram.

    Attributes:
        rows: ``[3, state, change]`` of φ in eV, of −S and of −N, to first order.
        second: ``[state, change]`` of φ, in second order, eV.
        where: positions ``[state]`` of phase, T and μ.
    """

    rows: np.ndarray
    second: np.ndarray
    where: tuple[np.ndarray, ...]


def grid_response(
    fields: Fields, responses: Mapping[int, PhaseResponse], changes: np.ndarray
) -> GridResponse:
    """The response to ``changes[change, term]`` at every state of the grid that was sampled."""
    known = np.isin(np.arange(len(fields.sampled)), list(responses))
    where = np.nonzero(fields.sampled & known[:, None, None])
    rows, second = [], []
    for k, t, i in zip(*(w.tolist() for w in where), strict=True):
        found = responses[k].at(fields.temperature[t], fields.mu[i])
        rows.append(found.rows @ changes.T)
        spread = ((changes @ found.fluctuations) * changes).sum(axis=1)
        second.append(-found.beta / 2 * spread)
    return GridResponse(rows=np.stack(rows, axis=1), second=np.array(second), where=where)


def drawn_diagrams(
    diagram: Diagram,
    responses: Mapping[int, PhaseResponse],
    changes: np.ndarray,
    number: np.ndarray,
) -> list[Diagram]:
    """The diagram for each of ``changes[change, term]`` of the total interactions, eV.

    Args:
        number: ``[term]`` of which N is the sum with the correlations.
    """
    moved = mean_shifts(diagram, responses, np.asarray(changes))
    found = grid_response(diagram.fields, responses, changes - np.outer(moved, number))
    return [
        with_fields(_at_other_mu(diagram, a), _shifted(diagram.fields, found, n, a))
        for n, a in enumerate(moved.tolist())
    ]


def mean_shifts(
    diagram: Diagram, responses: Mapping[int, PhaseResponse], changes: np.ndarray
) -> np.ndarray:
    """``[change]`` mean shift of μ of the boundaries to first order, eV per atom."""
    names, rows = diagram.assignment.names, []
    for c in diagram.found:
        pair = names.index(c.low), names.index(c.high)
        if set(pair) <= set(responses):
            T = float(diagram.fields.temperature[c.step])
            phases = (phase_at(diagram.fields, responses[k], k, T, c.mu) for k in pair)
            rows.append(of_equilibrium(*phases)[0].value)
    known = [row for row in rows if np.isfinite(row).all()]
    return np.mean(known, axis=0) @ changes.T if known else np.zeros(len(changes))


def _at_other_mu(diagram: Diagram, shift: float) -> Diagram:
    """The diagram with its grid of μ shifted."""
    plan = diagram.plan
    return replace(diagram, plan=replace(
        plan, mu_grid=plan.mu_grid + shift, nominal=plan.nominal + shift
    ))  # fmt: skip


def _shifted(fields: Fields, response: GridResponse, n: int, shift: float) -> Fields:
    """The fields of all data with the interactions changed; the one resample is the same.

    Args:
        shift: of μ, which the interactions leave out, eV per atom.
    """
    values = {name: np.repeat(getattr(fields, name)[:1], 2, axis=0) for name in SCALARS}
    phi, entropy, number = response.rows[..., n] * np.array([1, -1, -1])[:, None]
    phi = phi + response.second[:, n]
    phase, step, index = response.where
    at = slice(None), phase, step, index
    T, mu = fields.temperature[step], fields.mu[index] + shift
    old = values["number"][at]
    values["phi"][at] += phi
    values["number"][at] += number
    values["energy"][at] += phi + T * entropy + mu * number + shift * old
    return extended(replace(fields, mu=fields.mu + shift, **values))

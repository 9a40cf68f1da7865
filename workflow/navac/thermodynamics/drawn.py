"""Diagrams of expansions that are drawn from the covariance of the fit.

Every surface is shifted by its first-order response to the drawn change of the interactions, and
the phases, their equilibria and invariant points are found once more: unlike standard errors, that
follows a boundary however far it moves, as long as its phases were sampled where it goes. A phase
that was not sampled is missed, and so are critical points.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from navac.thermodynamics.diagram import Diagram, with_fields
from navac.thermodynamics.fields import SCALARS, Fields, extended
from navac.thermodynamics.responses import PhaseResponse


@dataclass(frozen=True, kw_only=True)
class GridResponse:
    """The response of the phases on the grid of a diagram.

    Attributes:
        rows: ``[3, state, term]`` as in :class:`.responses.Response`, of the states ``where``.
        where: positions ``[state]`` of phase, T and μ.
    """

    rows: np.ndarray
    where: tuple[np.ndarray, ...]


def grid_response(fields: Fields, responses: Mapping[int, PhaseResponse]) -> GridResponse:
    """The response at every state of the grid that was sampled."""
    known = np.isin(np.arange(len(fields.sampled)), list(responses))
    where = np.nonzero(fields.sampled & known[:, None, None])
    rows = [
        responses[k].at(fields.temperature[t], fields.mu[i]).rows
        for k, t, i in zip(*(w.tolist() for w in where), strict=True)
    ]
    return GridResponse(rows=np.stack(rows, axis=1), where=where)


def drawn_diagrams(
    diagram: Diagram, responses: Mapping[int, PhaseResponse], changes: Sequence[np.ndarray]
) -> list[Diagram]:
    """The diagram for each of some changes ``[term]`` of the total interactions, eV."""
    response = grid_response(diagram.fields, responses)
    return [with_fields(diagram, _shifted(diagram.fields, response, c)) for c in changes]


def _shifted(fields: Fields, response: GridResponse, change: np.ndarray) -> Fields:
    """The fields of all data with the interactions changed; the one resample is the same."""
    values = {name: np.repeat(getattr(fields, name)[:1], 2, axis=0) for name in SCALARS}
    phi, entropy, number = response.rows @ change * np.array([1, -1, -1])[:, None]
    at = (slice(None), *response.where)
    T, mu = fields.temperature[response.where[1]], fields.mu[response.where[2]]
    values["phi"][at] += phi
    values["number"][at] += number
    values["energy"][at] += phi + T * entropy + mu * number
    return extended(replace(fields, **values))

"""A particle of any shape charged at a constant current: Fick's law and elasticity in a solid.

Interfaces of two phases are too thin for meshes in three dimensions: here a two-phase material is
taken for a Fickian one, and what is said of its interface comes from
:mod:`navac.cell.particle` alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from navac.cell.body import Body
from navac.cell.diffusion import Diffusion
from navac.cell.elasticity import Elastic, Elasticity, Stress
from navac.cell.parameters import Parameters
from navac.cell.particle import SHARES

STEPS = 45
"""In time, to the last share."""


@dataclass(frozen=True, kw_only=True)
class SolidState:
    """A solid particle at one share of the charge.

    Attributes:
        share: of the charge that has passed.
        x: ``[node]`` composition.
        stress: at the nodes.
    """

    share: float
    x: np.ndarray
    stress: Stress


def elastic(set_: Parameters) -> Elastic:
    """The elastic material of a set."""
    return Elastic(young=set_["young"], poisson=set_["poisson"], molar_volume=set_["molar_volume"])


def charge_solid(set_: Parameters, body: Body, rate: float) -> list[SolidState]:
    """The particle at every share of :data:`~navac.cell.particle.SHARES`.

    Args:
        rate: C.

    Raises:
        Stop: a step has no solution.
    """
    low, high = set_.concentrations
    unit = set_["max_concentration"] / set_.x_full
    diffusion = Diffusion(body, set_.ficks_law(unit))
    mechanics = Elasticity(body, elastic(set_))
    end = SHARES[-1] * 3600 / rate
    flux = -(high - low) * rate / 3600 * body.volume / body.area
    start = np.full(body.mesh.p.shape[1], high)
    found = list(diffusion.run(start, flux, np.linspace(0, end, STEPS + 1)))
    states = []
    for share in SHARES:
        _, c = found[round(share / SHARES[-1] * STEPS)]
        x = c / unit
        states.append(SolidState(share=share, x=x, stress=mechanics.stress(set_.swollen(x))))
    return states


def peaks(name: str, states: list[SolidState]) -> list[dict[str, float | str]]:
    """A row per share: largest difference of x, and stress, Pa."""
    return [
        {
            "particle": name,
            "share": state.share,
            "x_difference": float(np.ptp(state.x)),
            "hydrostatic_max_Pa": float(state.stress.hydrostatic.max()),
            "hydrostatic_min_Pa": float(state.stress.hydrostatic.min()),
            "von_mises_max_Pa": float(state.stress.von_mises.max()),
        }
        for state in states
    ]


def section(body: Body, values: np.ndarray) -> tuple[list[np.ndarray], np.ndarray]:
    """The plane through the middle of a solid, across its y axis.

    Returns:
        polygons ``[corner, 2]`` in x and z, m, one per tetrahedron that is cut, and the mean of
        nodal values in each.
    """
    points = body.mesh.p.T
    middle = (points[:, 1].max() + points[:, 1].min()) / 2
    height = points[:, 1] - middle - 1e-9 * np.ptp(points[:, 1])  # no node is on the plane
    polygons, means = [], []
    for tet in body.mesh.t.T:
        above = [n for n in tet if height[n] > 0]
        below = [n for n in tet if height[n] <= 0]
        cut = [(a, b) for a in above for b in below]
        if not cut:
            continue
        share = np.array([height[a] / (height[a] - height[b]) for a, b in cut])
        ends = np.array(cut).T
        at = points[ends[0]] + share[:, None] * (points[ends[1]] - points[ends[0]])
        value = values[ends[0]] + share * (values[ends[1]] - values[ends[0]])
        flat = at[:, [0, 2]]
        turn = np.arctan2(*(flat - flat.mean(axis=0)).T[::-1])
        polygons.append(flat[np.argsort(turn)])
        means.append(float(value.mean()))
    return polygons, np.array(means)

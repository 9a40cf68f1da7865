"""What a page of trust rests on: a diagram, and how well each of its states was sampled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from navac.sampling.plan import Plan
from navac.sampling.reliability import Reliability
from navac.sampling.scans import plan_scans
from navac.thermodynamics.diagram import Diagram
from navac.thermodynamics.order import Crystal


@dataclass(frozen=True, kw_only=True)
class Quality:
    """The reliability of every state of a diagram; all ``[branch, T, μ]``.

    Attributes:
        sampled: whether a path came by.
        short, drifting: see :class:`~navac.sampling.reliability.Reliability`.
        time, block_sweeps: likewise; 0 where nothing was sampled.
    """

    sampled: np.ndarray
    short: np.ndarray
    drifting: np.ndarray
    time: np.ndarray
    block_sweeps: np.ndarray


def quality_of(plan: Plan, heated: Reliability, scanned: Reliability | None = None) -> Quality:
    """What was recorded along paths, at the places of their states.

    Args:
        heated: of the paths of the plan.
        scanned: of its scans, if it is a plan of scans.
    """
    at = plan.grid_step()
    step, path = np.nonzero(at >= 0)
    parts = [((step, path), (plan.branch[path], at[step, path], plan.mu_index[path]), heated)]
    if scanned is not None:
        scans = plan_scans(plan)
        step, path = np.nonzero(scans.mu_index >= 0)
        where = scans.branch[path], scans.at[path], scans.mu_index[step, path]
        parts.append(((step, path), where, scanned))
    shape = (plan.n_branches, len(plan.temperatures), len(plan.mu_grid))
    flags = {name: np.zeros(shape, bool) for name in ("sampled", "short", "drifting")}
    numbers = {name: np.zeros(shape) for name in ("time", "block_sweeps")}
    for source, where, found in parts:
        flags["sampled"][where] = True
        flags["short"][where] = found.short[source]
        flags["drifting"][where] = found.drifting[source]
        numbers["time"][where] = found.time[source]
        numbers["block_sweeps"][where] = found.block_sweeps[source]
    return Quality(**flags, **numbers)


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What is known of one composition range.

    Attributes:
        range: its name.
        diagram: its phase diagram.
        crystal: sublattices, lattice and supercell.
        quality: of every state.
        scanned: whether phases were followed by scans of μ and not by heating at every μ.
    """

    range: str
    diagram: Diagram
    crystal: Crystal
    quality: Quality
    scanned: bool = False

    @property
    def names(self) -> Sequence[str]:
        """Of the phases."""
        return self.diagram.assignment.names

    @property
    def to_meV_per_fu(self) -> float:
        """meV per formula unit of an eV per primitive cell."""
        return 1000 / self.diagram.formula_units

"""Scans of the chemical potential at fixed temperature, forward and backward (``paper`` protocol).

Every phase is heated at one chemical potential. At every temperature its configuration is the
start of two scans, up and down the grid of chemical potentials (paper, SI S3-1), so that a phase
is followed as far as it stays metastable.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from navac.crystal.configurations import Configurations
from navac.sampling.plan import Plan, Walks


@dataclass(frozen=True)
class Scans:
    """Which scans belong to a plan.

    Attributes:
        branch: ``[path]`` phase that a scan starts from.
        at: ``[path]`` position of its temperature.
        mu_index: ``[step, path]`` positions in the μ grid, the start left out; −1 after the end.
    """

    branch: np.ndarray
    at: np.ndarray
    mu_index: np.ndarray


def heated_once(plan: Plan, start_mu: dict[str, float]) -> Plan:
    """A plan that heats every phase at one μ only, and cools nothing.

    Args:
        start_mu: by phase, μ in eV per atom; the others start where they are nominal.
    """
    wanted = np.array([
        start_mu.get(name, mu) for name, mu in zip(plan.phases, plan.nominal, strict=True)
    ])  # fmt: skip
    index = np.abs(plan.mu_grid - wanted[:, None]).argmin(axis=1)
    return replace(
        plan, branch=np.arange(len(plan.phases)), mu_index=index, cooled=0,
        nominal=plan.mu_grid[index],
    )  # fmt: skip


def plan_scans(plan: Plan) -> Scans:
    """Both ways from every phase at every temperature, to the ends of the μ grid."""
    longest = len(plan.mu_grid)
    columns: list[np.ndarray] = []
    branch: list[int] = []
    at: list[int] = []
    for k, start in enumerate(plan.mu_index):
        for indices in (np.arange(start + 1, longest), np.arange(start - 1, -1, -1)):
            if len(indices):
                column = np.concatenate([indices, np.full(longest - len(indices), -1)])
                columns += [column] * len(plan.temperatures)
                branch += [k] * len(plan.temperatures)
                at += range(len(plan.temperatures))
    mu_index = np.stack(columns, axis=1)
    steps = (mu_index >= 0).any(axis=1)
    return Scans(branch=np.array(branch), at=np.array(at), mu_index=mu_index[steps])


def scan_walks(plan: Plan, scans: Scans, states: Configurations) -> Walks:
    """The conditions of every scan.

    Args:
        states: of the heated phases, at one temperature after the other.
    """
    there = scans.mu_index >= 0
    T = np.where(there, plan.temperatures[scans.at], np.nan)
    mu = plan.mu_grid[np.where(there, scans.mu_index, 0)]
    at = scans.at * len(plan.phases) + scans.branch
    return Walks(start=states[at], temperature=T, mu=mu)

"""What a run takes: time and memory, told before it starts."""

from __future__ import annotations

from dataclasses import dataclass

import psutil

from navac.sampling.budget import GIB, BudgetError
from navac.sampling.ensembles.plan import Plan

SECONDS_PER_TRY = 4e-8
"""Core seconds for one change tried on one site of one path: swaps of config/cuagau.yaml, with 92
neighbours of each site, took 3.4e-7 with 16 paths."""
FULL = 128
"""Paths of a batch below which words are not filled: fewer take as long together."""
BYTES_PER_SITE = 12
"""Of each site and path of a batch, on the host and on the devices."""


@dataclass(frozen=True)
class Work:
    """What a run takes.

    Attributes:
        conditions: pairs of a path and a temperature.
        sweeps: of a condition.
        sites: active sites of the supercell.
        changes: that a sweep tries on each site, at most.
        together: paths of a batch.
        bytes: of the record, and of a batch while it is sampled.
    """

    conditions: int
    sweeps: int
    sites: int
    changes: int
    together: int
    bytes: int

    @classmethod
    def of(cls, plan: Plan, sites: int, together: int, pairs: int, orbits: int = 0) -> Work:
        """The work of a plan.

        Args:
            together: paths of a batch.
            pairs: shells times pairs of species.
            orbits: whose correlations are recorded.
        """
        steps, paths = len(plan.temperatures), len(plan.start)
        changes = sum(move.count for move in plan.ensemble.moves)
        size = work_bytes(steps, paths, plan.blocks, sites, together, pairs, orbits)
        return cls(steps * paths, plan.sweeps, sites, changes, together, size)

    @property
    def tries(self) -> float:
        """Changes tried on sites, at most."""
        return float(self.conditions) * self.sweeps * self.sites * self.changes

    @property
    def core_hours(self) -> float:
        """Hours of one core, about."""
        return self.tries * SECONDS_PER_TRY * max(1.0, FULL / max(1, self.together)) / 3600

    def __str__(self) -> str:
        return (
            f"{self.conditions:.3g} conditions × {self.sweeps} sweeps × {self.sites} sites × "
            f"{self.changes} changes are {self.tries:.2g} tries, about "
            f"{60 * self.core_hours:.2g} core minutes and {self.bytes / GIB:.2g} GiB"
        )

    def problems(self, core_hours: float | None, memory_mb: int | None) -> list[str]:
        """Why the run cannot be made, each with its fix."""
        found = []
        if core_hours is not None and self.core_hours > core_hours:
            found.append(
                f"{self}, and sampling.core_hours allows {core_hours:g}; sample fewer values of "
                "mu_eV, temperatures, replicas or sweeps, or raise it (null for no limit)"
            )
        room = psutil.virtual_memory().total if memory_mb is None else memory_mb * 2**20
        if self.bytes > room:
            whose = "this machine has" if memory_mb is None else "sampling.memory_mb allows"
            found.append(
                f"{self}, and {whose} {room / GIB:.3g} GiB; sample fewer values of mu_eV, "
                "temperatures or replicas, a smaller supercell, or several runs"
            )
        return found

    def check(self, core_hours: float | None, memory_mb: int | None) -> None:
        """Refuse a run that cannot be made.

        Raises:
            BudgetError: with the numbers.
        """
        for problem in self.problems(core_hours, memory_mb):
            raise BudgetError(problem)


def work_bytes(
    steps: int, paths: int, blocks: int, sites: int, together: int, pairs: int, orbits: int = 0
) -> int:  # fmt: skip
    """Memory of a run: its record in full, twice while it is written, and a batch."""
    numbers = 8 * blocks * (2 * pairs + orbits + 60)
    return 2 * steps * paths * (numbers + sites) + BYTES_PER_SITE * together * sites

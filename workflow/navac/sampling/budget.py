"""What a plan of sampling costs, and the refusal of one that costs more than it may."""

from __future__ import annotations

from dataclasses import dataclass

from navac import NavacError
from navac.sampling.plan import HOT_STEPS, Plan

SECONDS_PER_FLIP = 2e-9
"""Core seconds of an attempted flip, with tens of interactions per site; see ``benchmarks/``.
With hundreds of them it is several times that: a sampling job measures its own before it starts."""
GIB = 2**30


class BudgetError(NavacError):
    """A plan costs more than the configuration allows."""


@dataclass(frozen=True)
class Cost:
    """What sampling takes.

    Attributes:
        conditions: pairs of a path and a temperature, or of a scan and a chemical potential.
        sweeps: of every condition.
        sites: active sites of the supercell.
        paths: configurations that are held at once.
    """

    conditions: int
    sweeps: int
    sites: int
    paths: int

    @property
    def flips(self) -> float:
        """Attempted flips."""
        return float(self.conditions) * self.sweeps * self.sites

    @property
    def core_hours(self) -> float:
        """Hours of one core, about."""
        return self.flips * SECONDS_PER_FLIP / 3600

    @property
    def bytes(self) -> int:
        """Memory for the configurations: when paths start, now, aside and for the record."""
        return self.paths * self.sites // 2

    def __str__(self) -> str:
        return (
            f"{self.conditions:.3g} conditions × {self.sweeps} sweeps × {self.sites} sites are "
            f"{self.flips:.2g} attempted flips, about {self.core_hours:.3g} core hours"
        )


def cost_of(plan: Plan, sweeps: int, *, scans: bool) -> Cost:
    """What a plan takes, with the scans that follow its heating or without."""
    heated = int(plan.heats.sum())
    steps = len(plan.temperatures)
    conditions = heated * steps + (len(plan.branch) - heated) * (HOT_STEPS - 1 + plan.cooled)
    paths = len(plan.branch)
    if scans:
        conditions += heated * steps * (len(plan.mu_grid) - 1)
        paths = max(paths, 2 * heated * steps)
    return Cost(conditions, sweeps, plan.occupation.shape[1], paths)


def check_hours(hours: float, allowed: float | None, said: str) -> None:
    """Refuse what takes longer than it may.

    Args:
        hours: core hours that it takes.
        allowed: core hours; None for no limit.
        said: what takes them, with its numbers.

    Raises:
        BudgetError: with the numbers and what lowers them.
    """
    if allowed is not None and hours > allowed:
        raise BudgetError(
            f"{said}, and sampling.core_hours allows {allowed:g}; coarsen ranges.*.mu_step_eV or "
            "temperatures_K, sample fewer sweeps or a smaller supercell, or raise "
            "sampling.core_hours (null for no limit)"
        )

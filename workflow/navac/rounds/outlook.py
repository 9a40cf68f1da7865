"""A composition range as one round sees it: its fit, its hull, and what it lacks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from navac.crystal.prim import Prim
from navac.crystal.supercell import Supercell
from navac.crystal.symmetry import SpaceGroup
from navac.expansion.correlations import correlation_matrix
from navac.fit.range_fit import RangeFit
from navac.fit.uncertainty import Uncertainty, posterior
from navac.hull import Hull, lower_hull
from navac.orderings.ordering import Ordering
from navac.orderings.symmetry import canonical_key
from navac.rounds.pool import Pool, build_pool
from navac.rounds.proposal import Asked, Candidates, ground_state_rows, propose


@dataclass(frozen=True)
class Outlook:
    """What a range has and lacks.

    Attributes:
        fit: of the range.
        data: hull of the energies that are fitted to; its rows are those of the training set.
        pool: low orderings of the expansion that are not among the known ones.
        candidates: the same as the fit sees them.
        predicted: rows of the pool that are ground states of the expansion, deepest first.
        uncertainty: covariance of the fit.
    """

    fit: RangeFit
    data: Hull
    pool: Pool
    candidates: Candidates
    predicted: list[int]
    uncertainty: Uncertainty

    @property
    def deepest(self) -> float:
        """How far the lowest predicted ground state is below the known hull, eV per cell."""
        return max((-float(self.candidates.above[k]) for k in self.predicted), default=0.0)

    def ask(self, count: int) -> list[Asked]:
        """At most ``count`` orderings whose energies tell most."""
        return propose(self.candidates, self.predicted, self.uncertainty, count=count)


def outlook(
    fit: RangeFit,
    orderings: Sequence[Ordering],
    prim: Prim,
    group: SpaceGroup,
    *,
    max_cells: int,
    least: float,
    seed: int,
    within: Supercell | None = None,
    most: int = 400,
    progress: Callable[[int, int], None] | None = None,
) -> Outlook:
    """Search for what a fitted range lacks.

    Args:
        orderings: all known ones of the range; those whose calculations failed are not asked for
            again.
        max_cells: largest supercell that is searched.
        within: only supercells that repeat in this one are searched; None for all.
        least: eV per primitive cell below the hull from which a ground state counts.
        most: orderings that are looked at, lowest first.
    """
    expansion, fu = fit.fit.expansion, prim.formula_units
    averages = correlation_matrix(expansion.orbits, orderings)
    energies = expansion.constant + averages @ (expansion.multiplicities * expansion.eci)
    x = np.array([o.x for o in orderings])
    known = lower_hull(x, energies, fu)
    pool = build_pool(
        prim, group, expansion, known, max_cells=max_cells, within=within, most=most, seed=seed,
        progress=progress,
    )  # fmt: skip
    pool = _new(pool, orderings, prim, group)
    candidates = Candidates.of(pool.x, pool.energies, pool.averages, known, averages[known.index])
    everything = lower_hull(
        np.concatenate([pool.x, x]), np.concatenate([pool.energies, energies]), fu
    )
    everything = replace(
        everything, index=np.where(everything.index < len(pool), everything.index, -1)
    )
    return Outlook(
        fit=fit,
        data=lower_hull(fit.training.x, fit.training.energies, fu),
        pool=pool,
        candidates=candidates,
        predicted=ground_state_rows(candidates, everything, least),
        uncertainty=posterior(fit.fit, fit.training.averages, fit.weights),
    )


def _new(pool: Pool, known: Sequence[Ordering], prim: Prim, group: SpaceGroup) -> Pool:
    """The pool without what is, by symmetry, among the known orderings."""
    there = {canonical_key(prim, group, o.supercell, o.occupation) for o in known}
    keys = pool.keys(prim, group)
    return pool.some([k for k, key in enumerate(keys) if key not in there])

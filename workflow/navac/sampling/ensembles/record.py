"""The record of a run, from the conditions that were sampled."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from navac.crystal.prim import Prim
from navac.crystal.supercell import Supercell
from navac.results.schema import EnsembleCondition, SampledEnsemble
from navac.sampling.ensembles.observers import Observers
from navac.sampling.ensembles.plan import Plan

STACKED = (
    "energy_eV_per_cell", "energy_squared_eV2", "amount_per_cell", "energy_amount_eV",
    "amount_product", "share", "tried", "acceptance", "order", "order_at_random",
    "correlation", "discrepancy_eV", "block_sweeps", "state",
)  # fmt: skip


def record_of(
    prim: Prim, plan: Plan, amounts: Sequence[tuple[int, int]], changes: Sequence[str],
    observers: Observers, supercell: Supercell, conditions: Sequence[EnsembleCondition],
) -> SampledEnsemble:  # fmt: skip
    """Join the conditions of a run, one per temperature.

    Args:
        amounts: (group, code) of each amount.
        changes: names of what is tried.
    """
    groups, shells = plan.ensemble.groups, observers.shells
    labels = ["+".join(dict.fromkeys(prim.active_labels[s] for s in own)) for own in groups]
    lists = [prim.species[int(prim.active[own[0]])] for own in groups]
    return SampledEnsemble(
        temperature_K=plan.temperatures, start=plan.start, mu_eV=plan.mu,
        **{name: np.array([getattr(c, name) for c in conditions]) for name in STACKED},
        amounts=tuple(lists[g][code] for g, code in amounts),
        groups=tuple(labels[g] for g, _ in amounts), changes=tuple(changes), pairs=shells.names,
        pair_sites=shells.sites, pair_shell=shells.numbers, pair_length_A=shells.lengths,
        orbit=observers.orbits, multiplicity=observers.multiplicities, supercell=supercell.diag,
    )  # fmt: skip

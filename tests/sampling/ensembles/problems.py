"""Small crystals with few interactions, and runs on them."""

from dataclasses import replace

import numpy as np

from navac.crystal.supercell import Supercell
from navac.crystal.symmetry import find_space_group
from navac.expansion.expansion import Expansion
from navac.expansion.functions import enumerate_functions
from navac.expansion.shells import Shells, shells_within
from navac.montecarlo.gas.model import gas_model
from navac.montecarlo.gas.sampler import GasSampler
from navac.sampling.ensembles.fillings import filling, random_fillings
from navac.sampling.ensembles.moves import ensemble_of, names_of
from navac.sampling.ensembles.observers import Observers
from navac.sampling.ensembles.plan import plan_run
from navac.sampling.ensembles.record import record_of
from navac.sampling.ensembles.walk import Store, sample_run
from tests.expansion.test_species import PRIMS, random_expansion

SAMPLERS: dict = {}
"""Compiled once each, with the expansion, whose identity is its name."""


def interacting(crystal, scale=0.01):
    """Random interactions of the nearest pairs, and the shells of these."""
    prim, group, expansion = random_expansion(crystal)
    some = [k for k, o in enumerate(expansion.orbits) if o.order < 3 and o.max_length < 4.2]
    orbits = tuple(expansion.orbits[k] for k in some)
    expansion = replace(expansion, orbits=orbits, eci=scale * expansion.eci[some])
    return prim, expansion, shells_within(prim, group, expansion)


def without_interactions(crystal, points):
    """Points alone: an ideal mixture, whose pairs are looked at all the same."""
    prim = PRIMS[crystal]
    group = find_space_group(prim, 1e-5)
    whole = enumerate_functions(prim, group, {2: 4.0})
    _, _, random = random_expansion(crystal)
    alone = [o for o in random.orbits if o.order == 1]
    expansion = Expansion(tuple(alone), np.array(points), 0.1, random.spaces)
    shells = shells_within(prim, group, Expansion(whole, np.ones(len(whole)), 0, random.spaces))
    return prim, expansion, shells


def sampled(
    prim, expansion, shells: Shells, folder, *, moves, amounts, lengths=(4, 4, 4), replicas=8,
    temperatures=(1000.0,), mu=None, seed=1, together=64, name="run", progress=None,
    equilibration=10, blocks=10, block_sweeps=10, made_from="test", correlations=False,
    precision=None,
):  # fmt: skip
    """The record of a run."""
    box = Supercell.diagonal(*lengths)
    ensemble = ensemble_of(prim, moves)
    plan = plan_run(prim, ensemble, name, seed=seed, starts=replicas, mu=mu or {},
                    temperatures=temperatures, equilibration=equilibration, blocks=blocks,
                    block_sweeps=block_sweeps, precision=precision)  # fmt: skip
    some = min(together, len(plan.start))
    key = id(expansion), ensemble, lengths, some
    if key not in SAMPLERS:
        model = gas_model(expansion, box, ensemble)
        SAMPLERS[key] = expansion, GasSampler(model, ensemble, replicas=some, most=some, blocks=1)
    _, sampler = SAMPLERS[key]
    starts = random_fillings(filling(prim, amounts, box.size), box.size, replicas, seed)
    observers = Observers(shells, expansion if correlations else None)
    conditions = sample_run(sampler, plan, observers, starts[:, plan.start],
                            Store(folder, made_from), together=some,
                            progress=progress or (lambda *_: None))  # fmt: skip
    return record_of(prim, plan, sampler.amounts, names_of(moves), observers, box, conditions)

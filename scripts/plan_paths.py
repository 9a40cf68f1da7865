"""Lay out the paths that a composition range is sampled along."""

import numpy as np

from navac.campaign.job import stage
from navac.crystal.supercell import Supercell
from navac.expansion.file import read_expansion
from navac.expansion.ground_states import ground_states
from navac.expansion.stackings import StackingError, missed_ground_states
from navac.orderings.ordering import read_orderings
from navac.sampling.plan import mu_grid, plan_grid, temperature_steps, write_plan
from navac.sampling.scans import heated_once, plan_scans

with stage(snakemake) as job:
    config = job.config
    name = snakemake.wildcards.range
    settings = config.ranges[name]
    prim, expansion = read_expansion(snakemake.input.expansion)
    hull, states = ground_states(
        expansion, read_orderings(snakemake.input.orderings),
        settings.x, config.prim.formula_units,
    )  # fmt: skip
    if settings.mu_eV is None:
        grid = mu_grid(hull, settings.mu_step_eV, settings.mu_margin_eV, settings.mu_reach_eV)
    else:
        grid = np.array(settings.mu_eV.values())
    plan = plan_grid(
        expansion, hull, states, Supercell.diagonal(*config.supercell(name)),
        known=settings.phases, grid=grid, margin=settings.mu_margin_eV,
        temperatures=temperature_steps(
            [(t.start, t.stop, t.step) for t in settings.temperatures_K],
            config.thermodynamics.temperatures_K,
        ),
        cool_to=settings.cool_to_K,
    )  # fmt: skip
    if config.sampling.protocol == "paper":
        plan = heated_once(plan, settings.start_mu_eV)
    write_plan(snakemake.output.plan, plan, config.to_json(), config.seed, species=config.species)
    found = ", ".join(f"{p} (x = {x:g})" for p, x in zip(plan.phases, hull.x, strict=True))
    steps = ", ".join(f"{m:.4f}" for m in hull.transitions)
    job.say(f"ground states {found}; transitions at {steps} eV per atom")
    try:
        for one in missed_ground_states(expansion, len(prim.active), hull):
            x = one.number / hull.formula_units
            below = -1000 * hull.above(x, one.energy) / hull.formula_units
            job.say(
                f"WARNING: the expansion has a ground state of {one.occupation.shape[1]} cells at "
                f"x = {x:.3f}, {below:.2f} meV per formula unit below those of the orderings; add "
                f"it to them (python -m navac.expansion.stackings --range {name}), or doubt the fit"
            )
    except StackingError as error:
        job.say(f"ground states of longer period were not searched: {error}")
    shares = ", ".join(
        f"{np.count_nonzero(plan.branch == k)} of {name}"
        for k, name in enumerate([*plan.phases, "the disordered state"])
    )
    conditions = np.isfinite(plan.walks().temperature).sum()
    if config.sampling.protocol == "paper":
        conditions += (plan_scans(plan).mu_index >= 0).sum()
    flips = conditions * config.sampling.sweeps * plan.occupation.shape[1]
    job.say(f"{len(plan.branch)} paths, {shares}; {len(plan.temperatures)} temperatures")
    job.say(f"{conditions} conditions of {config.sampling.sweeps} sweeps: {flips:.2g} flips to try")

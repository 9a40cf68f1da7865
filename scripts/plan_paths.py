"""Lay out the paths that a composition range is sampled along."""

import numpy as np

from navac.campaign.job import Job, run
from navac.crystal.supercell import Supercell
from navac.expansion.expansion import Expansion
from navac.expansion.file import read_expansion
from navac.expansion.ground_states import ground_states
from navac.expansion.repulsion import repelling
from navac.expansion.stackings import StackingError, missed_ground_states
from navac.hull import Hull
from navac.orderings.ordering import read_orderings
from navac.sampling.grid import mu_grid, plan_grid, temperature_steps
from navac.sampling.plan import Plan, write_plan
from navac.sampling.scans import heated_once, plan_scans


def main(job: Job) -> None:
    """Write the plan of a range, and say what it takes and what it may miss."""
    settings = job.settings.ranges[job.wildcards["range"]]
    prim, expansion = read_expansion(job.input.expansion)
    expansion = repelling(prim, expansion)
    hull, states = ground_states(
        expansion, read_orderings(job.input.orderings), settings.x, prim.formula_units
    )
    if settings.mu_eV is None:
        grid = mu_grid(hull, settings.mu_step_eV, settings.mu_margin_eV, settings.mu_reach_eV)
    else:
        grid = np.array(settings.mu_eV)
    plan = plan_grid(
        expansion, hull, states, Supercell.diagonal(*settings.supercell),
        known=settings.phases, grid=grid, margin=settings.mu_margin_eV,
        temperatures=temperature_steps(
            settings.temperatures_K, job.settings.reported_temperatures_K
        ),
        cool_to=settings.cool_to_K,
    )  # fmt: skip
    scans = job.settings.sampling.protocol == "paper"
    if scans:
        plan = heated_once(plan, settings.start_mu_eV)
    # The first species of the active sites is the one that is counted.
    species = prim.species[prim.active[0]][0]
    write_plan(job.output.plan, plan, job.provenance.to_json(), species=species)
    found = ", ".join(f"{p} (x = {x:g})" for p, x in zip(plan.phases, hull.x, strict=True))
    steps = ", ".join(f"{m:.4f}" for m in hull.transitions)
    job.say(f"ground states {found}; transitions at {steps} eV per atom")
    _warn_of_missed(job, expansion, len(prim.active), hull)
    _say_cost(job, plan, scans)


def _warn_of_missed(job: Job, expansion: Expansion, sites: int, hull: Hull) -> None:
    """Say which ground states of the expansion are not among the orderings."""
    try:
        for one in missed_ground_states(expansion, sites, hull):
            x = one.number / hull.formula_units
            below = -1000 * hull.above(x, one.energy) / hull.formula_units
            job.say(
                f"WARNING: the expansion has a ground state of {one.occupation.shape[1]} cells at "
                f"x = {x:.3f}, {below:.2f} meV per formula unit below those of the orderings; add "
                "it to them (python -m navac.campaign.longer_ground_states --range "
                f"{job.wildcards['range']}), or check the fit"
            )
    except StackingError as error:
        job.say(f"ground states of longer period were not searched for: {error}")


def _say_cost(job: Job, plan: Plan, scans: bool) -> None:
    """Say how many flips the plan takes."""
    shares = ", ".join(
        f"{np.count_nonzero(plan.branch == k)} of {name}"
        for k, name in enumerate([*plan.phases, "the disordered state"])
    )
    conditions = int(np.isfinite(plan.walks().temperature).sum())
    if scans:
        conditions += int((plan_scans(plan).mu_index >= 0).sum())
    how = job.execution.sampling
    sweeps = how.equilibration_sweeps + how.blocks * how.block_sweeps
    flips = conditions * sweeps * plan.occupation.shape[1]
    job.say(f"{len(plan.branch)} paths, {shares}; {len(plan.temperatures)} temperatures")
    job.say(f"{conditions} conditions of {sweeps} sweeps: {flips:.2g} attempted flips")


if "snakemake" in globals():
    run(main, snakemake)

"""Lay out the paths that a composition range is sampled along."""

import numpy as np

from navac.campaign.job import Job, run
from navac.crystal.supercell import Supercell, enclosing
from navac.expansion.expansion import Expansion
from navac.expansion.file import read_expansion
from navac.expansion.ground_states import ground_states
from navac.expansion.repulsion import repelling
from navac.expansion.small_cells import missed_small_states
from navac.expansion.stackings import StackingError, missed_ground_states
from navac.hull import Hull
from navac.orderings.ordering import read_orderings
from navac.sampling.budget import check_hours, cost_of
from navac.sampling.grid import (
    check_window,
    mu_grid,
    plan_grid,
    stepped_over,
    temperature_steps,
)
from navac.sampling.plan import Plan, write_plan
from navac.sampling.scans import heated_once


def main(job: Job) -> None:
    """Write the plan of a range, and say what it takes and what it may miss."""
    settings = job.settings.ranges[job.wildcards["range"]]
    prim, expansion = read_expansion(job.input.expansion)
    expansion = repelling(prim, expansion)
    hull, states = ground_states(
        expansion, read_orderings(job.input.orderings), settings.x, prim.formula_units
    )
    temperatures = temperature_steps(settings.temperatures_K, job.settings.reported_temperatures_K)
    if settings.mu_eV is None:
        grid = mu_grid(
            hull, settings.mu_step_eV, settings.mu_margin_eV, settings.mu_reach_eV, temperatures[0]
        )
    else:
        grid = np.array(settings.mu_eV)
        check_window(hull, grid, f"ranges.{job.wildcards['range']}.mu_eV")
    for k in stepped_over(hull, grid):
        job.say(
            f"WARNING: no chemical potential lies between {hull.transitions[k - 1]:.5f} and "
            f"{hull.transitions[k]:.5f} eV per atom, where x = {hull.x[k]:.4g} is stable; take a "
            "smaller step"
        )
    plan = plan_grid(
        expansion, hull, states, Supercell.diagonal(*settings.supercell),
        known=settings.phases, grid=grid, margin=settings.mu_margin_eV,
        temperatures=temperatures, cool_to=settings.cool_to_K,
    )  # fmt: skip
    scans = job.settings.sampling.protocol == "paper"
    if scans:
        plan = heated_once(plan, settings.start_mu_eV)
    _say_cost(job, plan, scans)
    # The first species of the active sites is the one that is counted.
    species = prim.species[prim.active[0]][0]
    write_plan(job.output.plan, plan, job.provenance.to_json(), species=species)
    found = ", ".join(f"{p} (x = {x:g})" for p, x in zip(plan.phases, hull.x, strict=True))
    steps = ", ".join(f"{m:.4f}" for m in hull.transitions)
    job.say(f"ground states {found}; transitions at {steps} eV per atom")
    _warn_between(job, expansion, len(prim.active), hull)
    _warn_of_missed(job, expansion, len(prim.active), hull)


def _warn_between(job: Job, expansion: Expansion, sites: int, hull: Hull) -> None:
    """Say which ground states of small supercells lie between the orderings' compositions."""
    cells = job.settings.ranges[job.wildcards["range"]].supercell
    for one in missed_small_states(expansion, sites, hull):
        below = -1000 * hull.above(one.x, one.energy) / hull.formula_units
        box = enclosing([one.supercell], cells)
        held = "" if box == tuple(cells) else (
            f", and a supercell that holds it, such as {' × '.join(map(str, box))}"
        )  # fmt: skip
        job.say(
            f"WARNING: the expansion has a ground state of {one.supercell.size} cells at x = "
            f"{one.x:.4f}, {below:.2f} meV per formula unit below those of the orderings; have it "
            f"enumerated (orderings.compositions, orderings.max_cells){held}, or check the fit"
        )


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
    """Say how many flips the plan takes; refuse more than are allowed."""
    shares = ", ".join(
        f"{np.count_nonzero(plan.branch == k)} of {name}"
        for k, name in enumerate([*plan.phases, "the disordered state"])
    )
    how = job.execution.sampling
    cost = cost_of(plan, how.equilibration_sweeps + how.blocks * how.block_sweeps, scans=scans)
    job.say(f"{len(plan.branch)} paths, {shares}; {len(plan.temperatures)} temperatures")
    job.say(str(cost))
    check_hours(cost.core_hours, how.core_hours, f"ranges.{job.wildcards['range']}: {cost}")


if "snakemake" in globals():
    run(main, snakemake)

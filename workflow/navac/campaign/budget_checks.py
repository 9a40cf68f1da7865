"""Checks of what a campaign costs, by what is known of it before anything is computed.

The chemical potentials are counted without those between the transitions at 0 K, which are not
known yet: these are the least costs, and the rules ``paths`` and ``sampling`` know the whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import psutil

from navac.campaign.crystal import Crystal, Problems
from navac.sampling.budget import GIB, Cost
from navac.sampling.grid import COARSE, MOST_POTENTIALS
from navac.sampling.plan import HOT_STEPS

if TYPE_CHECKING:
    from navac.config.campaign import Config
    from navac.config.ranges import RangeSection

A_FINE_GRID = 400
"""Chemical potentials that resolve a diagram well: what the advised step gives."""
MOST_TEMPERATURES = 20_000


def least_potentials(settings: RangeSection) -> int:
    """How many chemical potentials a range has at least."""
    if settings.mu_eV is not None:
        return len(settings.mu_eV)
    return round(_width(settings) / settings.mu_step_eV)


def _width(settings: RangeSection) -> float:
    """What is sampled on both sides of a transition, in steps of the fine grid, eV."""
    beyond = max(settings.mu_reach_eV - settings.mu_margin_eV, 0.0)
    return 2 * settings.mu_margin_eV + 2 * beyond / COARSE


def grids(config: Config) -> Problems:
    """Grids of chemical potentials and temperatures are such as somebody would look at."""
    for name, settings in config.ranges.items():
        count, most = least_potentials(settings), MOST_POTENTIALS
        if count > most:
            key = "mu_step_eV" if settings.mu_eV is None else "mu_eV"
            step = settings.mu_step_eV if settings.mu_eV is None else settings.mu_eV.step
            better = float(f"{step * count / A_FINE_GRID:.1g}")
            yield (f"ranges.{name}.{key}", f"steps of {step:g} eV make at least {count:.3g} "
                   f"chemical potentials, and {most} are the most; a step of {better:g} eV makes "
                   f"some {A_FINE_GRID}")  # fmt: skip
        count = sum(len(segment) for segment in settings.temperatures_K)
        if count > MOST_TEMPERATURES:
            yield (f"ranges.{name}.temperatures_K", f"{count} temperatures, and "
                   f"{MOST_TEMPERATURES} are the most; take a larger step")  # fmt: skip


def budget(config: Config, crystal: Crystal) -> Problems:
    """What is sampled fits into the core hours and the memory, as far as it is known."""
    costs = {name: least_cost(config, crystal, name) for name in config.ranges}
    if any(least_potentials(r) > MOST_POTENTIALS for r in config.ranges.values()):
        return  # refused for that
    hours, allowed = sum(c.core_hours for c in costs.values()), config.sampling.core_hours
    if allowed is not None and hours > allowed:
        worst = max(costs, key=lambda name: costs[name].core_hours)
        yield ("sampling.core_hours", f"{allowed:g}, but sampling takes {hours:.3g} at least: in "
               f"ranges.{worst} {costs[worst]}; coarsen mu_step_eV or temperatures_K, sample fewer "
               "sweeps or a smaller supercell, or raise it (null for no limit)")  # fmt: skip
    given = config.sampling.memory_mb
    room = psutil.virtual_memory().total if given is None else given * 2**20
    for name, cost in costs.items():
        if cost.bytes > room:
            whose = "this machine has" if given is None else "sampling.memory_mb allows"
            yield (f"ranges.{name}.supercell", f"{cost.paths} paths in a job × {cost.sites} sites "
                   f"need {cost.bytes / GIB:.3g} GiB at least, and {whose} {room / GIB:.3g}; take "
                   "a smaller supercell or more sampling.shards")  # fmt: skip


def least_cost(config: Config, crystal: Crystal, name: str) -> Cost:
    """What a range takes at least: every chemical potential has one stable phase."""
    settings, sampling = config.ranges[name], config.sampling
    temperatures = np.concatenate([segment.values() for segment in settings.temperatures_K])
    sites = int(np.prod(config.supercell(name))) * len(crystal.prim.active)
    mu, steps = least_potentials(settings), len(temperatures)
    if sampling.protocol == "paper":
        conditions, paths = 2 * steps * mu, 4 * steps  # from two phases, both ways from each
    else:
        conditions, paths = mu * steps, mu
        if settings.cool_to_K is not None:
            cooled = int((temperatures >= settings.cool_to_K).sum())
            conditions += mu * (HOT_STEPS - 1 + cooled) * bool(cooled)
            paths += mu * bool(cooled)
    return Cost(conditions, sampling.sweeps, sites, -(-paths // sampling.shards))

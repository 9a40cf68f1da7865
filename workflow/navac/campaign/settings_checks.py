"""Checks between the fields of a configuration.

Every check yields (field, what is wrong; fix) and none stops the others: a campaign is refused
before it starts, with everything that is wrong with it.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from navac.campaign.budget_checks import grids
from navac.campaign.cell_checks import CHECKS as CELL_CHECKS
from navac.campaign.energy_checks import CHECKS as ENERGY_CHECKS
from navac.campaign.energy_checks import Problems
from navac.campaign.ensemble_checks import PLAIN as ENSEMBLE_CHECKS
from navac.campaign.stages import FIGURES
from navac.composition import COMPOSITION_TOLERANCE, in_range
from navac.config.campaign import EVERY_RANGE, Config
from navac.reproduction.table import number_problems


def files(config: Config) -> Problems:
    """Files of the ranges that must exist; which of them is sampled."""
    for name, settings in config.ranges.items():
        path, field = settings.published_eci, f"ranges.{name}.published_eci"
        if path is not None and not path.is_file():
            yield field, f"{path} does not exist; give a path from the folder of the Snakefile"
        elif path is None and settings.hamiltonian == "published":
            yield field, "null, but hamiltonian is published; name a table or write fitted"
        path, field = settings.expansion_file, f"ranges.{name}.expansion_file"
        if path is not None and not path.is_file():
            yield field, f"{path} does not exist; give a path from the folder of the Snakefile"
        if path is not None and settings.hamiltonian == "published":
            yield (f"ranges.{name}.hamiltonian", "published, but expansion_file is given, which is "
                   "sampled; write fitted, or null for the file")  # fmt: skip


def rounds(config: Config) -> Problems:
    """Rounds have an expansion to fit."""
    if config.rounds.max and all(r.expansion_file for r in config.ranges.values()):
        yield ("rounds.max", "every range has an expansion_file, so that nothing is fitted; write "
               "0, or null for a file")  # fmt: skip


def phases(config: Config) -> Problems:
    """Named phases lie in their range and mean the same in every range."""
    known: dict[str, float] = {}
    for name, settings in config.ranges.items():
        low, high = settings.x
        at: dict[float, str] = {}
        for phase, x in settings.phases.items():
            field = f"ranges.{name}.phases.{phase}"
            if not in_range(np.array(x), settings.x):
                yield field, (f"x = {x:g} is outside the range's x, {low:g} to {high:g}; correct "
                              "it, or move the phase to another range")  # fmt: skip
            if known.setdefault(phase, x) != x:
                yield field, (f"x = {x:g}, but {known[phase]:g} in another range; give the two "
                              "phases different names")  # fmt: skip
            if at.setdefault(x, phase) != phase:
                yield field, f"{at[x]} is at x = {x:g} too; keep one of the names"


def start_potentials(config: Config) -> Problems:
    """Phases that are heated at a given μ are known, and the grid holds that μ."""
    for name, settings in config.ranges.items():
        grid = settings.mu_eV and settings.mu_eV.values()
        for phase, mu in settings.start_mu_eV.items():
            field = f"ranges.{name}.start_mu_eV.{phase}"
            if phase not in settings.phases:
                known = ", ".join(settings.phases) or "none"
                yield field, f"no phase of this name; use one of ranges.{name}.phases ({known})"
            if grid and not min(grid) - 1e-9 <= mu <= max(grid) + 1e-9:
                yield field, (f"{mu:g} is outside mu_eV, {min(grid):g} to {max(grid):g}; move it "
                              "or widen the grid")  # fmt: skip


def windows(config: Config) -> Problems:
    """Composition windows lie in their range and have different names."""
    seen: dict[str, str] = {}
    for name, settings in config.ranges.items():
        for window, (low, high) in settings.windows.items():
            field = f"ranges.{name}.windows.{window}"
            if not window or "/" in window:
                yield field, "the name cannot be that of an HDF5 group; write it without /"
            if low >= high:
                yield field, f"[{low:g}, {high:g}] is not an interval; write [lowest, highest]"
            elif not in_range(np.array([low, high]), settings.x).all():
                yield field, (f"[{low:g}, {high:g}] reaches outside the range's x, "
                              f"{settings.x[0]:g} to {settings.x[1]:g}; narrow it")  # fmt: skip
            if seen.setdefault(window, name) != name:
                yield field, f"ranges.{seen[window]} has a window of this name; rename one"


def overlaps(config: Config) -> Problems:
    """Ranges meet at most at their ends: each x has one expansion."""
    ranges = sorted(config.ranges.items(), key=lambda item: item[1].x)
    for (one, a), (other, b) in pairwise(ranges):
        if b.x[0] < a.x[1]:
            yield (f"ranges.{other}.x", f"overlaps ranges.{one}.x, which ends at {a.x[1]:g}; "
                   f"start at {a.x[1]:g}")  # fmt: skip


def structures(config: Config) -> Problems:
    """Every range is met by enumerated compositions, two at least."""
    values = config.orderings.x
    if not values or config.energies.backend == "user":
        return  # the orderings are those of the structures that are given
    for name, settings in config.ranges.items():
        inside = int(in_range(np.array(values), settings.x).sum())
        needed = 2 if config.samples else 1
        if inside < needed:
            yield (f"ranges.{name}.x", f"{inside or 'none'} of the enumerated compositions "
                   f"({len(values)} from {values[0]:g} to {values[-1]:g}) lies between "
                   f"{settings.x[0]:g} and {settings.x[1]:g}, {('one is', 'two are')[needed - 1]} "
                   "needed; widen the range or orderings.compositions")  # fmt: skip


def named_phases(config: Config) -> Problems:
    """A named phase has a composition that is enumerated, so that its ordering can be known."""
    if (
        config.orderings.more is not None
        or not config.orderings.x
        or config.energies.backend == "user"
    ):
        return  # compositions are those of the files
    grid = np.array(config.orderings.x)
    for name, settings in config.ranges.items():
        for phase, x in settings.phases.items():
            if np.abs(grid - x).min() > COMPOSITION_TOLERANCE:
                yield (f"ranges.{name}.phases.{phase}", f"x = {x:g} is not among "
                       "orderings.compositions, so that its ordering is never found; add it there, "
                       "or remove the phase")  # fmt: skip


def reported_temperatures(config: Config) -> Problems:
    """Reported temperatures are inside what some range samples; voltages may lie below it."""
    segments = [s for r in config.ranges.values() for s in r.temperatures_K]
    if not segments:
        return  # refused as missing, or nothing is sampled
    lowest, highest = min(s.start for s in segments), max(s.stop for s in segments)
    fix = "remove it or extend ranges.*.temperatures_K"
    for what in ("voltage", "occupancy", "entropy", "heat_capacity"):
        key = f"{what}_temperatures_K"
        temperatures = getattr(config.thermodynamics, key)
        if above := [t for t in temperatures if t > highest]:
            yield (f"thermodynamics.{key}", f"{_list(above)} K is above the highest sampled "
                   f"temperature, {highest:g} K; {fix}")  # fmt: skip
        if what != "voltage" and (below := [t for t in temperatures if t < lowest]):
            yield (f"thermodynamics.{key}", f"{_list(below)} K is below the lowest sampled "
                   f"temperature, {lowest:g} K; {fix}")  # fmt: skip


def temperatures(config: Config) -> Problems:
    """Ranges that are sampled have temperatures."""
    for name, settings in config.ranges.items():
        if not settings.temperatures_K and config.samples:
            yield (f"ranges.{name}.temperatures_K", "no temperatures; add a segment {start, stop, "
                   "step}, or end the campaign with until: expansion")  # fmt: skip


def _list(values) -> str:
    return ", ".join(f"{v:g}" for v in values)


def electronic_entropy(config: Config) -> Problems:
    """Mixed valence refers to a range and to compositions in it."""
    mixed = config.thermodynamics.electronic_entropy
    field = "thermodynamics.electronic_entropy"
    if mixed is None:
        return
    if mixed.range not in config.ranges:
        yield (
            f"{field}.range",
            f"{mixed.range} is not a range; use one of {', '.join(config.ranges)}",
        )
    if mixed.x_oxidised >= mixed.x_reduced:
        yield (f"{field}.x_oxidised", f"{mixed.x_oxidised:g} is not below x_reduced "
               f"{mixed.x_reduced:g}; swap them")  # fmt: skip


def counterparts(config: Config) -> Problems:
    """Counterparts are those of figures that there are."""
    for name in config.about.counterparts:
        if name not in FIGURES:
            yield (f"about.counterparts.{name}", "no figure of this name; use one of "
                   f"{', '.join(FIGURES)}")  # fmt: skip


def published_numbers(config: Config) -> Problems:
    """The table of published numbers can be used, and knows the ranges and windows."""
    path = config.reproduction.published_numbers
    if path is not None:
        for problem in number_problems(path):
            yield "reproduction.published_numbers", problem


CHECKS: tuple[tuple[set[str], Callable[[Config], Problems]], ...] = (
    ({"ranges"}, files),
    *ENERGY_CHECKS,
    ({"ranges"}, grids),
    ({EVERY_RANGE, "rounds"}, rounds),
    ({"ranges"}, phases),
    ({"ranges"}, start_potentials),
    ({"ranges"}, windows),
    ({"ranges"}, overlaps),
    ({"ranges", "orderings", "energies", "until"}, structures),
    ({"ranges", "orderings", "energies"}, named_phases),
    ({"ranges", "until"}, temperatures),
    ({EVERY_RANGE, "thermodynamics"}, reported_temperatures),
    ({EVERY_RANGE, "thermodynamics"}, electronic_entropy),
    ({"about"}, counterparts),
    ({"reproduction"}, published_numbers),
    *CELL_CHECKS,
    *ENSEMBLE_CHECKS,
)
"""Checks with the keys they need."""

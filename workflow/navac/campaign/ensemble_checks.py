"""Checks of the section ``ensembles`` against the crystal, as in
:mod:`navac.campaign.crystal_checks`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np

from navac.campaign.crystal import Crystal, Problems
from navac.config.ensembles import points
from navac.crystal.prim import Prim
from navac.crystal.supercell import Supercell
from navac.energies.mlip.metal import MetalError, metal_cell
from navac.montecarlo.gas.matchings import Colours
from navac.montecarlo.model import ColouringError, possible_blocks
from navac.orderings.charges import single
from navac.sampling.ensembles.cost import Work, work_bytes
from navac.sampling.ensembles.fillings import amount_problems, filling
from navac.sampling.ensembles.moves import (
    ensemble_of,
    exchanged,
    move_problems,
    names_of,
)

if TYPE_CHECKING:
    from navac.config.campaign import Config
    from navac.config.ensembles import RunSection
    from navac.expansion.clusters import Orbit


def moves_of(run: RunSection) -> list[dict]:
    """The moves of a run as plain mappings."""
    return [move.model_dump(exclude_none=True) for move in run.moves]


def runs(config: Config) -> Problems:
    """A run begins from one that there is, and that has one composition of each start."""
    section = config.ensembles
    graph: nx.DiGraph = nx.DiGraph()
    for name, run in section.runs.items():
        field = f"ensembles.runs.{name}.after"
        if run.after is None:
            continue
        if run.amounts:
            yield (f"ensembles.runs.{name}.amounts", f"given, but it begins after {run.after}, "
                   "whose states have amounts; remove one of the two")  # fmt: skip
        if run.after not in section.runs:
            yield field, f"no run of the name {run.after}; use one of {', '.join(section.runs)}"
            continue
        graph.add_edge(run.after, name)
        if several := section.runs[run.after].varied:
            yield (field, f"{run.after} has a grid of mu_eV.{several[0]}, so that its last states "
                   "are of several compositions; begin from a run without a grid")  # fmt: skip
    for circle in nx.simple_cycles(graph):
        yield (f"ensembles.runs.{circle[0]}.after", f"{' after '.join([*circle, circle[0]])}: a "
               "circle without a beginning; write null for one of them")  # fmt: skip


def ranges(config: Config) -> Problems:
    """The expansion that is sampled is that of a range."""
    section = config.ensembles
    if section.range is not None and section.range not in config.ranges:
        yield ("ensembles.range", f"{section.range} is not a range; use one of "
               f"{', '.join(config.ranges)}")  # fmt: skip
    elif section.runs and config.ensemble_range is None:
        yield "ensembles.range", f"null, but there are {', '.join(config.ranges)}; name one of them"


def charges(config: Config) -> Problems:
    """Only clusters are sampled."""
    if config.ensembles.runs and config.expansion.charges:
        yield ("ensembles.runs", "given, but expansion.charges give an electrostatic term, which "
               "reaches beyond all clusters and is not sampled yet; write {} for one of "
               "them")  # fmt: skip


def fillings(config: Config) -> Iterator[tuple[str, dict[str, float]]]:
    """The amounts of random fillings, with the fields that name them."""
    section = config.ensembles
    own = {n: r for n, r in section.runs.items() if r.amounts and r.after is None}
    if not own or any(not r.amounts and r.after is None for r in section.runs.values()):
        yield "ensembles.amounts", section.amounts
    yield from ((f"ensembles.runs.{name}.amounts", run.amounts) for name, run in own.items())


def amounts(config: Config, crystal: Crystal) -> Problems:
    """The starts fill all sites with whole atoms."""
    section = config.ensembles
    if section.runs:
        cells = int(np.prod(section.supercell))
        for field, given in fillings(config):
            for problem in amount_problems(crystal.prim, given, cells):
                yield field, problem
        if crystal.prim.excluded:
            yield ("ensembles.runs", "random fillings would fill sites that prim.exclusions keeps "
                   "apart; write {}, or remove the exclusions")  # fmt: skip


def moves(config: Config, crystal: Crystal) -> Problems:
    """Moves fit the sites, and chemical potentials belong to species that move."""
    charges = single(config.orderings.charges)
    for name, run in config.ensembles.runs.items():
        field, given = f"ensembles.runs.{name}", moves_of(run)
        for k, move in enumerate(given):
            for problem in move_problems(crystal.prim, move, charges):
                yield f"{field}.moves.{k}", problem
        changed = exchanged(given)
        for species, values in run.mu_eV.items():
            if species not in changed:
                said = ", ".join(sorted(changed)) or "none, as all of them swap"
                yield (f"{field}.mu_eV.{species}", "no flip changes its amount; remove it, or use "
                       f"one that flips ({said})")  # fmt: skip
            if not len(points(values)):
                yield f"{field}.mu_eV.{species}", "no value; give one, or a grid"


def supercell(config: Config, crystal: Crystal) -> Problems:
    """Swaps and coupled flips reach every arrangement in the supercell.

    A fit may keep any of the orbits, so the supercell must do with all of them.
    """
    section = config.ensembles
    orbits = _sampled(config, crystal)
    if not section.runs or not orbits or list(moves(config, crystal)):
        return
    neighbours = _neighbours(crystal.prim, orbits)
    box = Supercell.diagonal(*section.supercell)
    images = np.concatenate([n[n[:, 0] == s, 1:] for s, n in enumerate(neighbours)])
    try:
        blocks = list(possible_blocks(images, box))
    except ColouringError as error:
        yield "ensembles.supercell", str(error)
        return
    refused: dict[str, str] = {}
    for name, run in section.runs.items():
        ensemble = ensemble_of(crystal.prim, moves_of(run))
        joint = [m.sides for m in ensemble.moves if len(m.sides) > 1]
        colours = (Colours(box, block, neighbours) for block in blocks)
        if joint and not any(all(c.allow(*s) for s in joint) for c in colours):
            refused[name] = ""
    if refused:
        sides = " × ".join(map(str, section.supercell))
        yield ("ensembles.supercell", f"in {sides} cells too few sites share no cluster for the "
               f"swaps and coupled flips of {', '.join(refused)} to reach every arrangement; "
               "choose longer ones, best multiples of 2 and 3")  # fmt: skip


def _sampled(config: Config, crystal: Crystal) -> tuple[Orbit, ...] | None:
    """All orbits that the sampled expansion may have."""
    name = config.ensemble_range
    if name in crystal.imported:
        return crystal.imported[name].orbits
    return crystal.orbits


def _neighbours(prim: Prim, orbits: tuple[Orbit, ...]) -> list[np.ndarray]:
    """Per sublattice, ``[neighbour, 4]`` sublattice and cell of the sites of its clusters."""
    found: list[set[tuple[int, ...]]] = [set() for _ in prim.active]
    for orbit in orbits:
        for cluster in set(orbit.clusters):
            for s, *cell in cluster:
                found[s] |= {
                    (t, *(int(a - b) for a, b in zip(other, cell, strict=True)))
                    for t, *other in cluster if (t, *other) != (s, *cell)
                }  # fmt: skip
    return [np.array(sorted(own), int).reshape(-1, 4) for own in found]


def works(config: Config, prim: Prim) -> Iterator[tuple[str, Work]]:
    """What each run takes, in the order of the configuration."""
    section = config.ensembles
    sites = int(np.prod(section.supercell)) * len(prim.active)
    pairs = 10 * max(len(prim.species[i]) for i in prim.active) ** 2
    for name, run in section.runs.items():
        choices = int(np.prod([len(points(v)) for v in run.mu_eV.values()]))
        paths, steps = section.replicas * choices, len(run.temperatures_K)
        sweeps = run.equilibration_sweeps + run.blocks * run.block_sweeps
        together = min(paths, config.sampling.replicas_per_batch)
        changes = len(names_of(moves_of(run)))
        size = work_bytes(steps, paths, run.blocks, sites, together, pairs)
        yield name, Work(steps * paths, sweeps, sites, changes, together, size)


def budget(config: Config, crystal: Crystal) -> Problems:
    """Runs fit into the core hours and the memory."""
    for name, work in works(config, crystal.prim):
        for problem in work.problems(config.sampling.core_hours, config.sampling.memory_mb):
            yield f"ensembles.runs.{name}", problem


def metal(config: Config, crystal: Crystal) -> Problems:
    """The metal that a model is to relax for a voltage has a known structure."""
    if config.exchanges and config.energies.computes_metal and not config.samples:
        try:
            metal_cell(config.species)
        except MetalError as error:
            yield "species", str(error)


def rounded(config: Config, prim: Prim) -> Iterator[tuple[str, str]]:
    """What of the amounts is rounded to whole atoms."""
    section = config.ensembles
    if section.runs:
        cells = int(np.prod(section.supercell))
        for field, given in fillings(config):
            yield from ((field, said) for said in filling(prim, given, cells).rounded)


CHECKS: tuple[tuple[set[str], Callable[[Config, Crystal], Problems]], ...] = (
    ({"ensembles"}, amounts),
    ({"ensembles", "orderings"}, moves),
    ({"ensembles", "orderings", "ranges"}, supercell),
    ({"ensembles", "sampling"}, budget),
    ({"ensembles", "energies", "species", "until"}, metal),
)
"""Checks against the crystal, with the keys they need."""

PLAIN: tuple[tuple[set[str], Callable[[Config], Problems]], ...] = (
    ({"ensembles"}, runs),
    ({"ensembles", "ranges"}, ranges),
    ({"ensembles", "expansion"}, charges),
)
"""Checks of the section alone."""

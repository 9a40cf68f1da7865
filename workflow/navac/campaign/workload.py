"""How much work a campaign is: orderings, rounds and conditions, known or estimated beforehand."""

from __future__ import annotations

from dataclasses import dataclass
from math import comb
from pathlib import Path

import numpy as np

from navac.campaign.crystal import Crystal
from navac.campaign.jobs import within
from navac.campaign.sampling_checks import one_cell_hull
from navac.config.campaign import Config
from navac.crystal.prim import Prim
from navac.crystal.sites import VACANCY
from navac.crystal.supercell import Supercell
from navac.crystal.symmetry import SpaceGroup, find_space_group
from navac.orderings.charges import single
from navac.orderings.enumeration import enumerate_orderings
from navac.orderings.ordering import read_orderings
from navac.orderings.rooms import Room, rooms
from navac.orderings.symmetry import distinct_supercells
from navac.orderings.wanted import counted_alone, wanted_of
from navac.rounds.annealing import SCHEDULE
from navac.sampling.grid import COARSE, temperature_steps
from navac.sampling.plan import read_plan
from navac.sampling.scans import plan_scans

ENUMERATING = ("published", "vasp", "mlip")
"""Backends whose orderings are enumerated; the others bring theirs."""
CHEAP_PATTERNS = 3_000_000
"""Ways to fill the supercells up to which orderings are enumerated only to count them."""
MOST_WAYS = 11_000_000
"""Ways to fill one supercell beyond which candidates stand in for them."""
MOST_DRAWN = 200
"""Occupations looked at where orderings are drawn, in patterns."""
SPAN_IONS, SPAN_ALLOY = 1.0, 0.4
"""Width in μ of the 0 K transitions where no interactions are known, eV."""
PHASES = 5
"""Ground states of a range, where nothing is known of them."""


@dataclass(frozen=True)
class Count:
    """Orderings of a campaign.

    Attributes:
        number: of them.
        exact: whether they were counted; otherwise they are this many at most.
        atoms: mean number of atoms in one.
    """

    number: int
    exact: bool
    atoms: float


USED = 0.5
"""Share of what rounds may ask for that they do: 3 of 30 in LixCoO2, 27 of 36 in P2-NaxCoO2."""


@dataclass(frozen=True)
class Further:
    """What the rounds add.

    Attributes:
        rounds: of one run.
        number: orderings that they are expected to ask for.
        atoms: mean number of atoms in one.
        visits: of sites by the annealings of one round.
    """

    rounds: int
    number: int
    atoms: float
    visits: float


def asked_for(config: Config, crystal: Crystal, count: Count) -> Further:
    """The work of the rounds of a campaign with so many enumerated orderings."""
    section, prim = config.rounds, crystal.prim
    rounds = len(within(config))
    if not rounds:
        return Further(0, 0, 0.0, 0.0)
    fits = [name for name, one in config.ranges.items() if one.expansion_file is None]
    number = round(USED * rounds * section.per_round * len(fits))
    if section.budget is not None:
        number = min(number, max(0, section.budget - count.number))
    group = find_space_group(prim, config.prim.symmetry_tolerance_A)
    searched = [
        supercell.size
        for name in fits
        for size in range(1, section.max_cells + 1)
        for supercell in distinct_supercells(size, group)
        if not section.commensurate
        or supercell.repeats_in(Supercell.diagonal(*config.supercell(name)))
    ]
    # Most of what is asked for is larger than what was enumerated.
    cells = 0.8 * max(searched, default=1)
    host = len(prim.species) - len(prim.active) / 2
    visits = 2 * SCHEDULE.sweeps * len(prim.active) * sum(searched)
    return Further(rounds, number, host * cells, float(visits))


def patterns(config: Config, crystal: Crystal) -> float:
    """Ways to fill all supercells at the enumerated compositions."""
    prim, section = crystal.prim, config.orderings
    group = find_space_group(prim, config.prim.symmetry_tolerance_A)
    if not counted_alone(prim, config.species, section.amounts, section.charges):
        found = _rooms(config, prim, group)
        return float(sum(room.distinct if room.listed else MOST_DRAWN for room in found))
    total = 0.0
    for size in range(1, section.max_cells + 1):
        sites = size * len(prim.active)
        counts = {x * prim.formula_units * size for x in config.orderings.x}
        whole = {round(n) for n in counts if abs(n - round(n)) < 1e-6}
        ways = sum(float(min(comb(sites, n), MOST_WAYS)) for n in whole if 0 <= n <= sites)
        total += ways * len(distinct_supercells(size, group))
    return total


def count_orderings(config: Config, crystal: Crystal, results: Path) -> Count:
    """The orderings of a campaign: those that it has, or that are quickly enumerated."""
    prim, section = crystal.prim, config.orderings
    atoms = len(prim.species)
    table = results / "orderings" / "orderings.csv"
    if table.is_file():
        cells = [o.cells for o in read_orderings(table)]
        return Count(len(cells), True, atoms * float(np.mean(cells)))
    if not config.enumerates or config.energies.backend not in ENUMERATING:
        return Count(0, False, atoms)
    if not counted_alone(prim, config.species, section.amounts, section.charges):
        return _count_mixtures(config, prim)
    if patterns(config, crystal) <= CHEAP_PATTERNS:
        found = enumerate_orderings(
            prim, find_space_group(prim, config.prim.symmetry_tolerance_A),
            max_cells=section.max_cells, compositions=config.orderings.x,
            species=config.species, charges=single(section.charges),
            max_per_composition=section.max_per_composition, random_share=section.random_share,
            total=section.total, seed=config.seed,
        )  # fmt: skip
        cells = [o.cells for o in found]
        return Count(len(cells), True, _mean_atoms(prim.species, found))
    most = (section.max_per_composition or 500) * len(config.orderings.x)
    return Count(min(most, section.total or most), False, atoms * (0.3 + 0.7 * section.max_cells))


def _rooms(config: Config, prim: Prim, group: SpaceGroup) -> list[Room]:
    section = config.orderings
    x = None if section.compositions is None else section.x
    wanted = wanted_of(config.species, x, section.amounts, section.charges)
    return rooms(prim, group, wanted, section.max_cells, section.drawn.beyond)


def _count_mixtures(config: Config, prim: Prim) -> Count:
    """Distinct orderings of several species: as many as there are, or are kept."""
    section = config.orderings
    by_composition: dict[tuple, int] = {}
    sizes: list[int] = []
    for room in _rooms(config, prim, find_space_group(prim, config.prim.symmetry_tolerance_A)):
        number = room.distinct
        if not room.listed:
            number = min(number, section.drawn.random + section.drawn.low_energy)
        key = tuple(tuple(round(n / room.supercell.size, 9) for n in v) for v in room.counts)
        by_composition[key] = by_composition.get(key, 0) + number
        sizes += [room.supercell.size] * number
    most = section.max_per_composition
    kept = sum(n if most is None else min(n, most) for n in by_composition.values())
    kept = kept if section.total is None else min(kept, section.total)
    return Count(kept, False, len(prim.species) * float(np.mean(sizes or [1])))


def _mean_atoms(species: tuple[tuple[str, ...], ...], found) -> float:
    """Mean number of atoms, vacancies not counted."""
    active = [s for s in species if len(s) > 1]
    fixed = len(species) - len(active)
    total = 0.0
    for one in found:
        each = np.repeat(np.arange(len(active)), one.cells)
        held = [active[k][code] for k, code in zip(each, one.occupation, strict=True)]
        total += fixed * one.cells + sum(s != VACANCY for s in held)
    return total / max(1, len(found))


def conditions_of(
    config: Config, crystal: Crystal, name: str, results: Path
) -> tuple[float, float]:
    """Conditions on the paths and on the scans of a range: of its plan, or as its grid has them."""
    scans = config.sampling.protocol == "paper"
    path = results / "sampling" / f"{name}-paths.h5"
    if path.is_file():
        plan = read_plan(path)
        scanned = float((plan_scans(plan).mu_index >= 0).sum()) if scans else 0.0
        return float(np.isfinite(plan.walks().temperature).sum()), scanned
    section = config.ranges[name]
    temperatures = temperature_steps(
        [s.values() for s in section.temperatures_K], config.thermodynamics.temperatures_K
    )
    span, phases = _transitions(config, crystal, name)
    step, margin = section.mu_step_eV, section.mu_margin_eV
    if section.mu_eV is None:
        outer = max(0.0, section.mu_reach_eV - margin)
        grid = (span + 2 * margin + 2 * outer / COARSE) / step
    else:
        grid = len(section.mu_eV.values())
    if scans:
        heatings = float(phases * len(temperatures))
        return heatings, heatings * (grid - 1)
    heated = grid + 2 * margin / step * (phases - 1)
    cooled = 0 if section.cool_to_K is None else int((temperatures >= section.cool_to_K).sum())
    return heated * len(temperatures) + grid * cooled, 0.0


def _transitions(config: Config, crystal: Crystal, name: str) -> tuple[float, int]:
    """Width in μ of the 0 K transitions of a range, eV, and its number of ground states."""
    known = crystal.imported.get(name, crystal.published.get(name))
    if known is not None:
        hull = one_cell_hull(crystal.prim, known, config.species, config.ranges[name].x)
        if hull is not None and len(hull.transitions):
            return float(np.ptp(hull.transitions)), len(hull.x)
    alloy = not any(VACANCY in crystal.prim.species[i] for i in crystal.prim.active)
    return (SPAN_ALLOY if alloy else SPAN_IONS), PHASES

"""How long a campaign will take and what it will do, told before it starts.

The model is coarse on purpose: a constant per job, a time per atom and step of a relaxation, a time
per attempted flip, and a time per sampled condition. Its constants are in one place,
:data:`MACHINE`, with how they were measured. What has run already is told by its provenance
instead, see :mod:`navac.campaign.changes`.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import comb
from pathlib import Path

import numpy as np

from navac.campaign.changes import Change, duration
from navac.campaign.crystal import Crystal, read_crystal
from navac.campaign.sampling_checks import one_cell_hull
from navac.campaign.stages import Rules
from navac.config.campaign import Config
from navac.crystal.sites import VACANCY
from navac.crystal.symmetry import find_space_group
from navac.orderings.enumeration import enumerate_orderings
from navac.orderings.ordering import read_orderings
from navac.orderings.symmetry import distinct_supercells
from navac.sampling.grid import COARSE, temperature_steps
from navac.sampling.plan import read_plan
from navac.sampling.scans import plan_scans


@dataclass(frozen=True)
class Machine:
    """Times on one core of a present-day server (AMD EPYC, quiet), s.

    Attributes:
        job: a job without its own work: Snakemake, Python, imports, provenance.
        figure: drawing one figure.
        pattern: enumerating one way to fill a supercell.
        input_set: writing one input set.
        fit: one fit of an expansion with cross-validation.
        flip: one attempted flip.
        sampler: compiling the sampler.
        condition: analysing one sampled condition.
        report: writing the report at the end.
        models: seconds per atom and step of a relaxation, by calculator.
        other_model: the same for a calculator that is not in the list.
        load: loading a model.
        steps: steps of a typical relaxation of cell and positions.
    """

    job: float = 4.0
    figure: float = 3.0
    pattern: float = 4e-7
    input_set: float = 0.03
    fit: float = 4.0
    flip: float = 8e-9
    sampler: float = 8.0
    report: float = 20.0
    condition: float = 4e-4
    models: Mapping[str, float] = None  # type: ignore[assignment]
    other_model: float = 1e-4
    load: float = 15.0
    steps: int = 35


MACHINE = Machine(models={"chgnet": 1.2e-2, "sevenn": 2.4e-2, "ase.calculators.emt:EMT": 3e-4})
"""chgnet: LixCoO2 of 3 to 16 atoms, r2SCAN model, 32 steps in the mean; the others by estimate."""

BUSY = 1.3
"""A machine on which jobs take so many times as long is said to be busy."""
MEASURED = 0.2
"""Seconds of processor time over which the share of a core is measured."""

ENUMERATING = ("published", "vasp", "mlip")
"""Backends whose orderings are enumerated; the others bring theirs."""
CHEAP_PATTERNS = 3_000_000
"""Ways to fill the supercells up to which orderings are enumerated only to count them."""
MOST_WAYS = 11_000_000
"""Ways to fill one supercell beyond which candidates stand in for them."""
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


@dataclass(frozen=True)
class Expected:
    """What a rule will take.

    Attributes:
        rule: its name.
        jobs: how many.
        seconds: of one job; None if nothing tells.
        threads: cores of one job.
        how: what the time was derived from, for people.
    """

    rule: str
    jobs: int
    seconds: float | None
    threads: int = 1
    how: str = ""

    def wall(self, cores: int) -> float | None:
        """Time of all jobs on a machine, s."""
        if self.seconds is None:
            return None
        together = max(1, min(self.jobs, cores // max(1, self.threads)))
        return self.seconds * self.jobs / together


@dataclass(frozen=True)
class Forecast:
    """What a campaign will take on this machine.

    Attributes:
        rules: by rule.
        cores: of the machine.
        orderings: how many; None if their energies are the user's.
        busy: how much longer a job takes because others compete for the cores.
    """

    rules: Mapping[str, Expected]
    cores: int
    orderings: Count | None
    busy: float = 1.0

    def job(self, rule: str) -> float | None:
        """Seconds of one job of a rule."""
        found = self.rules.get(rule)
        return None if found is None or found.seconds is None else self.busy * found.seconds

    def together(self, rule: str) -> int:
        """How many jobs of a rule run at a time."""
        found = self.rules.get(rule)
        return max(1, self.cores // max(1, found.threads)) if found else 1

    def of(self, new: Iterable[Change]) -> tuple[float, list[str]]:
        """Seconds that some jobs take, and the rules among them of which nothing is known."""
        jobs = Counter(change.rule for change in new)
        some = [replace(self.rules[r], jobs=n) for r, n in jobs.items() if r in self.rules]
        walls = {e.rule: e.wall(self.cores) for e in some}
        seconds = self.busy * sum(w or 0.0 for w in walls.values())
        return seconds, [r for r, w in walls.items() if w is None]

    @property
    def unknown(self) -> list[str]:
        """Rules of which nothing is known."""
        return [e.rule for e in self.rules.values() if e.seconds is None]

    @property
    def seconds(self) -> float:
        """Of all that is known."""
        known = sum(w for e in self.rules.values() if (w := e.wall(self.cores)) is not None)
        return self.busy * (known + MACHINE.report)


def forecast(config: Config, machine: Machine = MACHINE, *, busy: float | None = None) -> Forecast:
    """Expected times of a checked configuration.

    Args:
        busy: how much longer jobs take than on a quiet machine; None measures it.
    """
    rules = Rules(config)
    jobs: dict[str, int] = {}
    for rule, _ in rules.jobs():
        jobs[rule] = jobs.get(rule, 0) + 1
    crystal, _ = read_crystal(config, expansion=True)
    cores = len(os.sched_getaffinity(0))
    if crystal is None:
        return Forecast({}, cores, None)
    count = count_orderings(config, crystal, rules.results)
    conditions = {n: conditions_of(config, crystal, n, rules.results) for n in config.ranges}
    work = _Work(config, machine, crystal, count, conditions)
    found = {rule: work.expected(rule, number) for rule, number in jobs.items()}
    return Forecast(found, cores, count, competition() if busy is None else busy)


def competition() -> float:
    """Wall time over processor time of a short piece of work: 1 on a quiet machine."""
    start, used = time.perf_counter(), time.process_time()
    while time.process_time() - used < MEASURED:
        sum(range(10_000))
    return max(1.0, (time.perf_counter() - start) / (time.process_time() - used))


@dataclass(frozen=True)
class _Work:
    """What the times are derived from."""

    config: Config
    machine: Machine
    crystal: Crystal
    count: Count
    conditions: Mapping[str, tuple[float, float]]

    def expected(self, rule: str, jobs: int) -> Expected:
        """One rule."""
        machine, base = self.machine, self.machine.job
        if rule in ("vasp_batch", "ground_states"):
            return Expected(rule, jobs, None)
        if rule == "mlip_batch":
            return self._relaxations(jobs)
        if rule in ("sampling", "scanning"):
            return self._sampling(rule, jobs)
        own = {
            "orderings": machine.pattern * patterns(self.config, self.crystal),
            "dft_batch": machine.input_set * self.count.number / jobs,
            "expansion": machine.fit,
            "paths": machine.fit,
            "thermodynamics": machine.condition * sum(map(sum, self.conditions.values())),
            "metal_reference": machine.load,
        }.get(rule, machine.figure if rule.startswith("figure_") else 0.0)
        return Expected(rule, jobs, base + own)

    def _relaxations(self, jobs: int) -> Expected:
        section = getattr(self.config.energies, "mlip", None)
        name = getattr(section, "calculator", "")
        threads = getattr(section, "cores", 1)
        per_step = self.machine.models.get(name, self.machine.other_model)
        each = self.count.atoms * self.machine.steps * per_step / threads
        seconds = self.machine.job + self.machine.load + each * self.count.number / jobs
        how = (
            f"{self.count.number} relaxations of {self.count.atoms:.0f} atoms, about "
            f"{self.machine.steps} steps each, {each:.1f} s"
        )
        return Expected("mlip_batch", jobs, seconds, threads, how)

    def _sampling(self, rule: str, jobs: int) -> Expected:
        section, kind = self.config.sampling, int(rule == "scanning")
        conditions, flips = 0.0, 0.0
        for name, both in self.conditions.items():
            cells = int(np.prod(self.config.supercell(name)))
            conditions += both[kind]
            flips += both[kind] * section.sweeps * cells * len(self.crystal.prim.active)
        work = self.machine.flip * flips / section.threads
        seconds = self.machine.job + self.machine.sampler + work / jobs
        said = f"{conditions:.2g} conditions, {flips:.2g} attempted flips"
        return Expected(rule, jobs, seconds, section.threads, said)


def patterns(config: Config, crystal: Crystal) -> float:
    """Ways to fill all supercells at the enumerated compositions."""
    prim, section = crystal.prim, config.orderings
    group = find_space_group(prim, config.prim.symmetry_tolerance_A)
    total = 0.0
    for size in range(1, section.max_cells + 1):
        sites = size * len(prim.active)
        counts = {x * prim.formula_units * size for x in _compositions(config)}
        whole = {round(n) for n in counts if abs(n - round(n)) < 1e-6}
        ways = sum(float(min(comb(sites, n), MOST_WAYS)) for n in whole if 0 <= n <= sites)
        total += ways * len(distinct_supercells(size, group))
    return total


def _compositions(config: Config) -> tuple[float, ...]:
    return config.orderings.x


def count_orderings(config: Config, crystal: Crystal, results: Path) -> Count:
    """The orderings of a campaign: those that it has, or that are quickly enumerated."""
    prim, section = crystal.prim, config.orderings
    atoms = len(prim.species)
    table = results / "orderings" / "orderings.csv"
    if table.is_file():
        cells = [o.cells for o in read_orderings(table)]
        return Count(len(cells), True, atoms * float(np.mean(cells)))
    if not _compositions(config) or config.energies.backend not in ENUMERATING:
        return Count(0, False, atoms)
    if patterns(config, crystal) <= CHEAP_PATTERNS:
        found = enumerate_orderings(
            prim, find_space_group(prim, config.prim.symmetry_tolerance_A),
            max_cells=section.max_cells, compositions=_compositions(config),
            species=config.species, charges=section.charges,
            max_per_composition=section.max_per_composition, random_share=section.random_share,
            total=section.total, seed=config.seed,
        )  # fmt: skip
        cells = [o.cells for o in found]
        return Count(len(cells), True, _mean_atoms(prim.species, found))
    most = (section.max_per_composition or 500) * len(_compositions(config))
    return Count(min(most, section.total or most), False, atoms * (0.3 + 0.7 * section.max_cells))


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


def outlook(config: Config) -> Iterator[str]:
    """What a campaign will do and how long it will take, for people."""
    found = forecast(config)
    rules = Rules(config)
    count = found.orderings
    if count is not None and count.number:
        most = "" if count.exact else "at most "
        yield (f"{most}{count.number} orderings of up to {config.orderings.max_cells} cells, "
               f"{count.atoms:.0f} atoms in the mean")  # fmt: skip
    for name in sorted(config.ranges, key=lambda n: config.ranges[n].x):
        low, high = config.ranges[name].x
        sides = "×".join(map(str, config.supercell(name)))
        yield f"range {name}: x = {low:g} to {high:g}, sampled in {sides} cells"
    jobs = sum(e.jobs for e in found.rules.values())
    yield f"{jobs} jobs on {found.cores} cores; results in {rules.results}"
    for expected in found.rules.values():
        if expected.how:
            wall = expected.wall(found.cores)
            yield f"  {expected.rule}: {expected.how}; about {duration(found.busy * (wall or 0))}"
    if found.busy > BUSY:
        yield f"other work is running: jobs take {found.busy:.1f} times as long as without it"
    beyond = f", without {', '.join(found.unknown)}" if found.unknown else ""
    yield f"expected time of the whole campaign: about {duration(found.seconds)}{beyond}"

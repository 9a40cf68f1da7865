"""How long a campaign will take and what it will do, told before it starts.

The model is coarse on purpose: a constant per job, a time per atom and step of a relaxation, a time
per attempted flip, and a time per sampled condition. Its constants are in one place,
:mod:`navac.campaign.machine`. Of what rounds may ask for, a share is counted. What has run already
is told by its provenance instead, see :mod:`navac.campaign.changes`.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from navac.campaign.changes import Change, duration
from navac.campaign.crystal import Crystal, read_crystal
from navac.campaign.ensemble_checks import works
from navac.campaign.machine import MACHINE, Machine
from navac.campaign.rules import Rules
from navac.campaign.workload import (
    Count,
    Further,
    asked_for,
    conditions_of,
    count_orderings,
    patterns,
)
from navac.config.campaign import Config

BUSY = 1.3
"""A machine on which jobs take so many times as long is said to be busy."""


@dataclass(frozen=True)
class Expected:
    """What a rule will take.

    Attributes:
        rule: its name.
        jobs: how many.
        seconds: of one job; None if nothing tells.
        threads: cores of one job.
        how: what the time was derived from, for people.
        at_once: how many can run at a time, where they wait for each other; None for all.
    """

    rule: str
    jobs: int
    seconds: float | None
    threads: int = 1
    how: str = ""
    at_once: int | None = None

    def together(self, cores: int) -> int:
        """How many jobs run at a time on a machine."""
        most = self.jobs if self.at_once is None else min(self.jobs, self.at_once)
        return max(1, min(most, cores // max(1, self.threads)))

    def wall(self, cores: int) -> float | None:
        """Time of all jobs on a machine, s."""
        if self.seconds is None:
            return None
        return self.seconds * self.jobs / self.together(cores)


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
        return found.together(self.cores) if found else 1

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
        busy: how much longer jobs take than on a quiet machine; None asks the machine.
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
    sampled = config.ranges if config.samples else ()
    conditions = {n: conditions_of(config, crystal, n, rules.results) for n in sampled}
    work = _Work(config, machine, crystal, count, asked_for(config, crystal, count), conditions)
    found = {rule: work.expected(rule, number) for rule, number in jobs.items()}
    return Forecast(found, cores, count, competition(cores) if busy is None else busy)


def competition(cores: int) -> float:
    """How much longer jobs on all cores take beside what ran in the last minute."""
    return max(1.0, (os.getloadavg()[0] + cores) / cores)


@dataclass(frozen=True)
class _Work:
    """What the times are derived from."""

    config: Config
    machine: Machine
    crystal: Crystal
    count: Count
    further: Further
    conditions: Mapping[str, tuple[float, float]]

    def expected(self, rule: str, jobs: int) -> Expected:
        """One rule."""
        machine, base = self.machine, self.machine.job
        if rule in ("vasp_batch", "ground_states"):
            return Expected(rule, jobs, None)
        if rule == "mlip_batch":
            return self._relaxations(rule, jobs, self.count.number, self.count.atoms)
        if rule == "round_mlip_batch":
            further = self.further
            return self._relaxations(rule, jobs, further.number, further.atoms, further.rounds)
        if rule in ("sampling", "scanning"):
            return self._sampling(rule, jobs)
        if rule == "ensemble":
            return self._ensembles(rule, jobs)
        own = {
            "orderings": machine.pattern * patterns(self.config, self.crystal),
            "dft_batch": machine.input_set * self.count.number / jobs,
            "round": machine.fit + machine.visit * self.further.visits,
            "rounds": machine.fit + machine.visit * self.further.visits,
            "expansion": machine.fit,
            "paths": machine.fit,
            "thermodynamics": machine.condition * sum(map(sum, self.conditions.values())),
            "metal_reference": machine.load,
            **dict.fromkeys(("cell_cycling", "cell_particles", "cell_sensitivity"), machine.cell),
        }.get(rule, machine.figure if rule.startswith(("figure_", "ensemble_")) else 0.0)
        # A round and its energies wait for the round before.
        at_once = 1 if rule.startswith("round") else None
        return Expected(rule, jobs, base + own, at_once=at_once)

    def _relaxations(
        self, rule: str, jobs: int, number: int, atoms: float, rounds: int = 1
    ) -> Expected:
        """Relaxations of some orderings, in each of some rounds that wait for each other.

        Args:
            number, atoms: orderings in all, and the mean number of atoms in one.
        """
        section = getattr(self.config.energies, "mlip", None)
        name = getattr(section, "calculator", "")
        threads = getattr(section, "cores", 1)
        per_step = self.machine.models.get(name, self.machine.other_model)
        steps = self.machine.steps[getattr(section, "optimiser", "FIRE")]
        each = atoms * steps * per_step / threads
        seconds = self.machine.job + self.machine.load + each * number / jobs
        some = "some " if rule.startswith("round") else ""
        how = f"{some}{number} relaxations of {atoms:.0f} atoms, {steps} steps, {each:.1f} s each"
        return Expected(rule, jobs, seconds, threads, how, at_once=max(1, jobs // max(1, rounds)))

    def _ensembles(self, rule: str, jobs: int) -> Expected:
        threads, each = self.config.sampling.threads, dict(works(self.config, self.crystal.prim))
        tries = sum(work.tries for work in each.values())
        hours = sum(work.core_hours for work in each.values())
        seconds = self.machine.job + self.machine.gas + 3600 * hours / threads / jobs
        largest = max(work.bytes for work in each.values()) / 2**30
        said = f"{tries:.2g} tries of changes, up to {largest:.2g} GiB"
        return Expected(rule, jobs, seconds, threads, said)

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
        what = f"sampled in {sides} cells" if config.samples else "no diagram (until: expansion)"
        yield f"range {name}: x = {low:g} to {high:g}, {what}"
    if config.ensembles.runs:
        sides = "×".join(map(str, config.ensembles.supercell))
        named = ", ".join(config.ensembles.runs)
        yield f"ensembles of {config.ensemble_range} in {sides} cells: {named}"
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

"""``navac status``: what of a campaign is done, running, left and failed, and why.

It reads provenance, logs and the stores of long calculations. It starts nothing.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from navac.campaign.changes import Change, changes, duration, job_key, made_by_job
from navac.campaign.forecast import Forecast, forecast
from navac.campaign.job import RUNNING
from navac.campaign.logs import Log, log_path, read_log
from navac.campaign.rules import Rules
from navac.campaign.run import LOCK
from navac.campaign.stages import STAGES
from navac.config.campaign import Config

STORES = {"vasp_batch": "dft/runs", "mlip_batch": "energies/relaxations"}
"""Folders with the state of every ordering, by the rule that computes them in batches."""

NAMED = 3
"""Failed orderings that are named."""


@dataclass
class Stage:
    """The jobs that do the same for people.

    Attributes:
        name: what they do.
        jobs: how many there are.
        done: how many are up to date.
        running: job and how far it is.
        failed: job and why.
        outdated: job and why it will be redone; why it follows from others is not said.
        stopped: jobs that were ended from outside, and what they said last.
        notes: what is inside of a batch.
        seconds: that the finished jobs took.
        left: seconds that the others will take; None if nothing tells.
    """

    name: str
    jobs: int = 0
    done: int = 0
    running: list[tuple[str, str]] = field(default_factory=list)
    failed: list[tuple[str, str, Path]] = field(default_factory=list)
    outdated: list[tuple[str, str]] = field(default_factory=list)
    stopped: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0
    left: float | None = 0.0

    @property
    def waiting(self) -> int:
        """Jobs that wait for their turn."""
        return self.jobs - self.done - len(self.running) - len(self.failed)


@dataclass(frozen=True)
class Status:
    """Where a campaign stands.

    Attributes:
        campaign: its name.
        stages: in the order data flows.
    """

    campaign: str
    stages: tuple[Stage, ...]

    @property
    def jobs(self) -> tuple[int, int]:
        """Jobs that are done, and all."""
        return sum(s.done for s in self.stages), sum(s.jobs for s in self.stages)

    @property
    def left(self) -> float | None:
        """Seconds left; None if of some stage nothing is known."""
        times = [stage.left for stage in self.stages]
        known = [t for t in times if t is not None]
        return sum(known) if len(known) == len(times) else None


def status(config: Config) -> Status:
    """Where a campaign stands, from its files."""
    rules = Rules(config)
    to_do = {job_key(c.rule, c.wildcards): c for c in changes(rules)}
    made, alive = made_by_job(rules.results), announced(config.campaign)
    expected = forecast(config)
    stages: dict[str, Stage] = {}
    together: dict[str, int] = {}
    for rule, wildcards in rules.jobs():
        name = stage_name(rule)
        stage = stages.setdefault(name, Stage(name))
        stage.jobs += 1
        key = job_key(rule, wildcards)
        if (change := to_do.get(key)) is None:
            stage.done += 1
            stage.seconds += made[key].provenance.seconds
            continue
        _count_unfinished(stage, change, rules, alive, expected, known=key in made)
        together[name] = expected.together(rule)
    for name, most in together.items():
        stage = stages[name]
        if stage.left is not None:
            stage.left /= max(1, min(most, stage.jobs - stage.done))
    for rule, folder in STORES.items():
        if rule in STAGES and (name := stage_name(rule)) in stages:
            stages[name].notes += store_notes(rules.results / folder)
    return Status(config.campaign, tuple(stages.values()))


def _count_unfinished(
    stage: Stage, change: Change, rules: Rules, alive: Mapping[str, int], expected: Forecast,
    *, known: bool,
) -> None:  # fmt: skip
    """Add a job that is not done to its stage."""
    job = " ".join([change.rule, *change.wildcards.values()])
    log = read_log(log_path(rules.results, change.rule, change.wildcards))
    seconds = change.seconds if change.seconds is not None else expected.job(change.rule)
    if job in alive:
        stage.running.append((job, _progress(log)))
        seconds = _left_of(seconds, log)
    elif log is not None and log.failure:
        stage.failed.append((job, log.failure, log.path))
    elif known and change.reasons:
        stage.outdated.append((job, "; ".join(change.reasons)))
    elif log is not None and log.last and not known:
        stage.stopped.append((job, log.last))
    stage.left = None if seconds is None or stage.left is None else stage.left + seconds


def stage_name(rule: str) -> str:
    """What a rule does, the figures together."""
    return "figures" if rule.startswith("figure_") else STAGES[rule].says


def _progress(log: Log | None) -> str:
    if log is None or log.percent is None:
        return "just begun"
    left = "" if log.seconds_left is None else f", {duration(log.seconds_left)} left"
    return f"{log.percent} %{left}"


def _left_of(seconds: float | None, log: Log | None) -> float | None:
    """Time left of a running job, as it says or by its progress."""
    if log is None or log.percent is None:
        return seconds
    if log.seconds_left is not None:
        return log.seconds_left
    return None if seconds is None else seconds * (1 - log.percent / 100)


def announced(campaign: str) -> dict[str, int]:
    """Jobs of a campaign at work in this folder, with their processes."""
    found: dict[str, int] = {}
    holder = LOCK.read_text() if LOCK.is_file() else ""
    if holder.startswith("The campaign ") and not holder.startswith(f"The campaign {campaign} "):
        return found  # one run at a time holds the folder, and it is another's
    for file in RUNNING.glob("*.json"):
        with suppress(OSError, ValueError, KeyError):
            job = json.loads(file.read_text())
            if psutil.pid_exists(job["pid"]):
                found[job["job"]] = job["pid"]
    return found


def store_notes(folder: Path) -> list[str]:
    """States of the orderings in a store, and the reasons of failed ones."""
    states = {}
    for file in sorted(folder.glob("*.json")):
        with suppress(OSError, ValueError):
            data = json.loads(file.read_text())
            if isinstance(data, dict) and "status" in data:
                states[file.stem] = data
    if not states:
        return []
    counts = Counter(s["status"] for s in states.values())
    failed = [(n, s.get("reason", "")) for n, s in states.items() if s["status"] == "failed"]
    lines = ["orderings: " + ", ".join(f"{n} {what}" for what, n in counts.items())]
    lines += [f"  {name}: {reason}" for name, reason in failed[:NAMED]]
    if len(failed) > NAMED:
        lines.append(f"  and {len(failed) - NAMED} more failed")
    return lines


def table(found: Status) -> Iterator[str]:
    """A status for people."""
    done, jobs = found.jobs
    left = found.left
    if done == jobs:
        yield f"{found.campaign}: all {jobs} jobs are done"
    else:
        when = "" if left is None else f", about {duration(left)} left"
        yield f"{found.campaign}: {done} of {jobs} jobs are done{when}"
    width = max(len(stage.name) for stage in found.stages)
    for stage in found.stages:
        yield f"  {stage.name:<{width}}  {_line(stage)}".rstrip()
        for job, progress in stage.running:
            yield f"  {'':<{width}}    {job}: {progress}"
        for note in stage.notes:
            yield f"  {'':<{width}}    {note}"
    yield from _because(found)


def _line(stage: Stage) -> str:
    parts = [f"{stage.done}/{stage.jobs} done"]
    for count, what in (
        (len(stage.running), "running"), (len(stage.failed), "failed"), (stage.waiting, "left"),
    ):  # fmt: skip
        if count:
            parts.append(f"{count} {what}")
    if stage.seconds:
        parts.append(f"took {duration(stage.seconds)}")
    if stage.done < stage.jobs and stage.left:
        parts.append(f"about {duration(stage.left)} left")
    return ", ".join(parts)


def _because(found: Status) -> Iterator[str]:
    """Why something failed, stopped or is out of date."""
    failed = [one for stage in found.stages for one in stage.failed]
    if failed:
        yield "Failed:"
    for job, why, path in failed:
        yield f"  {job}: {why}"
        yield f"    log: {path}"
    for title, some in (
        ("Out of date:", [one for stage in found.stages for one in stage.outdated]),
        ("Stopped; the next run continues:", [o for s in found.stages for o in s.stopped]),
    ):
        if some:
            yield title
            yield from (f"  {job}: {why}" for job, why in some)

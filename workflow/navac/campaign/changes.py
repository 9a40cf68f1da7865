"""What a run of a campaign will redo, and why: its settings and code against provenance.

Snakemake decides what runs; this says beforehand, in terms of the configuration, what it will
decide and why.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from navac.campaign.order import AFTER
from navac.campaign.provenance import FOLDER, Provenance, beside, plain, shown
from navac.campaign.rules import Rules
from navac.campaign.stages import STAGES
from navac.results.content import content_digest

NAMED = 4
"""Changed modules that a reason names."""

Key = tuple[str, tuple[tuple[str, str], ...]]


@dataclass
class Made:
    """What exists of a job.

    Attributes:
        provenance: of its outputs.
        outputs: their paths.
        missing: those that are gone.
    """

    provenance: Provenance
    outputs: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Change:
    """A job that will run.

    Attributes:
        rule, wildcards: the job.
        reasons: why; empty where it only follows from others.
        seconds: that it took last time, as far as is known; scaled where sampling grows.
    """

    rule: str
    wildcards: dict[str, str]
    reasons: tuple[str, ...]
    seconds: float | None


def changes(rules: Rules) -> list[Change]:
    """Every job of a campaign that will run, in the order in which data flows."""
    made = made_by_job(rules.results)
    found: list[Change] = []
    for rule, wildcards in rules.jobs():
        before = made.get(job_key(rule, wildcards))
        reasons = tuple(_reasons(rules, rule, wildcards, before))
        follows = any(_follows(rule, wildcards, change) for change in found)
        if reasons or follows:
            kept = reasons if not follows else ()
            seconds = None if before is None else _seconds(before.provenance, rules, kept)
            found.append(Change(rule, wildcards, reasons, seconds))
    return found


def _follows(rule: str, wildcards: Mapping[str, str], change: Change) -> bool:
    """Whether a job is made from what another one makes."""
    one, other = wildcards.get("range"), change.wildcards.get("range")
    return change.rule in AFTER.get(rule, ()) and (one is None or other is None or one == other)


def _reasons(
    rules: Rules, rule: str, wildcards: dict[str, str], before: Made | None
) -> Iterator[str]:
    if before is None:
        yield "not done yet"
        return
    yield from differences(before.provenance.settings, rules.settings(rule, wildcards))
    if before.provenance.code != rules.code(rule):
        yield _changed_code(before.provenance.modules, rules.parts(rule))
    if before.missing:
        yield f"{', '.join(Path(p).name for p in before.missing)} missing"
    for path, content in before.provenance.inputs.items():
        if beside(path).exists():
            continue  # another job made it, and gives its own reasons
        if not Path(path).is_file():
            yield f"{path} is gone"
        elif content_digest(path) != content:
            yield f"{path} changed"


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """Settings that differ, as ``sampling.block_sweeps 40 → 400``."""
    for key in sorted(before.keys() | now.keys()):
        if key not in before:
            yield f"{key} {shown(now[key])} is new"
        elif key not in now:
            yield f"{key} is gone"
        elif plain(before[key]) != plain(now[key]):
            yield f"{key} {shown(before[key])} → {shown(now[key])}"


def _changed_code(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    names = sorted(n for n in before.keys() | now.keys() if before.get(n) != now.get(n))
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"code of {', '.join(names[:NAMED])}{more} changed"


def _seconds(before: Provenance, rules: Rules, reasons: tuple[str, ...]) -> float:
    """How long a job took; of sampling that only grows longer, how long the rest takes.

    Args:
        reasons: that leave what there is valid; none where the job follows from others.
    """
    key = "sampling.block_sweeps"
    if key not in before.settings:
        return before.seconds
    now = rules.settings(before.rule, before.wildcards)
    blocks, wait = now["sampling.blocks"], now["sampling.equilibration_sweeps"]
    longer = now[key] - before.settings[key]
    only_longer = bool(reasons) and all(r.startswith(f"{key} ") for r in reasons) and longer > 0
    sweeps = blocks * longer if only_longer else wait + blocks * now[key]
    return before.seconds * sweeps / (wait + blocks * before.settings[key])


def made_by_job(results: Path) -> dict[Key, Made]:
    """Every job that left outputs with their provenance."""
    found: dict[Key, Made] = {}
    for kept in sorted(results.rglob(f"{FOLDER}/*.json")):
        data = json.loads(kept.read_text())
        if "rule" not in data:
            continue  # statements about code
        output = kept.parent.parent / kept.stem
        provenance = Provenance.from_dict(data)
        job = found.setdefault(job_key(provenance.rule, provenance.wildcards), Made(provenance))
        job.outputs.append(output.as_posix())
        if not output.exists():
            job.missing.append(output.as_posix())
    return found


def job_key(rule: str, wildcards: Mapping[str, str]) -> Key:
    """A job as something to look it up by."""
    return rule, tuple(sorted(wildcards.items()))


def sentences(found: list[Change], total: int) -> Iterator[str]:
    """What will be redone and why, for people.

    Args:
        total: number of jobs of the campaign.
    """
    if not found:
        return
    if len(found) == total and all(c.reasons == ("not done yet",) for c in found):
        yield "Nothing is there yet: every stage will run."
        return
    yield "To be done:"
    told: dict[tuple[str, ...], dict[str, list[str]]] = {}
    for change in found:
        if change.reasons:
            what = told.setdefault(change.reasons, {})
            what.setdefault(STAGES[change.rule].says, []).append(change.wildcards.get("range", ""))
    for reasons, what in told.items():
        yield f"  {', '.join(map(_said, what.items()))}: {'; '.join(reasons)}"
    following = dict.fromkeys(STAGES[c.rule].says for c in found if not c.reasons)
    if following:
        yield f"  and what follows from it: {', '.join(following)}"
    known = [c.seconds for c in found if c.seconds is not None]
    if known:
        unknown = "" if len(known) == len(found) else ", without the jobs that never ran"
        yield f"  about {duration(sum(known))}, going by the last run{unknown}"


def _said(stage: tuple[str, list[str]]) -> str:
    """A stage with the composition ranges that it is done for."""
    what, ranges = stage
    names = ", ".join(dict.fromkeys(name for name in ranges if name))
    return f"{what} of {names}" if names else what


def duration(seconds: float) -> str:
    """Seconds in words."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def rules_of(found: Iterable[Change]) -> list[str]:
    """Rules that have a job to run."""
    return list(dict.fromkeys(change.rule for change in found))


def made_jobs(results: Path) -> list[Made]:
    """What exists of every job."""
    return list(made_by_job(results).values())

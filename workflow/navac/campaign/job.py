"""A running job of the workflow: its settings, inputs and outputs, log, progress and provenance.

Scripts are functions of a :class:`Job`. It is made from what Snakemake hands to a script, or from
anything else with the same attributes, so that tests call scripts without Snakemake.
"""

from __future__ import annotations

import errno
import json
import os
import platform
import shutil
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from navac import NavacError
from navac.campaign.provenance import (
    Given,
    Provenance,
    check_consistent,
    given,
    versions,
    write_provenance,
)
from navac.settings import Settings

REPORT_EVERY = 5.0
"""Seconds between two lines of progress on the terminal."""

RUNNING = Path(".snakemake/navac")
"""Folder with a file for every job that is running, which tells what is at work."""

NO_ROOM = {errno.ENOSPC, errno.EDQUOT}
NOT_ALLOWED = {errno.EACCES, errno.EPERM, errno.EROFS}


class Job:
    """One running job.

    Attributes:
        settings: of the rule, as nested attributes.
        execution: how the job is run, which changes no result.
        input, output, wildcards, params, threads: as Snakemake hands them over.
        provenance: what its outputs are made from.
    """

    def __init__(self, snakemake: Any, log: TextIO):
        self.rule: str = snakemake.rule
        self.wildcards: dict[str, str] = dict(snakemake.wildcards.items())
        self.name = " ".join([self.rule, *self.wildcards.values()])
        self.params, self.input, self.output = snakemake.params, snakemake.input, snakemake.output
        self.threads: int = snakemake.threads
        self.settings = Settings(snakemake.params.settings)
        self.execution = Settings(snakemake.params.execution["settings"])
        self._log = log
        self._started = time.monotonic()
        self._last = -REPORT_EVERY
        self._seen: list[tuple[float, float]] = []
        inputs = [given(path) for path in map(str, snakemake.input) if Path(path).is_file()]
        check_consistent(snakemake.params.settings, inputs)
        self.provenance = _provenance(self, snakemake, inputs)

    def describe(self, *, device: str) -> None:
        """State the device on which the outputs are computed."""
        self.provenance = replace(self.provenance, device=device)

    def finish(self) -> None:
        """Keep the provenance of the outputs beside them."""
        made = replace(self.provenance, seconds=round(time.monotonic() - self._started, 1))
        for path in map(str, self.output):
            write_provenance(path, made)

    def say(self, text: str) -> None:
        """A line on the terminal and in the log."""
        for stream in (sys.stderr, self._log):
            print(f"  {self.name}: {text}", file=stream, flush=True)

    def progress(self, done: float, of: float, note: str = "") -> None:
        """Show how far the job is and how long it still takes, every few seconds."""
        now = time.monotonic()
        if len(self._seen) < 2:
            self._seen.append((done, now))
        # The rate counts from the second call on: the first step also compiles, and what a
        # resumed job finds done it has not done in this run.
        done_then, then = self._seen[-1]
        if now - self._last < REPORT_EVERY and done < of:
            return
        self._last = now
        fresh = done - done_then
        left = f", {clock((now - then) / fresh * (of - done))} left" if fresh > 0 else ""
        self.say(
            f"{100 * done / of:3.0f} %{left if done < of else ''}{'  ' + note if note else ''}"
        )


def _provenance(job: Job, snakemake: Any, inputs: list[Given]) -> Provenance:
    """What the outputs of a job will have been made from."""
    made = [one.made for one in inputs if one.made is not None]
    settings = dict(snakemake.params.settings)
    lineage: dict[str, Any] = {}
    for one in made:
        lineage |= one.lineage
    seeds = [settings.get("seed"), *(one.seed for one in made)]
    devices = dict.fromkeys(one.device for one in made if one.device)
    return Provenance(
        rule=job.rule,
        wildcards=job.wildcards,
        settings=settings,
        lineage=dict(sorted((lineage | settings).items())),
        code=snakemake.params.code,
        modules=snakemake.params.execution["modules"],
        inputs={one.path: one.content for one in inputs},
        versions=versions(),
        machine=f"{platform.node()} {platform.machine()}",
        created_utc=datetime.now(UTC).isoformat(timespec="seconds"),
        seed=next((seed for seed in seeds if seed is not None), None),
        device=", ".join(devices),
        vouched=snakemake.params.execution["vouched"],
    )


def clock(seconds: float) -> str:
    """Minutes and seconds."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def run(main: Callable[[Job], None], snakemake: Any) -> None:
    """Run the function of a script as a job.

    An error that navac raises on purpose ends the job with its message alone, and so do a full
    disk and a folder that cannot be written; the traceback goes to the log.
    """
    log = Path(str(snakemake.log))
    with _one_sentence(log.parent):
        log.parent.mkdir(parents=True, exist_ok=True)
    name = " ".join([snakemake.rule, *map(str, snakemake.wildcards)])
    with _one_sentence(log), open(log, "w") as stream, _announced(name):
        try:
            job = Job(snakemake, stream)
            main(job)
            job.finish()
        except NavacError as error:
            traceback.print_exc(file=stream)
            sys.exit(f"{name}: {error}\n(traceback in {log})")
        except OSError as error:
            with suppress(OSError):
                traceback.print_exc(file=stream)
            if (said := disk_problem(error)) is None:
                raise
            sys.exit(f"{name}: {said}")
        except BaseException:
            traceback.print_exc(file=stream)
            raise


@contextmanager
def _one_sentence(path: Path) -> Iterator[None]:
    """End with a sentence where the log itself cannot be written."""
    try:
        yield
    except OSError as error:
        if (said := disk_problem(error, path)) is None:
            raise
        sys.exit(said)


@contextmanager
def _announced(name: str) -> Iterator[None]:
    """Let others see that a job is running."""
    file = RUNNING / f"{os.getpid()}.json"
    RUNNING.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"job": name, "pid": os.getpid(), "since": time.time()}))
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def disk_problem(error: OSError, path: str | Path | None = None) -> str | None:
    """A full disk or a forbidden folder in one sentence; None for other errors."""
    where = Path(error.filename or path or ".")
    text = str(error)
    # HDF5 wraps the number of the error into a text.
    full = error.errno in NO_ROOM or any(f"errno = {n}" in text for n in NO_ROOM)
    if full:
        free = shutil.disk_usage(_existing(where)).free / 2**20
        return (
            f"{where}: the disk is full ({free:.0f} MB free); make room and run again; finished "
            "work is kept, and the rest is continued"
        )
    if error.errno in NOT_ALLOWED or any(f"errno = {n}" in text for n in NOT_ALLOWED):
        why = os.strerror(error.errno or errno.EACCES).lower()
        return (
            f"{where}: cannot be written ({why}); change its permissions, or run in another folder"
        )
    return None


def _existing(path: Path) -> Path:
    return next((p for p in (path, *path.parents) if p.exists()), Path())

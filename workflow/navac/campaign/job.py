"""What every script of the workflow does alike: configuration, log, progress, failure."""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from navac import NavacError
from navac.campaign.check import checked
from navac.config.campaign import Config

REPORT_EVERY = 5.0
"""Seconds between two lines of progress on the terminal."""


class Stage:
    """One running job: where it logs to and how it shows its progress."""

    def __init__(self, name: str, config: Config, log: TextIO):
        self.name = name
        self.config = config
        self._log = log
        self._last = -REPORT_EVERY
        self._seen: list[tuple[float, float]] = []

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
        left = f", {_clock((now - then) / fresh * (of - done))} left" if fresh > 0 else ""
        self.say(
            f"{100 * done / of:3.0f} %{left if done < of else ''}{'  ' + note if note else ''}"
        )


def _clock(seconds: float) -> str:
    """Minutes and seconds."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


@contextmanager
def stage(snakemake) -> Iterator[Stage]:
    """Run the body of a script as a stage of the campaign.

    An error that navac raises on purpose ends the job with its message alone; the traceback
    goes to the log.
    """
    log = Path(str(snakemake.log))
    log.parent.mkdir(parents=True, exist_ok=True)
    wildcards = " ".join(str(w) for w in snakemake.wildcards)
    name = f"{snakemake.rule} {wildcards}".strip()
    with open(log, "w") as stream:
        try:
            config = checked(snakemake.config)
            job = Stage(name, config, stream)
            yield job
        except NavacError as error:
            traceback.print_exc(file=stream)
            sys.exit(f"{name}: {error}\n(traceback in {log})")
        except BaseException:
            traceback.print_exc(file=stream)
            raise


def progress_of(job: Stage) -> Callable[[int, int], None]:
    """The stage's progress as a plain callback."""
    return lambda done, of: job.progress(done, of)

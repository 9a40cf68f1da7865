"""The runs of a campaign and what became of each: a store that is not the output of any rule.

``<root>/<ordering>/`` is where an ordering is computed, by VASP or by a model, and
``<root>/<ordering>.json`` its state. Snakemake knows neither, so that it deletes nothing when a
job fails; the next job goes on with what is there.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from navac import NavacError
from navac.files import write_json

FINISHED = ("done", "failed")


class StoreError(NavacError):
    """The store cannot be used: another job works on it, or a state in it is damaged."""


@dataclass(frozen=True)
class State:
    """What became of one ordering's run.

    Attributes:
        status: ``new`` (in no file yet), ``running``, ``stopped`` (can be continued), ``done`` or
            ``failed``.
        inputs: digest of what it was started with.
        reason: why it stopped or failed.
        starts: how often it was started.
        corrections: what was corrected in it, in order.
        host: where it runs or ran.
        changed_utc: when this was written.
    """

    status: str
    inputs: str
    reason: str = ""
    starts: int = 0
    corrections: tuple[str, ...] = ()
    host: str = field(default_factory=socket.gethostname)
    changed_utc: str = ""

    def become(self, status: str, reason: str = "", **changes: Any) -> State:
        """The state after a change."""
        return replace(self, status=status, reason=reason, host=socket.gethostname(), **changes)


@dataclass(frozen=True)
class Store:
    """Runs and their states under one folder."""

    root: Path

    def directory(self, ordering: str) -> Path:
        """Where an ordering is computed."""
        return self.root / ordering

    def read(self, ordering: str) -> State | None:
        """The state of an ordering's run; None where there is none.

        Raises:
            StoreError: the file is damaged.
        """
        path = self.root / f"{ordering}.json"
        try:
            data = json.loads(path.read_text())
            return State(**data | {"corrections": tuple(data["corrections"])})
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError) as error:
            raise StoreError(
                f"{path}: is not the state of a run ({error}); remove it to run {ordering} again"
            ) from error

    def write(self, ordering: str, state: State) -> State:
        """Record a state; returns it with its time."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        state = replace(state, changed_utc=now)
        write_json(self.root / f"{ordering}.json", asdict(state))
        return state

    def failed(self) -> dict[str, str]:
        """Reasons of the failed orderings, of all batches."""
        names = sorted(p.stem for p in self.root.glob("*.json"))
        states = {name: self.read(name) for name in names}
        return {n: s.reason for n, s in states.items() if s is not None and s.status == "failed"}

    def set_aside(self, ordering: str) -> None:
        """Rename the run of an input set that has changed, and so keep it."""
        directory = self.directory(ordering)
        if not directory.exists():
            return
        copy = 1
        while (kept := directory.with_name(f"{ordering}.replaced-{copy}")).exists():
            copy += 1
        os.replace(directory, kept)

    @contextmanager
    def batch(self, name: str) -> Iterator[None]:
        """Hold a batch, so that a job submitted twice does not run twice in the same folders.

        Raises:
            StoreError: another process holds it.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        with open(self.root / f".batch-{name}.lock", "a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                lock.seek(0)
                raise StoreError(
                    f"{lock.name}: batch {name} is being run by {lock.read().strip() or 'another'};"
                    " wait for that job, or end it"
                ) from error
            lock.truncate(0)
            lock.write(f"process {os.getpid()} on {socket.gethostname()}\n")
            lock.flush()
            yield

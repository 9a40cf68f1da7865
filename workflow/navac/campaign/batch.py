"""A job that computes one batch of orderings, and reads what came of each."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from navac.campaign.job import Job
from navac.energies.batch import Backend, Batch
from navac.energies.store import Store
from navac.energies.totals import write_rows
from navac.files import replacing
from navac.orderings.ordering import Ordering, read_orderings


class Reader(Protocol):
    """Reads what became of an ordering into a row of the table of energies."""

    @property
    def columns(self) -> Sequence[str]: ...

    def row(self, ordering: Ordering, store: Store) -> dict[str, Any]: ...


def begin() -> float:
    """Take SIGTERM for an exception: a job that is ended ends what it started, and says so.

    Returns:
        the time at which the job began.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))
    return time.time()


def compute(
    job: Job, store: Store, name: str, backend: Backend, orderings: Sequence[Ordering],
    started: float,
) -> None:  # fmt: skip
    """Compute what is not finished of a batch, which no other job may hold meanwhile.

    Args:
        name: of the batch.
        started: when the job began, as :func:`begin` gives it.
    """
    batch = Batch(store, backend, ends_at=started + 3600 * backend.how.hours)
    with store.batch(name):
        batch.run(orderings, say=job.say, progress=job.progress)


def orderings_of(job: Job, batches: int) -> Sequence[Ordering]:
    """The orderings of the batch that a job computes, one of so many."""
    return read_orderings(job.input.orderings)[int(job.wildcards["batch"]) :: batches]


def run_batch(
    job: Job,
    backend: Backend,
    reader: Reader,
    orderings: Sequence[Ordering],
    started: float,
    needed: Callable[[Ordering], bool] = lambda ordering: True,
) -> None:
    """Compute a batch of orderings, and write a row per ordering.

    Args:
        started: when the job began, as :func:`begin` gives it.
        needed: whether an ordering is computed; all have a row.
    """
    store = Store(Path(job.params.runs))
    name = str(int(job.wildcards["batch"]))
    compute(job, store, name, backend, [o for o in orderings if needed(o)], started)
    write_table(job, [reader.row(ordering, store) for ordering in orderings], reader.columns)


def write_table(job: Job, rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> None:
    """Write what became of the orderings of a batch."""
    with replacing(job.output.results) as part:
        write_rows(part, rows, columns)
    usable = sum(row["status"] == "done" for row in rows)
    job.say(f"{usable} of {len(rows)} orderings have an energy")

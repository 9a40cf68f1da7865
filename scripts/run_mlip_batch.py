"""Relax one batch of orderings by a model, and read what came of it."""

import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from navac.campaign.job import Job, run
from navac.crystal.symmetry import read_crystal
from navac.energies.mlip.batch import Batch
from navac.energies.mlip.calculators import load_model
from navac.energies.mlip.table import COLUMNS, Reader
from navac.energies.store import Store
from navac.energies.totals import write_rows
from navac.files import replacing
from navac.orderings.ordering import Ordering, read_orderings


def main(job: Job) -> None:
    """Relax what is not finished of a batch, and write a row per ordering."""
    started = time.time()
    number, batches = int(job.wildcards["batch"]), job.settings.energies.mlip.batches
    orderings = read_orderings(job.input.orderings)[number::batches]
    # A round may ask for nothing; loading a model takes longer than that.
    rows = _relaxed(job, orderings, number, started) if orderings else []
    with replacing(job.output.results) as part:
        write_rows(part, rows, COLUMNS)
    usable = sum(row["status"] == "done" for row in rows)
    job.say(f"{usable} of {len(rows)} orderings have an energy")


def _relaxed(
    job: Job, orderings: Sequence[Ordering], number: int, started: float
) -> list[dict[str, Any]]:
    """Relax some orderings; returns a row of the table for each.

    Args:
        number: of the batch.
        started: when the job began, as :func:`time.time`.
    """
    # A job that is ended notes that the relaxation can be continued.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))
    mlip = job.settings.energies.mlip | job.execution.energies.mlip
    model = load_model(mlip.calculator, mlip.options, mlip.level, job.threads)
    job.say(f"{model.title}, on {model.device}")
    prim, _ = read_crystal(job.input.prim)
    store = Store(Path(job.params.runs))
    batch = Batch(store, prim, model, mlip, ends_at=started + 3600 * mlip.hours)
    # Matrices of three rows are slower on two threads than on one.
    with store.batch(str(number)), threadpool_limits(limits=1, user_api="blas"):
        batch.run(orderings, say=job.say, progress=job.progress)
    reader = Reader(
        prim, model, mlip.max_strain, mlip.symmetry_tolerance_A, Path(job.params.structures)
    )
    return [reader.row(ordering, store) for ordering in orderings]


if "snakemake" in globals():
    run(main, snakemake)

"""Relax one batch of orderings by a model, and read what came of it."""

import signal
import sys
import time
from pathlib import Path

from threadpoolctl import threadpool_limits

from navac.campaign.job import Job, run
from navac.crystal.symmetry import read_crystal
from navac.energies.mlip.batch import Batch
from navac.energies.mlip.calculators import load_model
from navac.energies.mlip.table import COLUMNS, Reader
from navac.energies.store import Store
from navac.energies.totals import write_rows
from navac.files import replacing
from navac.orderings.ordering import read_orderings


def main(job: Job) -> None:
    """Relax what is not finished of a batch, and write a row per ordering."""
    started = time.time()
    # A job that is ended notes that the relaxation can be continued.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))
    mlip = job.settings.energies.mlip | job.execution.energies.mlip
    model = load_model(mlip.calculator, mlip.options, mlip.level, job.threads)
    job.say(f"{model.title}, on {model.device}")
    prim, _ = read_crystal(job.input.prim)
    number = int(job.wildcards["batch"])
    orderings = read_orderings(job.input.orderings)[number :: mlip.batches]
    store = Store(Path(job.params.runs))
    batch = Batch(store, prim, model, mlip, ends_at=started + 3600 * mlip.hours)
    # Matrices of three rows are slower on two threads than on one.
    with store.batch(str(number)), threadpool_limits(limits=1, user_api="blas"):
        batch.run(orderings, say=job.say, progress=job.progress)
    reader = Reader(
        prim, model, mlip.max_strain, mlip.symmetry_tolerance_A, Path(job.params.structures)
    )
    rows = [reader.row(ordering, store) for ordering in orderings]
    with replacing(job.output.results) as part:
        write_rows(part, rows, COLUMNS)
    usable = sum(row["status"] == "done" for row in rows)
    job.say(f"{usable} of {len(rows)} orderings have an energy")


if "snakemake" in globals():
    run(main, snakemake)

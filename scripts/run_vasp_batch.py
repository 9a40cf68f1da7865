"""Run VASP on one batch of orderings, and read what it found."""

import signal
import sys
import time
from pathlib import Path

from navac.campaign.job import Job, run
from navac.crystal.symmetry import read_crystal
from navac.energies.store import Store
from navac.energies.totals import write_rows
from navac.files import replacing
from navac.orderings.ordering import read_orderings
from navac.orderings.structures import holds_atoms
from navac.vasp.batch import Batch
from navac.vasp.settings import load_settings
from navac.vasp.table import COLUMNS, Reader


def main(job: Job) -> None:
    """Run what is not finished of a batch, and write a row per ordering."""
    started = time.time()
    # A job that is ended takes its VASP with it, and notes that the run can be continued.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))
    vasp = job.settings.energies.vasp | job.execution.energies.vasp
    settings = load_settings(job.settings.dft.settings)
    prim, _ = read_crystal(job.input.prim)
    number = int(job.wildcards["batch"])
    orderings = read_orderings(job.input.orderings)[number :: vasp.batches]
    store = Store(Path(job.params.runs))
    batch = Batch(
        store, Path(job.params.inputs), settings, vasp, job.settings.dft.potcar_library,
        ends_at=started + 3600 * vasp.hours,
    )  # fmt: skip
    with store.batch(str(number)):
        filled = [o.id for o in orderings if holds_atoms(prim, o.occupation)]
        batch.run(filled, say=job.say, progress=job.progress)
    reader = Reader(
        prim, settings, job.settings.orderings.charges, vasp.symmetry_tolerance_A,
        Path(job.params.structures),
    )  # fmt: skip
    rows = [reader.row(ordering, store) for ordering in orderings]
    with replacing(job.output.results) as part:
        write_rows(part, rows, COLUMNS)
    usable = sum(row["status"] == "done" for row in rows)
    job.say(f"{usable} of {len(rows)} orderings have an energy")


if "snakemake" in globals():
    run(main, snakemake)

"""Run VASP on one batch of orderings, and read what it found."""

import signal
import sys
import time
from pathlib import Path

from navac.campaign.job import progress_of, stage
from navac.crystal.prim import read_prim
from navac.files import replacing
from navac.orderings.ordering import read_orderings
from navac.vasp.batch import Batch
from navac.vasp.inputs import load_settings
from navac.vasp.store import Store
from navac.vasp.table import Reader, write_rows

# A job that is ended takes its VASP with it, and notes that the run can be continued.
signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))
started = time.time()
with stage(snakemake) as job:
    config, vasp = job.config, job.config.energies.vasp
    settings = load_settings(config.dft.settings)
    prim = read_prim(snakemake.input.prim, [], config.prim.formula_units)
    number = int(snakemake.wildcards.batch)
    orderings = read_orderings(snakemake.input.orderings)[number :: vasp.batches]
    store = Store(Path(snakemake.params.runs))
    batch = Batch(
        store, Path(snakemake.params.inputs), settings, vasp, config.dft.potcar_library,
        ends_at=started + 3600 * vasp.hours,
    )  # fmt: skip
    with store.batch(str(number)):
        batch.run([o.id for o in orderings], say=job.say, progress=progress_of(job))
    reader = Reader(
        prim, settings, config.orderings.charges, vasp.symmetry_tolerance_A,
        Path(snakemake.params.structures),
    )  # fmt: skip
    rows = [reader.row(ordering, store) for ordering in orderings]
    with replacing(snakemake.output.results) as part:
        write_rows(part, rows)
    usable = sum(row["status"] == "done" for row in rows)
    job.say(f"{usable} of {len(rows)} orderings have an energy")

"""Write VASP input sets for one batch of orderings."""

import csv
from pathlib import Path

from navac.campaign.job import Job, run
from navac.crystal.symmetry import read_crystal
from navac.files import replacing
from navac.orderings.ordering import read_orderings
from navac.orderings.structures import calculation_cell
from navac.vasp.inputs import write_input_set
from navac.vasp.settings import load_settings


def main(job: Job) -> None:
    """Write the input sets of a batch, and a list of them."""
    settings = load_settings(job.settings.dft.settings)
    prim, _ = read_crystal(job.input.prim)
    batch = read_orderings(job.input.orderings)
    if "batch" in job.wildcards:  # a round asks for few: one job writes them all
        batch = batch[int(job.wildcards["batch"]) :: job.settings.dft.batches]
    # The sets are a store beside the batch's output: a killed job keeps those it wrote.
    root = Path(job.params.root)
    written = 0
    for done, ordering in enumerate(batch):
        structure = calculation_cell(prim, ordering)
        # Without the library: potentials are licensed, and these sets are there to be shared.
        written += write_input_set(root / ordering.id, structure, settings, ordering.cells)
        job.progress(done + 1, len(batch))
    with replacing(job.output.batch) as part, open(part, "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["id", "directory"])
        table.writerows([o.id, (root / o.id).as_posix()] for o in batch)
    job.say(f"{written} input sets written, {len(batch) - written} unchanged")
    job.say("POTCAR.spec names the potentials; a POTCAR is put together where VASP runs")


if "snakemake" in globals():
    run(main, snakemake)

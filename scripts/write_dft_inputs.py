"""Write VASP input sets for one batch of orderings."""

import csv
from pathlib import Path

from navac.campaign.job import stage
from navac.crystal.prim import read_prim
from navac.files import replacing
from navac.orderings.ordering import read_orderings
from navac.orderings.structures import calculation_cell
from navac.vasp.inputs import load_settings, write_input_set

with stage(snakemake) as job:
    config = job.config
    settings = load_settings(config.dft.settings)
    prim = read_prim(snakemake.input.prim, [], config.prim.formula_units)
    orderings = read_orderings(snakemake.input.orderings)
    batch = orderings[int(snakemake.wildcards.batch) :: config.dft.batches]
    # The sets are a store beside the batch's output: a killed job keeps those it wrote.
    root = Path(snakemake.params.root)
    written = 0
    for done, ordering in enumerate(batch):
        structure = calculation_cell(prim, ordering)
        # Without the library: potentials are licensed, and these sets are there to be shared.
        written += write_input_set(root / ordering.id, structure, settings, ordering.cells)
        job.progress(done + 1, len(batch))
    with replacing(snakemake.output.batch) as part, open(part, "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["id", "directory"])
        table.writerows([o.id, (root / o.id).as_posix()] for o in batch)
    job.say(f"{written} input sets written, {len(batch) - written} unchanged")
    job.say("POTCAR.spec names the potentials; a POTCAR is put together where VASP runs")

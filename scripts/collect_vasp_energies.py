"""Collect the energies that VASP found, relative to the end members."""

from navac.campaign.job import stage
from navac.composition import in_range
from navac.files import replacing
from navac.vasp.table import energies_table, read_rows, unusable

with stage(snakemake) as job:
    config = job.config
    bounds = [r.x for r in config.ranges.values()]
    ends = min(low for low, _ in bounds), max(high for _, high in bounds)
    rows = [row for path in snakemake.input.results for row in read_rows(path)]
    rows = [row for row in rows if in_range(float(row["x"]), ends)]
    table = energies_table(rows, ends)
    with replacing(snakemake.output.energies) as part:
        table.to_csv(part, index=False)
    gone = unusable(table)
    for line in gone:
        job.say(line)
    job.say(f"{len(table) - len(gone)} of {len(table)} orderings have an energy from VASP")

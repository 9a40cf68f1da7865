"""Collect the total energies of all batches, relative to the end members."""

from navac.campaign.job import Job, run
from navac.energies.totals import energies_table, read_rows, unusable
from navac.files import replacing


def main(job: Job) -> None:
    """Write an energy per ordering, and say which have none and what they come from."""
    bounds = [r.x for r in job.settings.ranges.values()]
    ends = min(low for low, _ in bounds), max(high for _, high in bounds)
    # Compositions of many species need not reach the ends, and voltages are not asked for.
    outermost = job.settings.until == "expansion"
    table = energies_table(read_rows(job.input.results), ends, outermost=outermost)
    with replacing(job.output.energies) as part:
        table.to_csv(part, index=False)
    gone = unusable(table)
    for line in gone:
        job.say(line)
    title = job.settings.energies.title or "VASP"
    job.say(f"{len(table) - len(gone)} of {len(table)} orderings have an energy: {title}")


if "snakemake" in globals():
    run(main, snakemake)

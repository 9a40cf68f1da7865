"""Read the expansion that a composition range samples from the file of another code."""

from navac.campaign.job import Job, run
from navac.crystal.symmetry import read_crystal
from navac.expansion.eci_table import eci_table
from navac.expansion.file import write_expansion
from navac.expansion.foreign.read import import_expansion
from navac.files import replacing


def main(job: Job) -> None:
    """Write the expansion in navac's own form, and its table."""
    prim, group = read_crystal(job.input.prim)
    file = job.input.expansion
    expansion, code = import_expansion(file, prim, group)
    expansion.require_clusters("the sampler")
    with replacing(job.output.eci) as part:
        eci_table(expansion).to_csv(part, index=False)
    write_expansion(job.output.expansion, prim, expansion, {"source": f"{code} file {file}"})
    job.say(f"{len(expansion.orbits)} interactions from {file}, written by {code}; nothing fitted")


if "snakemake" in globals():
    run(main, snakemake)

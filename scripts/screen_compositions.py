"""Screen a grid of compositions over a list of elements."""

from pathlib import Path

from navac.campaign.job import Job, run
from navac.crystal.symmetry import read_crystal
from navac.descriptors.screening import Grid, marked, ranked, screened, surroundings
from navac.figures.descriptors import screening_figure
from navac.figures.style import save
from navac.files import replacing
from navac.orderings.charges import single

BEST = 5
"""Compositions that the log names."""


def main(job: Job) -> None:
    """Write the ranked compositions and the figure."""
    settings, given = job.settings, job.settings.descriptors
    asked = given.screening
    prim, _ = read_crystal(job.input.prim)
    grid = Grid(asked.label, asked.host, asked.elements, asked.step)
    charges = single(settings.orderings.charges)
    around = surroundings(prim, grid, settings.species, charges, given.occupied)
    table = screened(around)
    kept = ranked(table, asked.limits, asked.rank_by)
    with replacing(job.output.table) as part:
        kept.to_csv(part, index=False, float_format="%.6g")
    job.say(f"{len(table)} neutral compositions, {len(kept)} of them within the limits")
    for name in kept.head(BEST).composition:
        job.say(f"  {name}")
    known = marked(around, given.compositions)
    figure = screening_figure(kept, known, settings.species, width_mm=settings.figures.width_mm)
    save(figure, Path(job.output.pdf).with_suffix(""))


if "snakemake" in globals():
    run(main, snakemake)

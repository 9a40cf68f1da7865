"""Enumerate the symmetry-distinct orderings."""

from navac.campaign.job import Job, run
from navac.crystal.symmetry import read_crystal
from navac.orderings.enumeration import enumerate_orderings
from navac.orderings.exclusions import allowed_only
from navac.orderings.mixtures import Drawing, counts_by_size, enumerate_mixtures, rooms
from navac.orderings.ordering import read_orderings, write_orderings
from navac.orderings.symmetry import without_equivalents
from navac.orderings.wanted import counted_alone, wanted_of


def main(job: Job) -> None:
    """Write the orderings of the campaign."""
    settings = job.settings.orderings
    prim, group = read_crystal(job.input.prim)
    species = job.settings.species
    limits = {
        "max_per_composition": settings.max_per_composition,
        "random_share": settings.random_share,
        "total": settings.total,
        "always_keep_cells": settings.always_keep_cells,
        "seed": job.settings.seed,
        "progress": job.progress,
    }
    if counted_alone(prim, species, settings.amounts, settings.charges):
        found = enumerate_orderings(
            prim, group, max_cells=settings.max_cells, compositions=settings.compositions,
            species=species, charges=settings.charges, **limits,
        )  # fmt: skip
    else:
        wanted = wanted_of(species, settings.compositions, settings.amounts, settings.charges)
        drawn = settings.drawn
        drawing = Drawing(beyond=drawn.beyond, random=drawn.random, low_energy=drawn.low_energy)
        places = rooms(prim, group, wanted, settings.max_cells, drawing)
        for line in counts_by_size(places):
            job.say(line)
        found = enumerate_mixtures(
            prim, group, places, species=species, drawing=drawing, **limits,
        )  # fmt: skip
    if job.input.more:
        more, broken = allowed_only(prim, read_orderings(job.input.more))
        for one in broken:
            job.say(f"WARNING: {one.id} of {settings.more} is left out: it fills sites that "
                    "prim.exclusions keeps apart")  # fmt: skip
        new = without_equivalents(prim, group, more, found)
        job.say(f"{len(new)} further orderings from {settings.more}; its other "
                f"{len(more) - len(new)} are enumerated already, or repeated in it")  # fmt: skip
        found += new
    write_orderings(job.output.orderings, found)
    job.say(f"{len(found)} orderings of up to {max(o.cells for o in found)} cells")


if "snakemake" in globals():
    run(main, snakemake)

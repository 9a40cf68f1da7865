"""Enumerate the symmetry-distinct orderings."""

from navac.crystal import find_space_group, read_prim
from navac.enumeration import enumerate_orderings
from navac.orderings import write_orderings
from navac.stage import progress_of, stage

with stage(snakemake) as job:
    config = job.config
    settings = config.orderings
    prim = read_prim(snakemake.input.prim, [], config.prim.formula_units)
    found = enumerate_orderings(
        prim,
        find_space_group(prim, config.prim.symmetry_tolerance_A),
        max_cells=settings.max_cells,
        compositions=settings.compositions.values(),
        species=config.species,
        charges=settings.charges,
        max_per_composition=settings.max_per_composition,
        random_share=settings.random_share,
        total=settings.total,
        seed=config.seed,
        progress=progress_of(job),
    )
    write_orderings(snakemake.output.orderings, found)
    job.say(f"{len(found)} orderings of up to {settings.max_cells} cells")

"""Enumerate the symmetry-distinct orderings."""

from navac.campaign.job import progress_of, stage
from navac.crystal.prim import read_prim
from navac.crystal.symmetry import find_space_group
from navac.orderings.enumeration import enumerate_orderings
from navac.orderings.ordering import read_orderings, write_orderings
from navac.orderings.symmetry import without_equivalents

with stage(snakemake) as job:
    config = job.config
    settings = config.orderings
    prim = read_prim(snakemake.input.prim, [], config.prim.formula_units)
    group = find_space_group(prim, config.prim.symmetry_tolerance_A)
    found = enumerate_orderings(
        prim,
        group,
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
    if snakemake.input.more:
        more = read_orderings(snakemake.input.more)
        new = without_equivalents(prim, group, more, found)
        job.say(f"{len(new)} orderings of {settings.more}; the other {len(more) - len(new)} are "
                "among those enumerated, or twice in it")  # fmt: skip
        found += new
    write_orderings(snakemake.output.orderings, found)
    job.say(f"{len(found)} orderings of up to {max(o.cells for o in found)} cells")

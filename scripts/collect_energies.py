"""Collect the energies of all orderings from the configured backend."""

from navac.campaign.job import stage
from navac.crystal.prim import read_prim
from navac.crystal.symmetry import find_space_group
from navac.energies.published import published_energies, reference_expansion
from navac.expansion.clusters import enumerate_orbits
from navac.files import replacing
from navac.orderings.ordering import read_orderings

with stage(snakemake) as job:
    config = job.config
    prim = read_prim(snakemake.input.prim, [], config.prim.formula_units)
    group = find_space_group(prim, config.prim.symmetry_tolerance_A)
    orbits = enumerate_orbits(prim, group, config.expansion.cutoffs_A)
    table = published_energies(
        read_orderings(snakemake.input.orderings),
        {
            name: (*reference_expansion(r, prim, group, orbits), r.x)
            for name, r in config.ranges.items()
        },
        noise_eV_per_cell=config.energies.noise_meV_per_fu * config.prim.formula_units / 1000,
        seed=config.seed,
    )
    with replacing(snakemake.output.energies) as part:
        table.to_csv(part, index=False)
    job.say(f"{len(table)} energies from the {config.energies.backend} backend")

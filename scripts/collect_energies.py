"""Collect the energies of all orderings from published expansions, or ones fitted elsewhere."""

from navac.campaign.job import Job, run
from navac.crystal.symmetry import read_crystal
from navac.energies.published import published_energies, reference_expansion
from navac.expansion.functions import candidate_functions
from navac.files import replacing
from navac.orderings.ordering import read_orderings


def main(job: Job) -> None:
    """Write an energy per ordering and composition range."""
    settings = job.settings
    prim, group = read_crystal(job.input.prim)
    expansion = settings.expansion
    orbits, spaces = candidate_functions(prim, group, expansion.cutoffs_A, expansion.basis)
    table = published_energies(
        read_orderings(job.input.orderings),
        {
            name: (*reference_expansion(r, prim, group, orbits, spaces), r.x)
            for name, r in settings.ranges.items()
        },
        noise_eV_per_cell=settings.energies.noise_meV_per_fu * prim.formula_units / 1000,
        seed=settings.seed,
    )
    with replacing(job.output.energies) as part:
        table.to_csv(part, index=False)
    job.say(f"{len(table)} energies of published expansions")


if "snakemake" in globals():
    run(main, snakemake)

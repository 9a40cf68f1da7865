"""Read structures and energies from elsewhere, and find the orderings that they are."""

from pathlib import Path

from navac.campaign.job import Job, run
from navac.crystal.symmetry import read_crystal
from navac.energies.user.comparable import refuse_deviating
from navac.energies.user.mapped import Mapper, lowest_only, map_all
from navac.energies.user.read import Reading, read_all
from navac.energies.user.table import energies_table, summary, unused, write_mapping
from navac.files import replacing
from navac.orderings.ordering import read_orderings, write_orderings
from navac.orderings.recognition import Limits
from navac.vasp.given import read_run
from navac.vasp.outcar import read_outcar_alone

SHOWN = 30


def main(job: Job) -> None:
    """Write the energies, their orderings, and what became of every structure."""
    settings = job.settings.energies.user
    prim, group = read_crystal(job.input.prim)
    bounds = [r.x for r in job.settings.ranges.values()]
    ends = min(low for low, _ in bounds), max(high for _, high in bounds)
    enumerated = read_orderings(job.input.enumerated) if job.input.enumerated else []
    given = read_all(
        [Path(path) for path in job.input.files],
        Reading(
            runs={"vasp": read_run, "outcar": read_outcar_alone}, per=settings.energy_per,
            icet_property=settings.icet_property, icet_per=settings.icet_energy_per,
        ),
    )  # fmt: skip
    limits = Limits(settings.max_strain, settings.max_displacement_A, settings.max_ambiguity)
    mapper = Mapper.of(prim, group, job.settings.species, limits, enumerated)
    mapped = lowest_only(
        map_all(refuse_deviating(given), mapper, job.progress), ends,
        settings.conflict_meV_per_fu * prim.formula_units / 1000,
    )  # fmt: skip
    with replacing(job.output.mapping) as part:
        write_mapping(part, mapped)
    say(job, list(unused(mapped)))
    job.say(summary(mapped))
    table = energies_table(mapped, ends)
    with replacing(job.output.energies) as part:
        table.to_csv(part, index=False)
    by_id = {m.ordering.id: m.ordering for m in mapped if m.status == "used" and m.ordering}
    found = [by_id[name] for name in table.id]
    write_orderings(job.output.orderings, found + [o for o in enumerated if o.id not in by_id])
    job.say(f"{len(table)} orderings of up to {max(o.cells for o in found)} cells have an energy")


def say(job: Job, lines: list[str]) -> None:
    """Name what is not used; all of it is in the table of the mapping."""
    for line in lines[:SHOWN]:
        job.say(line)
    if len(lines) > SHOWN:
        job.say(f"and {len(lines) - SHOWN} more, see {job.output.mapping}")


if "snakemake" in globals():
    run(main, snakemake)

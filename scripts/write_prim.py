"""Read the crystal, find its symmetry, write the prim that all later stages use."""

from navac.campaign.job import Job, run
from navac.crystal.advice import advice
from navac.crystal.decoration import read_prim_and_notes
from navac.crystal.symmetry import find_space_group
from navac.files import write_json


def main(job: Job) -> None:
    """Write the crystal that the campaign is about."""
    settings = job.settings.prim
    prim, notes = read_prim_and_notes(
        job.input.crystal, settings.sites, settings.formula_units,
        species=job.settings.species, min_distance=settings.min_distance_A,
        exclusions=settings.exclusions,
    )  # fmt: skip
    for note in notes:
        job.say(note)
    group = find_space_group(prim, settings.symmetry_tolerance_A)
    record = {"symbol": group.symbol, "number": group.international_number,
              "operations": len(group), "tolerance_A": group.tolerance}  # fmt: skip
    write_json(job.output.prim, {"space_group": record, **prim.to_dict()})
    job.say(
        f"{len(prim.species)} sites, {len(prim.active)} of them active; {group.symbol} "
        f"({len(group)} operations) at {group.tolerance} Å"
    )
    if prim.excluded:
        job.say(f"{len(prim.excluded)} pairs of sites per cell are never both filled")
    for field, text in advice(prim, settings.symmetry_tolerance_A):
        job.say(f"WARNING: {field}: {text}")


if "snakemake" in globals():
    run(main, snakemake)

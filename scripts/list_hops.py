"""List the hops of an ordering by symmetry and surroundings, and write bands for VASP."""

from pathlib import Path

import pandas as pd

from navac.campaign.job import Job, run
from navac.crystal.symmetry import read_crystal
from navac.files import replacing
from navac.hops.ends import hops_in, images
from navac.hops.inputs import write_neb_input
from navac.hops.network import HopError, dimension, hop_kinds
from navac.orderings.ordering import read_orderings
from navac.vasp.settings import VaspInputError, load_settings


def main(job: Job) -> None:
    """Write the table of hops, and a folder for each where there are settings of VASP."""
    asked, species = job.settings.hops, job.settings.species
    prim, group = read_crystal(job.input.prim)
    kinds = hop_kinds(prim, group, species, asked.reach_A)
    for n, kind in enumerate(kinds, start=1):
        reached = dimension(kinds[:n])
        job.say(f"{kind.name}: {kind.per_cell} per primitive cell; hops up to here lead on in "
                f"{reached} dimensions")  # fmt: skip
    known = {one.id: one for one in read_orderings(job.input.orderings)}
    if asked.ordering not in known:
        raise HopError(f"hops.ordering: {asked.ordering} is not in {job.input.orderings}")
    ordering = known[asked.ordering]
    found = list(hops_in(prim, ordering, kinds, species, tuple(asked.repeat), asked.around_A))
    rows = [
        {"hop": f"{n:03d}", "kind": hop.kind.name, "length_A": hop.kind.length,
         "per_cell": hop.kind.per_cell, "around": hop.name.partition(" ")[2],
         "ordering": ordering.id, "atoms": len(hop.start), "mover": hop.mover}
        for n, hop in enumerate(found)
    ]  # fmt: skip
    with replacing(job.output.hops) as part:
        pd.DataFrame(rows).to_csv(part, index=False, float_format="%.6g")
    job.say(f"{ordering.id}: {len(found)} hops of {len({h.kind.name for h in found})} kinds")
    if job.settings.dft.settings is None:
        return
    a, b, c = asked.repeat
    settings = load_settings(job.settings.dft.settings)
    for row, hop in zip(rows, found, strict=True):
        path = images(hop.start, hop.after(), asked.images)
        try:
            write_neb_input(
                Path(job.params.root) / row["hop"], path, settings, ordering.cells * a * b * c
            )
        except VaspInputError as error:
            job.say(f"WARNING: no input for VASP: {error}")
            return
        job.progress(int(row["hop"]) + 1, len(rows))


if "snakemake" in globals():
    run(main, snakemake)

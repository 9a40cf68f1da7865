"""Barriers of the hops of an ordering by nudged elastic bands with a machine-learned potential."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd

from navac.campaign.job import Job, run
from navac.crystal.symmetry import read_crystal
from navac.energies.mlip.calculators import load_model
from navac.figures.barriers import barrier_figure
from navac.figures.style import save, sign
from navac.files import replacing
from navac.hops.barrier import band
from navac.hops.ends import Hop, hops_in
from navac.hops.network import HopError, hop_kinds
from navac.orderings.ordering import read_orderings


def wanted(job: Job) -> Iterator[Hop]:
    """The hops whose barriers are asked for."""
    asked, species = job.settings.hops, job.settings.species
    prim, group = read_crystal(job.input.prim)
    ordering = next(o for o in read_orderings(job.input.orderings) if o.id == asked.ordering)
    kinds = hop_kinds(prim, group, species, asked.reach_A)
    every = hops_in(prim, ordering, kinds, species, tuple(asked.repeat), asked.around_A)
    yield from islice(every, asked.most)


def computed(hop: Hop, calculator: Any, asked: Any) -> tuple[dict[str, object], list[dict]]:
    """The row of a hop, and the points of its path; a hop that fails has a reason."""
    row: dict[str, object] = {
        "kind": hop.kind.name, "from": hop.labels[0], "to": hop.labels[1],
        "length_A": hop.kind.length, "around": hop.name.partition(" ")[2]
    }  # fmt: skip
    try:
        found = band(hop, calculator, asked.images, asked.max_force_eV_per_A, asked.max_steps)
    except HopError as error:
        return row | {"status": "failed", "reason": str(error)}, []
    points = [{"way_A": w, "energy_eV": e} for w, e in zip(found.way, found.energies, strict=True)]
    return row | {
        "status": "done", "barrier_eV": found.forward, "back_eV": found.backward,
        "max_force_eV_per_A": found.max_force, "steps": found.steps,
    }, points  # fmt: skip


def main(job: Job) -> None:
    """Write the barriers and the energies along the paths; failed hops are named."""
    asked, mlip = job.settings.hops, job.settings.energies.mlip
    model = load_model(mlip.calculator, mlip.options, mlip.level, job.threads)
    job.say(f"{model.title}, on {model.device}")
    rows, points = [], []
    hops = list(wanted(job))
    for n, hop in enumerate(hops):
        row, path = computed(hop, model.calculator, asked)
        rows.append({"hop": f"{n:03d}", **row, "provenance": model.title})
        points += [{"hop": f"{n:03d}", "kind": hop.kind.name, **point} for point in path]
        said = row.get("barrier_eV")
        job.say(f"{hop.name}: " + (f"{said:.3f} eV" if said is not None else f"{row['reason']}"))
        job.progress(n + 1, len(hops))
    table, along = pd.DataFrame(rows), pd.DataFrame(points, columns=["hop", "kind", "way_A",
                                                                     "energy_eV"])  # fmt: skip
    if not len(along):
        raise HopError("no band has converged; see the log above")
    for path, one in ((job.output.barriers, table), (job.output.paths, along)):
        with replacing(path) as part:
            one.to_csv(part, index=False, float_format="%.6g")
    figure = barrier_figure(along, width_mm=job.settings.figures.width_mm)
    sign(figure, f"Energies: {model.title}")
    save(figure, Path(job.output.pdf).with_suffix(""))


if "snakemake" in globals():
    run(main, snakemake)

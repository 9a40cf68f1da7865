"""Entropies and descriptors of the compositions that a configuration names."""

from pathlib import Path

from navac.campaign.job import Job, run
from navac.crystal.symmetry import read_crystal
from navac.descriptors.report import composition, descriptor_table, entropy_table
from navac.figures.descriptors import entropy_figure
from navac.figures.style import save
from navac.files import replacing
from navac.orderings.charges import states_of


def main(job: Job) -> None:
    """Write both tables and the figure."""
    settings, given = job.settings, job.settings.descriptors
    prim, _ = read_crystal(job.input.prim)
    states = states_of(settings.orderings.charges)
    found = [
        composition(prim, name, amounts, given.occupied, states)
        for name, amounts in given.compositions.items()
    ]
    for one in found:
        if one.fault:
            job.say(f"WARNING: {one.name}: {one.fault}; it has entropies alone")
        for label, factor in one.filling.scaled.items():
            if abs(factor - 1) > 1e-6:
                job.say(f"{one.name}: amounts on {label} are scaled by {factor:.4g} to fill it")
    entropies = entropy_table(found, given.temperatures_K)
    described = descriptor_table(prim, found)
    written = ((job.output.entropies, entropies), (job.output.descriptors, described))
    for path, table in written:
        with replacing(path) as part:
            table.to_csv(part, index=False, float_format="%.6g")
    figure = entropy_figure(entropies, width_mm=settings.figures.width_mm)
    save(figure, Path(job.output.pdf).with_suffix(""))
    job.say(f"{len(found)} compositions")


if "snakemake" in globals():
    run(main, snakemake)

"""Voltages of runs of the ensembles beside each other."""

from pathlib import Path

import pandas as pd

from navac.campaign.job import Job, run
from navac.crystal.symmetry import read_crystal
from navac.figures.ensemble_voltages import voltages_figure
from navac.figures.labels import electrode
from navac.figures.style import save, sign
from navac.files import replacing
from navac.sampling.ensembles.curves import curve_table, step_table


def main(job: Job) -> None:
    """Write the curves, their steps, and the figure."""
    settings = job.settings
    prim, _ = read_crystal(job.input.prim)
    tables = [pd.read_csv(path, keep_default_na=True) for path in job.input.means]
    curves = curve_table(dict(zip(job.params.runs, tables, strict=True)), settings.species)
    steps = step_table(curves)
    for path, table in ((job.output.curves, curves), (job.output.steps, steps)):
        with replacing(path) as part:
            table.to_csv(part, index=False, float_format="%.9g")
    figure = voltages_figure(
        curves, steps, width_mm=settings.figures.width_mm,
        reference=settings.figures.reference_electrode or electrode(prim, settings.species),
    )  # fmt: skip
    if settings.energies.title:
        sign(figure, f"Energies: {settings.energies.title}")
    save(figure, Path(job.output.png).with_suffix(""))
    for row in steps.itertuples():
        job.say(f"{row.run}, {row.temperature_K:g} K: a step from x = {row.x_low:.3f} to "
                f"{row.x_high:.3f}")  # fmt: skip


if "snakemake" in globals():
    run(main, snakemake)

"""Vary the numbers of a particle and a cell, and carry their uncertainties to the results."""

from dataclasses import replace

import pandas as pd

from navac.campaign.job import Job, run
from navac.cell.file import read_sets
from navac.cell.packages import require
from navac.cell.particle import charge
from navac.cell.sensitivity import Trial, sensitivity, uncertainty
from navac.files import replacing


def main(job: Job) -> None:
    """Write both tables."""
    require()
    settings = job.settings.cell
    trial = Trial(
        particle_rate=settings.particle_rate_C, elements=settings.mesh_radial,
        rate=max(settings.rates_C), electrode=settings.electrode,
        limits=settings.voltage_limits_V,
    )  # fmt: skip
    tables, carried = [], []
    for one in read_sets(job.input.parameters, job.input.beside).values():
        base = charge(one, trial.particle_rate, trial.elements)
        own = trial if not tables else replace(trial, limits=None)
        table = sensitivity(one, base, own)
        tables.append(table.assign(material=one.name, rate_C=trial.rate))
        carried.append(uncertainty(one, table).assign(material=one.name, rate_C=trial.rate))
        job.say(f"{one.name}: {len(table)} sets of numbers")
    for found, path in ((tables, job.output.sensitivity), (carried, job.output.uncertainty)):
        with replacing(path) as part:
            pd.concat(found).to_csv(part, index=False, float_format="%.6g")


if "snakemake" in globals():
    run(main, snakemake)

"""Charge, discharge and titrate half and full cells."""

from pathlib import Path

import pandas as pd

from navac.campaign.job import Job, run
from navac.cell.battery import Cell
from navac.cell.bpx import write_bpx
from navac.cell.drawing import capability, titration, voltages
from navac.cell.gitt import Titration, diffusivities, titrate
from navac.cell.packages import require
from navac.cell.parameters import Parameters, read_parameters
from navac.cell.rates import DIRECTIONS, cells, cycle
from navac.figures.style import save
from navac.files import replacing


def titrated(job: Job, material: Parameters) -> pd.DataFrame:
    """A row per pulse, charging and discharging."""
    cell = job.settings.cell
    pulses = Titration(
        rate=cell.gitt.rate_C, pulse=60 * cell.gitt.pulse_minutes, rest=60 * cell.gitt.rest_minutes
    )
    half = Cell(
        set_=material, kind="half", model="SPM", electrode=cell.electrode,
        limits=cell.voltage_limits_V,
    )  # fmt: skip
    return pd.concat([
        diffusivities(half, pulses, titrate(half, pulses, direction)).assign(direction=direction)
        for direction in DIRECTIONS
    ])  # fmt: skip


def write(table: pd.DataFrame, path: str) -> None:
    """A table as CSV."""
    with replacing(path) as part:
        table.to_csv(part, index=False, float_format="%.9g")


def main(job: Job) -> None:
    """Write the tables, their figures, and the set as PyBaMM loads it."""
    require()
    settings, made = job.settings.cell, job.output
    material = read_parameters(job.input.parameters)
    write_bpx(made.bpx, material, settings.electrode)
    every = list(cells(material, settings.electrode, settings.voltage_limits_V))
    rows, points = cycle(every, settings.rates_C, job.progress)
    pulses = titrated(job, material)
    for table, path in ((rows, made.rates), (points, made.curves), (pulses, made.titration)):
        write(table, path)
    look = {"width_mm": job.settings.figures.width_mm}
    for figure, path in (
        (voltages(points, **look), made.voltage_png),
        (capability(rows, **look), made.rates_png),
        (titration(pulses, material["diffusivity"], **look), made.titration_png),
    ):
        save(figure, Path(path).with_suffix(""))
    for row in rows[rows.ended.str.startswith("the solver")].itertuples():
        job.say(f"{row.cell} cell, {row.model}, {row.direction} at {row.rate_C:g} C: {row.ended}")
    known = pulses.diffusivity_sphere_m2_per_s.notna().sum()
    job.say(f"titration: a diffusivity in {known} of {len(pulses)} pulses, the others are plateaus")


if "snakemake" in globals():
    run(main, snakemake)

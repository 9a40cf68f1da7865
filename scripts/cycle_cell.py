"""Charge, discharge and titrate half and full cells."""

from pathlib import Path

import pandas as pd

from navac.campaign.job import Job, run
from navac.cell.battery import Cell
from navac.cell.bpx import write_bpx
from navac.cell.drawing import capability, titrations, voltages
from navac.cell.file import read_sets
from navac.cell.gitt import diffusivities, titrate, titration
from navac.cell.packages import require
from navac.cell.parameters import Parameters
from navac.cell.rates import DIRECTIONS, cells, cycle
from navac.figures.style import save
from navac.files import replacing


def titrated(job: Job, material: Parameters) -> pd.DataFrame:
    """A row per pulse, charging and discharging."""
    cell = job.settings.cell
    seconds = (None if minutes is None else 60 * minutes
               for minutes in (cell.gitt.pulse_minutes, cell.gitt.rest_minutes))  # fmt: skip
    pulses = titration(material, cell.gitt.rate_C, *seconds, cell.gitt.pulses)
    half = Cell(set_=material, kind="half", model="SPM", electrode=cell.electrode)
    tables = [
        diffusivities(half, pulses, titrate(half, pulses, direction), direction)
        for direction in DIRECTIONS
    ]
    found = pd.concat(tables).assign(material=material.name)
    known = found.diffusivity_sphere_m2_per_s.notna().sum()
    job.say(
        f"{material.name}: a diffusivity in {known} of {len(found)} pulses of {pulses.pulse:.3g} s "
        f"at {pulses.rate:.3g} C"
    )
    return found


def write(table: pd.DataFrame, path: str) -> None:
    """A table as CSV."""
    with replacing(path) as part:
        table.to_csv(part, index=False, float_format="%.9g")


def main(job: Job) -> None:
    """Write the tables, their figures, and the set as PyBaMM loads it."""
    require()
    settings, made = job.settings.cell, job.output
    sets = read_sets(job.input.parameters, job.input.beside)
    material = next(iter(sets.values()))
    write_bpx(made.bpx, material, settings.electrode)
    every = list(cells(material, settings.electrode, settings.voltage_limits_V))
    rows, points = cycle(every, settings.rates_C, job.progress)
    pulses = pd.concat([titrated(job, one) for one in sets.values()])
    for table, path in ((rows, made.rates), (points, made.curves), (pulses, made.titration)):
        write(table, path)
    look = {"width_mm": job.settings.figures.width_mm}
    for figure, path in (
        (voltages(points, **look), made.voltage_png),
        (capability(rows, **look), made.rates_png),
        (titrations(pulses, sets, **look), made.titration_png),
    ):
        save(figure, Path(path).with_suffix(""))
    for row in rows[rows.ended.str.startswith("the solver")].itertuples():
        job.say(f"{row.cell} cell, {row.model}, {row.direction} at {row.rate_C:g} C: {row.ended}")


if "snakemake" in globals():
    run(main, snakemake)

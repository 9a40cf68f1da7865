"""Tables and figures of one run of the ensembles."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from navac.campaign.job import Job, run
from navac.crystal.prim import Prim
from navac.crystal.sites import VACANCY
from navac.crystal.symmetry import read_crystal
from navac.energies.table import read_energies
from navac.figures.ensembles import order_figure, states_figure
from navac.figures.labels import electrode
from navac.figures.style import save, sign
from navac.files import replacing
from navac.results.read import read_record
from navac.results.schema import SampledEnsemble
from navac.sampling.ensembles.quantities import correlations_of, quantities
from navac.sampling.ensembles.tables import mean_table, order_table, state_table
from navac.sampling.ensembles.voltage import voltage_zero


def main(job: Job) -> None:
    """Write the tables of means, of order and of every path, and the figures."""
    settings = job.settings
    prim, _ = read_crystal(job.input.prim)
    found = read_record(job.input.record, SampledEnsemble)
    voltage = zeros_of(job, found, prim)
    some = quantities(found, prim)
    means = mean_table(found, [*some, *correlations_of(found)], voltage)
    order = order_table(found, voltage)
    for path, table in (
        (job.output.means, means),
        (job.output.order, order),
        (job.output.states, state_table(found, some, voltage)),
    ):
        with replacing(path) as part:
            table.to_csv(part, index=False, float_format="%.9g")
    reference = settings.figures.reference_electrode or electrode(prim, settings.species)
    width = settings.figures.width_mm
    for figure, path in (
        (order_figure(order, width_mm=width), job.output.order_png),
        (states_figure(means, settings.species, reference=reference, width_mm=width),
         job.output.states_png),
    ):  # fmt: skip
        if settings.energies.title:
            sign(figure, f"Energies: {settings.energies.title}")
        save(figure, Path(path).with_suffix(""))
    say(job, found, means)


def zeros_of(job: Job, found: SampledEnsemble, prim: Prim) -> dict[str, float]:
    """V + μ of the counted species where it is inserted, and the energy of the metal is known."""
    species, given = job.settings.species, job.settings.energies
    inserted = any({species, VACANCY} <= set(site) for site in prim.species)
    if species not in found.mu_eV or not inserted:
        return {}
    metal = given.metal_eV_per_atom
    if metal is None and job.input.get("metal"):
        metal = json.loads(Path(job.input.metal).read_text())["energy_eV_per_atom"]
    zero = voltage_zero(read_energies(job.input.energies), prim.formula_units,
                        average=given.average_voltage_V, metal=metal)  # fmt: skip
    if zero is None:
        job.say(f"no voltage of {species}: total energies or that of the metal are not known")
        return {}
    return {species: zero}


def say(job: Job, found: SampledEnsemble, means: pd.DataFrame) -> None:
    """The last temperature in a line, and what was never accepted."""
    last = means[(means.quantity == "energy") & (means.temperature_K == found.temperature_K[-1])]
    row = last.iloc[0]
    job.say(f"{len(found.start)} paths, {int(found.start.max()) + 1} starts; at "
            f"{row.temperature_K:g} K {row['mean']:.4f} ± {row.stderr:.1g} eV/f.u., scatter of "
            f"starts {row.scatter:.1g}")  # fmt: skip
    for k, change in enumerate(found.changes):
        if not np.nansum(found.tried[-1, :, k] * np.nan_to_num(found.acceptance[-1, :, k])):
            job.say(f"WARNING: {change}: nothing was accepted at the last temperature")


if "snakemake" in globals():
    run(main, snakemake)

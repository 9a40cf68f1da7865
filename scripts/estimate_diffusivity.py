"""Diffusivities of jumps from barriers, against composition and temperature."""

from pathlib import Path

import numpy as np
import pandas as pd

from navac.campaign.job import Job, run
from navac.crystal.symmetry import read_crystal
from navac.figures.barriers import diffusivity_figure
from navac.figures.style import save
from navac.files import replacing
from navac.hops.barrier_table import read_barriers
from navac.hops.diffusion import diffusivities, network
from navac.hops.network import HopError, dimension, hop_kinds


def main(job: Job) -> None:
    """Write the table of all temperatures, one for each, and the figure."""
    asked, species = job.settings.hops, job.settings.species
    prim, group = read_crystal(job.input.prim)
    barriers = read_barriers(job.input.barriers)
    kinds = {
        kind: barriers[kind.name]
        for kind in hop_kinds(prim, group, species, asked.reach_A)
        if kind.name in barriers
    }
    if dimension(list(kinds)) < 1:
        raise HopError(
            f"{job.input.barriers}: hops with barriers and within hops.reach_A, "
            f"{asked.reach_A:g} Å, lead nowhere: {', '.join(k.name for k in kinds) or 'none'}; "
            "compute those between all sublattices"
        )
    for kind, some in kinds.items():
        job.say(f"{kind.name}: {len(some)} barriers, "
                f"{min(b.resolved for b in some):.3f} to {max(b.resolved for b in some):.3f} eV "
                "above the mean of the ends")  # fmt: skip
    one = network(prim, kinds, np.random.default_rng(job.settings.seed))
    table = pd.DataFrame([
        row
        for kelvin in asked.temperatures_K
        for row in diffusivities(one, kelvin, 1e12 * asked.attempts_THz)
    ])  # fmt: skip
    with replacing(job.output.table) as part:
        table.to_csv(part, index=False, float_format="%.6g")
    for kelvin in asked.temperatures_K:
        own = table[table.temperature_K == kelvin].drop(columns="temperature_K")
        with replacing(getattr(job.output, f"at_{kelvin:g}K")) as part:
            own.to_csv(part, index=False, float_format="%.6g")
    figure = diffusivity_figure(table, species=species, width_mm=job.settings.figures.width_mm)
    save(figure, Path(job.output.pdf).with_suffix(""))


if "snakemake" in globals():
    run(main, snakemake)

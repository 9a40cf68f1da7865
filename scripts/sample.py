"""Sample one share of the paths of a composition range."""

import os
from pathlib import Path

import numpy as np

from navac.hamiltonian import lattice_model
from navac.hamiltonians import sampled_expansion
from navac.paths import read_plan
from navac.sampling import sample_paths, use_cores
from navac.stage import stage
from navac.supercell import Supercell

use_cores(snakemake.threads)  # noqa: F821
with stage(snakemake) as job:  # noqa: F821
    config, settings = job.config, job.config.sampling
    name, shard = snakemake.wildcards.range, int(snakemake.wildcards.shard)  # noqa: F821
    expansion = sampled_expansion(config, name, snakemake.input.prim, snakemake.input.eci)  # noqa: F821
    model = lattice_model(expansion, Supercell.diagonal(*settings.supercell))
    plan = read_plan(snakemake.input.plan)  # noqa: F821
    paths = np.arange(len(plan.phase))[shard :: settings.shards]
    job.say(
        f"{len(paths)} paths × {len(plan.temperatures)} temperatures, {model.n_sites} sites, "
        f"{model.n_colours} colours; compiling takes about half a minute"
    )
    # Not an output while it grows: Snakemake deletes the outputs of a job that was killed.
    growing = Path(snakemake.params.record)  # noqa: F821
    sample_paths(
        model, plan, growing, paths=paths,
        first_stream=10**6 * list(config.ranges).index(name), seed=config.seed,
        rule=settings.rule, batch=settings.replicas_per_batch,
        equilibration=settings.equilibration_sweeps, blocks=settings.blocks,
        block_sweeps=settings.block_sweeps, progress=job.progress,
    )  # fmt: skip
    os.replace(growing, snakemake.output.record)  # noqa: F821

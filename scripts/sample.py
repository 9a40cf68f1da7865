"""Sample one share of the paths of a composition range."""

import platform
from pathlib import Path

import h5py
import jax
import numpy as np

from navac.files import publish, stamp
from navac.hamiltonian import lattice_model
from navac.interchange import read_expansion
from navac.paths import read_plan
from navac.sampling import sample_paths, use_cores
from navac.stage import stage
from navac.supercell import Supercell

use_cores(snakemake.threads)
# A resumed job, and the other shares, need not compile again; code compiled on one machine may
# not run on another.
cache = Path(snakemake.params.record).parent / "compiled" / platform.node()
jax.config.update("jax_compilation_cache_dir", str(cache))
with stage(snakemake) as job:
    config, settings = job.config, job.config.sampling
    name, shard = snakemake.wildcards.range, int(snakemake.wildcards.shard)
    _, expansion = read_expansion(snakemake.input.expansion)
    model = lattice_model(expansion, Supercell.diagonal(*settings.supercell))
    plan = read_plan(snakemake.input.plan)
    paths = np.arange(len(plan.phase))[shard :: settings.shards]
    job.say(
        f"{len(paths)} paths × {len(plan.temperatures)} temperatures, {model.n_sites} sites, "
        f"{model.n_colours} colours; compiling takes about half a minute"
    )
    # Not an output itself: Snakemake deletes the outputs of a job that was killed.
    growing = Path(snakemake.params.record)
    sample_paths(
        model, plan, growing, paths=paths,
        first_stream=10**6 * list(config.ranges).index(name), seed=config.seed,
        rule=settings.rule, batch=settings.replicas_per_batch,
        equilibration=settings.equilibration_sweeps, blocks=settings.blocks,
        block_sweeps=settings.block_sweeps, progress=job.progress,
    )  # fmt: skip
    with h5py.File(growing, "r+") as file:
        stamp(file, config.to_json(), config.seed)
    publish(growing, snakemake.output.record)

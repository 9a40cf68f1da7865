"""Sample one share of the paths of a composition range, or of its scans."""

import platform
from pathlib import Path

import h5py
import jax
import numpy as np

from navac.campaign.job import stage
from navac.crystal.supercell import Supercell
from navac.expansion.file import read_expansion
from navac.files import publish, stamp
from navac.montecarlo.forecast import check_memory, device_name, seconds_per_sweep
from navac.montecarlo.model import lattice_model
from navac.montecarlo.sampler import Sampler
from navac.sampling.plan import read_plan
from navac.sampling.record import read_states
from navac.sampling.scans import plan_scans, scan_walks
from navac.sampling.statistics import check_reliable
from navac.sampling.walk import Precision, sample_paths, use_cores

use_cores(snakemake.threads)
# A resumed job, and the other shares, need not compile again; code compiled on one machine may
# not run on another.
cache = Path(snakemake.params.record).parent / "compiled" / platform.node()
jax.config.update("jax_compilation_cache_dir", str(cache))
with stage(snakemake) as job:
    config, settings = job.config, job.config.sampling
    name, shard = snakemake.wildcards.range, int(snakemake.wildcards.shard)
    _, expansion = read_expansion(snakemake.input.expansion)
    model = lattice_model(expansion, Supercell.diagonal(*config.supercell(name)))
    plan = read_plan(snakemake.input.plan)
    walks, stream = plan.walks(), 10**6 * list(config.ranges).index(name)
    heated = snakemake.input.get("heated")
    if heated:
        walks = scan_walks(plan, plan_scans(plan), read_states(heated))
        stream += 10**5
    paths = np.arange(len(walks.start))[shard :: snakemake.params.shards]
    sampler = Sampler(model, replicas=len(paths), most=settings.replicas_per_batch,
                      rule=settings.rule, blocks=settings.blocks)  # fmt: skip
    sweeps = settings.sweeps
    job.say(
        f"{len(paths)} paths × {len(walks.mu)} conditions × {sweeps} sweeps, "
        f"{model.n_sites} sites, {model.n_colours} colours"
    )
    job.say(f"{device_name(sampler)}, {check_memory(sampler, len(paths))}; compiling")
    together = np.isfinite(walks.temperature[:, paths]).sum(axis=1)
    runs = int(np.ceil(together / sampler.capacity).sum()) * sweeps
    job.say(f"about {runs * seconds_per_sweep(sampler) / 60:.1f} minutes in all")
    # Not an output itself: Snakemake deletes the outputs of a job that was killed.
    growing = Path(snakemake.params.record)
    sample_paths(
        model, walks, growing, paths=paths,
        first_stream=stream, seed=config.seed,
        sampler=sampler, equilibration=settings.equilibration_sweeps,
        block_sweeps=settings.block_sweeps,
        precision=Precision.asked(settings.precision, config.prim.formula_units),
        keep=settings.protocol == "paper" and not heated, progress=job.progress,
    )  # fmt: skip
    with h5py.File(growing, "r+") as file:
        job.say(check_reliable(file, refuse=settings.refuse_unreliable))
        stamp(file, config.to_json(), config.seed)
    publish(growing, snakemake.output.record)

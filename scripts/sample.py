"""Sample one share of the paths of a composition range, or of its scans."""

from pathlib import Path

import numpy as np

from navac.campaign.job import Job, run
from navac.crystal.supercell import Supercell
from navac.expansion.file import read_expansion
from navac.expansion.repulsion import repelling
from navac.files import publish
from navac.montecarlo.forecast import check_memory, device_name, disk_needed, seconds_per_sweep
from navac.montecarlo.model import lattice_model
from navac.montecarlo.sampler import Sampler
from navac.results.records import RecordFile
from navac.sampling.budget import check_hours
from navac.sampling.lengths import Lengths, Precision
from navac.sampling.plan import read_plan
from navac.sampling.record import read_configurations
from navac.sampling.scans import plan_scans, scan_walks
from navac.sampling.statistics import check_reliable
from navac.sampling.walk import keep_compiled, sample_paths, use_cores


def main(job: Job) -> None:
    """Sample a share of the paths; a record that an earlier job left is continued."""
    settings = job.settings.sampling
    of_range = job.settings.ranges[job.wildcards["range"]]
    # Not an output itself: Snakemake deletes the outputs of a job that was killed.
    growing = Path(job.params.record)
    use_cores(job.threads)
    keep_compiled(growing.parent / "compiled")
    prim, expansion = read_expansion(job.input.expansion)
    expansion = repelling(prim, expansion)
    model = lattice_model(expansion, Supercell.diagonal(*of_range.supercell))
    plan = read_plan(job.input.plan)
    walks, stream = plan.walks(), 10**6 * of_range.position
    heated = job.input.get("heated")
    if heated:
        walks = scan_walks(plan, plan_scans(plan), read_configurations(heated))
        stream += 10**5
    shards = job.params.shards
    paths = np.arange(len(walks.start))[int(job.wildcards["shard"]) :: shards]
    sampler = Sampler(model, replicas=len(paths), most=job.execution.sampling.replicas_per_batch,
                      rule=settings.rule, blocks=settings.blocks)  # fmt: skip
    job.describe(device=device_name(sampler))
    lengths = Lengths.of(
        settings.equilibration_sweeps, settings.carried_sweeps, settings.block_sweeps,
        Precision.asked(settings.precision, prim.formula_units),
    )  # fmt: skip
    _say_forecast(job, sampler, walks.temperature[:, paths], lengths)
    sample_paths(
        model, walks, growing, paths=paths, first_stream=stream, seed=job.settings.seed,
        sampler=sampler, lengths=lengths, code=job.provenance.code,
        provenance=job.provenance.to_json(), alone=shards == 1, progress=job.progress,
    )  # fmt: skip
    with RecordFile(growing) as record:
        job.say(check_reliable(record, refuse=settings.refuse_unreliable))
    publish(growing, job.output.record)


def _say_forecast(job: Job, sampler: Sampler, temperature: np.ndarray, lengths: Lengths) -> None:
    """Say what the job will take; refuse it where time, memory or disk do not suffice."""
    steps, paths = temperature.shape
    model, sweeps = sampler.model, lengths.equilibration + sampler.blocks * lengths.block
    job.say(
        f"{paths} paths × {steps} conditions × {sweeps} sweeps, "
        f"{model.n_sites} sites, {model.n_colours} colours"
    )
    how = job.execution.sampling
    memory = check_memory(sampler, paths, how.memory_mb)
    size = disk_needed(sampler, paths, steps, aside=lengths.aside)
    job.say(f"{job.provenance.device}, {memory}, {size}; compiling")
    together = np.isfinite(temperature).sum(axis=1)
    runs = int(np.ceil(together / sampler.capacity).sum()) * sweeps
    hours = runs * seconds_per_sweep(sampler) / 3600
    job.say(f"about {60 * hours:.1f} minutes in all")
    # All cores of all shares; of a GPU, its own hours.
    cores = job.threads if sampler.devices[0].platform == "cpu" else len(sampler.devices)
    whole = hours * cores * job.params.shards
    said = f"the paths of ranges.{job.wildcards['range']} take {whole:.3g} core hours, as measured"
    check_hours(whole, how.core_hours, said)


if "snakemake" in globals():
    run(main, snakemake)

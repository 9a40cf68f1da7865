"""Sample one run of the ensembles: replicas of a crystal whose sites hold any species."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from navac.campaign.job import Job, run
from navac.crystal.prim import Prim
from navac.crystal.supercell import Supercell
from navac.crystal.symmetry import read_crystal
from navac.expansion.file import read_expansion
from navac.expansion.shells import shells_within
from navac.files import publish
from navac.montecarlo.forecast import device_name
from navac.montecarlo.gas.model import gas_model
from navac.montecarlo.gas.sampler import GasSampler
from navac.results.read import read_record
from navac.results.schema import EnsembleCondition, SampledEnsemble
from navac.results.write import new_file, write_record
from navac.sampling.ensembles.cost import Work
from navac.sampling.ensembles.fillings import filling, random_fillings
from navac.sampling.ensembles.moves import ensemble_of, names_of
from navac.sampling.ensembles.observers import Observers
from navac.sampling.ensembles.plan import Plan, plan_run
from navac.sampling.ensembles.record import record_of
from navac.sampling.ensembles.walk import Store, digest_of, missed, sample_run
from navac.sampling.lengths import Precision
from navac.sampling.walk import keep_compiled, use_cores
from navac.settings import mapping


def main(job: Job) -> None:
    """Sample every condition of the run; what an earlier job left is continued."""
    given, name = job.settings.ensembles, job.wildcards["run"]
    asked, folder = mapping(given.runs)[name], Path(job.params.records)
    use_cores(job.threads)
    keep_compiled(folder.parent / "compiled")
    prim, group = read_crystal(job.input.prim)
    _, expansion = read_expansion(job.input.expansion)
    supercell = Supercell.diagonal(*given.supercell)
    starts = starts_of(job, prim, supercell)
    plan = plan_run(
        prim, ensemble_of(prim, asked.moves), name, seed=job.settings.seed,
        starts=starts.shape[1], mu=mapping(asked.mu_eV), temperatures=asked.temperatures_K,
        equilibration=asked.equilibration_sweeps, blocks=asked.blocks,
        block_sweeps=asked.block_sweeps,
        precision=Precision.asked(asked.precision, prim.formula_units),
    )  # fmt: skip
    model = gas_model(expansion, supercell, plan.ensemble)
    shells = shells_within(prim, group, expansion)
    observers = Observers(shells, expansion if asked.correlations else None)
    together = min(job.execution.sampling.replicas_per_batch, len(plan.start))
    sampler = GasSampler(model, plan.ensemble, replicas=together, most=together,
                         rule=job.settings.sampling.rule, blocks=1)  # fmt: skip
    job.describe(device=device_name(sampler))
    work = Work.of(plan, model.n_sites, together, len(shells.pairs), len(observers.orbits))
    job.say(f"{work}; {job.provenance.device}; compiling")
    work.check(job.execution.sampling.core_hours, job.execution.sampling.memory_mb)
    made_from = digest_of(model.gas, model.quantum, supercell.hnf, shells.orbits,
                          job.provenance.code)  # fmt: skip
    conditions = sample_run(
        sampler, plan, observers, starts[:, plan.start], together=together, progress=job.progress,
        store=Store(folder, made_from, job.provenance.to_json()),
    )  # fmt: skip
    if asked.precision is not None:
        say_precision(job, plan, conditions)
    found = record_of(prim, plan, sampler.amounts, names_of(asked.moves), observers,
                      supercell, conditions)  # fmt: skip
    whole = folder / "whole.h5"
    with new_file(whole, job.provenance.to_json()) as file:
        write_record(file, found)
    publish(whole, job.output.record)


def say_precision(job: Job, plan: Plan, conditions: Sequence[EnsembleCondition]) -> None:
    """How many conditions were prolonged, and how many miss the target all the same."""
    longer = sum(int((c.block_sweeps > plan.block_sweeps).sum()) for c in conditions)
    short = sum(int(missed(plan.precision, vars(c)).sum()) for c in conditions)
    job.say(f"{longer} of {len(conditions) * len(plan.start)} conditions were prolonged")
    if short:
        job.say(f"WARNING: {short} of them miss the precision that is asked for; raise its "
                "doublings or block_sweeps")  # fmt: skip


def starts_of(job: Job, prim: Prim, supercell: Supercell) -> np.ndarray:
    """``[site, start]`` random fillings, or the last states of the run before."""
    before = job.input.get("before")
    if before:
        return read_record(before, SampledEnsemble).state[-1].T
    given = job.settings.ensembles
    own = mapping(given.runs)[job.wildcards["run"]].amounts
    filled = filling(prim, mapping(own) or mapping(given.amounts), supercell.size)
    for note in filled.rounded:
        job.say(note)
    return random_fillings(filled, supercell.size, given.replicas, job.settings.seed)


if "snakemake" in globals():
    run(main, snakemake)

"""Relax one batch of orderings by a model, and read what came of it."""

from pathlib import Path

from threadpoolctl import threadpool_limits

from navac.campaign.batch import begin, orderings_of, run_batch, write_table
from navac.campaign.job import Job, run
from navac.crystal.symmetry import read_crystal
from navac.energies.mlip.backend import ModelBackend
from navac.energies.mlip.calculators import load_model
from navac.energies.mlip.table import COLUMNS, Reader


def main(job: Job) -> None:
    """Relax what is not finished of a batch, and write a row per ordering."""
    started = begin()
    mlip = job.settings.energies.mlip | job.execution.energies.mlip
    orderings = orderings_of(job, mlip.batches)
    if not orderings:  # of a round that asks for nothing; loading a model takes longer than that
        write_table(job, [], COLUMNS)
        return
    model = load_model(mlip.calculator, mlip.options, mlip.level, job.threads)
    job.say(f"{model.title}, on {model.device}")
    prim, _ = read_crystal(job.input.prim)
    reader = Reader(
        prim, model, mlip.max_strain, mlip.symmetry_tolerance_A, Path(job.params.structures)
    )
    # Matrices of three rows are slower on two threads than on one.
    with threadpool_limits(limits=1, user_api="blas"):
        run_batch(job, ModelBackend(prim, model, mlip), reader, orderings, started)


if "snakemake" in globals():
    run(main, snakemake)

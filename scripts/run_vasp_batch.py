"""Run VASP on one batch of orderings, and read what it found."""

from pathlib import Path

from navac.campaign.batch import begin, orderings_of, run_batch
from navac.campaign.job import Job, run
from navac.crystal.symmetry import read_crystal
from navac.orderings.charges import single
from navac.orderings.structures import holds_atoms
from navac.vasp.backend import VaspBackend
from navac.vasp.settings import load_settings
from navac.vasp.table import Reader


def main(job: Job) -> None:
    """Run what is not finished of a batch, and write a row per ordering."""
    started = begin()
    vasp = job.settings.energies.vasp | job.execution.energies.vasp
    settings = load_settings(job.settings.dft.settings)
    prim, _ = read_crystal(job.input.prim)
    backend = VaspBackend(Path(job.params.inputs), settings, vasp, job.settings.dft.potcar_library)
    reader = Reader(
        prim, settings, single(job.settings.orderings.charges), vasp.symmetry_tolerance_A,
        Path(job.params.structures),
    )  # fmt: skip
    orderings = orderings_of(job, vasp.batches)
    run_batch(job, backend, reader, orderings, started, lambda o: holds_atoms(prim, o.occupation))


if "snakemake" in globals():
    run(main, snakemake)

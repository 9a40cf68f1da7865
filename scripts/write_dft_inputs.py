"""Write VASP input sets for one batch of orderings."""

import csv
from pathlib import Path

from navac.campaign.job import Job, run
from navac.crystal.prim import Prim
from navac.crystal.sites import VACANCY
from navac.crystal.symmetry import read_crystal
from navac.energies.mlip.calculators import load_model
from navac.energies.mlip.prerelax import Prerelaxation
from navac.files import replacing
from navac.orderings.charges import mixed_valence, states_of
from navac.orderings.ordering import OrderingError, read_orderings
from navac.orderings.structures import calculation_cell, holds_atoms
from navac.orderings.valences import balanced_valences
from navac.vasp.inputs import moments_of_valences, without_hubbard, write_input_set
from navac.vasp.settings import load_settings


def main(job: Job) -> None:
    """Write the input sets of a batch, and a list of them."""
    settings = load_settings(job.settings.dft.settings)
    prim, _ = read_crystal(job.input.prim)
    batch = read_orderings(job.input.orderings)
    if "batch" in job.wildcards:  # a round asks for few: one job writes them all
        batch = batch[int(job.wildcards["batch"]) :: job.settings.dft.batches]
    elements = sorted({s for site in prim.species for s in site} - {VACANCY})
    for element in without_hubbard(elements, settings):
        job.say(f"WARNING: {element} has no U in {settings.source}, where others of its kind have "
                "one; add it, or compare no energies across compositions")  # fmt: skip
    for empty in [o for o in batch if not holds_atoms(prim, o.occupation)]:
        job.say(f"{empty.id} holds no atoms and has no input set; its energy is zero")
        batch.remove(empty)
    # The sets are a store beside the batch's output: a killed job keeps those it wrote.
    root = Path(job.params.root)
    beforehand = _prerelaxation(job, prim)
    say_what_starts_alike(job, settings)
    written = 0
    for done, ordering in enumerate(batch):
        if beforehand is None:
            structure = calculation_cell(prim, ordering)
        else:
            structure = beforehand.structure(ordering, job.say)
        # Without the library: potentials are licensed, and these sets are there to be shared.
        written += write_input_set(
            root / ordering.id, structure, settings, ordering.cells,
            moments=starting_moments(job, structure, settings, ordering.id),
        )  # fmt: skip
        job.progress(done + 1, len(batch))
    with replacing(job.output.batch) as part, open(part, "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["id", "directory"])
        table.writerows([o.id, (root / o.id).as_posix()] for o in batch)
    job.say(f"{written} input sets written, {len(batch) - written} unchanged")
    job.say("POTCAR.spec names the potentials; a POTCAR is put together where VASP runs")


def say_what_starts_alike(job: Job, settings) -> None:
    """Name the elements whose oxidation states the settings give no moments for."""
    for element, some in states_of(job.settings.orderings.charges).items():
        if len(some) > 1 and not settings.of(element).oxidation_moments_muB:
            job.say(
                f"WARNING: {settings.source} has no species.{element}.oxidation_moments_muB: ions "
                f"of {element} start from {settings.of(element).magmom_muB:g} μB in every state"
            )


def starting_moments(job: Job, structure, settings, name: str) -> list[float] | None:
    """``[site]`` moments by charge balance where species have lists of states; else None."""
    states = states_of(job.settings.orderings.charges)
    if not mixed_valence(states):
        return None
    try:
        valences = balanced_valences(structure, states)
    except OrderingError as error:
        job.say(f"WARNING: {name} starts from the moments of its elements: {error}")
        return None
    return moments_of_valences(structure, valences, settings)


def _prerelaxation(job: Job, prim: Prim) -> Prerelaxation | None:
    """What relaxes the structures beforehand, if anything does."""
    how = job.settings.dft.prerelax
    if how is None:
        return None
    model = load_model(how.calculator, how.options, how.level, job.threads)
    job.say(f"structures are relaxed beforehand by {model.title}")
    return Prerelaxation(prim, model, how, Path(job.params.prerelaxed))


if "snakemake" in globals():
    run(main, snakemake)

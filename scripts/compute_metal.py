"""Compute the energy of the metal that voltages are measured against."""

from dataclasses import asdict

from navac.campaign.job import Job, run
from navac.energies.mlip.calculators import load_model
from navac.energies.mlip.metal import metal_reference
from navac.files import write_json


def main(job: Job) -> None:
    """Relax the elemental metal of the counted species by the model."""
    mlip = job.settings.energies.mlip
    model = load_model(mlip.calculator, mlip.options, mlip.level, job.threads)
    metal = metal_reference(job.settings.species, model, mlip)
    write_json(job.output.metal, asdict(metal))
    job.say(
        f"{metal.structure} {metal.element}: {metal.energy_eV_per_atom:.4f} eV per atom, "
        f"{metal.volume_A3_per_atom:.2f} Å³ ({metal.model})"
    )


if "snakemake" in globals():
    run(main, snakemake)

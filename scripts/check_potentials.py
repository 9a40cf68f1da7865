"""Find the potentials that VASP needs, and check that they are the published ones."""

from navac.campaign.job import Job, run
from navac.crystal.symmetry import read_crystal
from navac.files import write_json
from navac.vasp.potcar import find_potentials
from navac.vasp.settings import load_settings


def main(job: Job) -> None:
    """Write which potentials VASP will run with."""
    settings = load_settings(job.settings.dft.settings)
    prim, _ = read_crystal(job.input.prim)
    elements = {s for allowed in prim.species for s in allowed} & set(settings.species)
    found = {}
    if job.settings.energies.vasp.command is not None:
        paths = find_potentials(job.settings.dft.potcar_library, elements, settings)
        # Names and places only: the potentials themselves are licensed.
        found = {e: {"titel": settings.titel(e), "file": str(p)} for e, p in paths.items()}
    write_json(job.output.potentials, found)
    job.say(", ".join(p["titel"] for p in found.values()) or "none needed: VASP is not run")


if "snakemake" in globals():
    run(main, snakemake)

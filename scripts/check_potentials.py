"""Find the potentials that VASP needs, and check that they are the published ones."""

from navac.campaign.job import stage
from navac.crystal.prim import read_prim
from navac.files import write_json
from navac.vasp.inputs import load_settings
from navac.vasp.potcar import find_potentials

with stage(snakemake) as job:
    config = job.config
    settings = load_settings(config.dft.settings)
    prim = read_prim(snakemake.input.prim, [], config.prim.formula_units)
    elements = {s for allowed in prim.species for s in allowed} & set(settings.species)
    found = {}
    if config.energies.vasp.command is not None:
        paths = find_potentials(config.dft.potcar_library, elements, settings)
        # Names and places only: the potentials themselves are licensed.
        found = {e: {"titel": settings.of(e).titel, "file": str(p)} for e, p in paths.items()}
    write_json(snakemake.output.potentials, found)
    job.say(", ".join(p["titel"] for p in found.values()) or "none needed: nothing is run")

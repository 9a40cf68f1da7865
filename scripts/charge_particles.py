"""Charge particles, and map composition and stress in them."""

from pathlib import Path

import pandas as pd

from navac.campaign.job import Job, run
from navac.cell import maps, particle, solid
from navac.cell.file import read_sets
from navac.cell.packages import require
from navac.cell.tetrahedra import read_body
from navac.figures.style import note_figure, save
from navac.files import replacing

MICROMETRE = 1e-6


def main(job: Job) -> None:
    """Write tables of peaks, profiles, maps and a film."""
    require()
    settings, made = job.settings.cell, job.output
    sets = read_sets(job.input.parameters, job.input.beside)
    charges = {}
    for name, one in sets.items():
        charges[name] = particle.charge(one, settings.particle_rate_C, settings.mesh_radial)
        job.say(f"{name}: {charges[name].ended}")
    own = next(iter(sets.values()))
    bodies = {name: read_body(path, MICROMETRE) for name, path in settings.meshes.items()}
    solids = {}
    for name, body in bodies.items():
        solids[name] = body, solid.charge_solid(own, body, settings.particle_rate_C)
        job.say(f"{own.name} as {name}: charged")
    rows = [
        {"material": name, "particle": "sphere", "separates": charged.separates, **row}
        for name, charged in charges.items() for row in particle.peaks(charged)
    ] + [
        {"material": own.name, "separates": False, **row}
        for name, (_, states) in solids.items() for row in solid.peaks(name, states)
    ]  # fmt: skip
    with replacing(made.peaks) as part:
        pd.DataFrame(rows).to_csv(part, index=False, float_format="%.9g")
    profiles = pd.concat([profile(name, charged) for name, charged in charges.items()])
    with replacing(made.profiles) as part:
        profiles.to_csv(part, index=False, float_format="%.9g")
    look = {"width_mm": job.settings.figures.width_mm}
    for figure, path in (
        (maps.against_radius(charges, **look), made.radius_png),
        (maps.spheres(charges, **look), made.spheres_png),
        (maps.solids(solids, **look) if solids
         else note_figure(look["width_mm"], "no mesh of a particle is given"), made.solids_png),
    ):  # fmt: skip
        save(figure, Path(path).with_suffix(""))
    maps.film(charges, made.film, **look)


def profile(name: str, charged: particle.Charge) -> pd.DataFrame:
    """Composition and stress along the radius at the shares that are shown."""
    parts = []
    for share in particle.SHARES:
        k = charged.at(share)
        if k is not None:
            parts.append(pd.DataFrame({
                "material": name, "share": share, "radius_m": charged.radius, "x": charged.x[k],
                "hydrostatic_Pa": charged.hydrostatic[k], "von_mises_Pa": charged.von_mises[k],
            }))  # fmt: skip
    return pd.concat(parts) if parts else pd.DataFrame({"material": [name]})


if "snakemake" in globals():
    run(main, snakemake)

"""Write input for VASP and LOBSTER for named structures."""

from pathlib import Path

import numpy as np
import pandas as pd
from pymatgen.core import Structure

from navac import NavacError
from navac.campaign.job import Job, run
from navac.crystal.symmetry import read_crystal
from navac.electrons.inputs import lobster_input, write_lobster_input
from navac.files import replacing
from navac.vasp.settings import load_settings


def main(job: Job) -> None:
    """Write a folder per structure, and a list of them."""
    asked = job.settings.electrons
    settings = load_settings(job.settings.dft.settings)
    prim, _ = read_crystal(job.input.prim)
    volume = abs(np.linalg.det(prim.lattice))
    rows = []
    for name, path in asked.structures.items():
        folder = Path(job.params.root) / name
        try:
            structure = Structure.from_file(path)
            cells = max(1, round(structure.volume / volume))
            found = lobster_input(
                structure, settings, cells, asked.centres, asked.ligand, asked.within_A
            )
        except NavacError as error:
            job.say(f"WARNING: {name} is left out: {error}")
            continue
        write_lobster_input(folder, found, settings)
        rows.append({"name": name, "directory": folder.as_posix(), "atoms": len(structure),
                     "bands": found.bands})  # fmt: skip
        job.say(f"{name}: {len(structure)} atoms, {found.bands} bands and functions")
    with replacing(job.output.table) as part:
        pd.DataFrame(rows, columns=["name", "directory", "atoms", "bands"]).to_csv(
            part, index=False
        )
    job.say("VASP first, in each folder; then LOBSTER there, and its folder into electrons.outputs")


if "snakemake" in globals():
    run(main, snakemake)

"""Sum the bonds that LOBSTER lists, by atom and by calculation."""

from pathlib import Path

import pandas as pd

from navac.campaign.job import Job, run
from navac.electrons.bonds import BondingError, bond_table, read_calculation, shell_table, shells
from navac.figures.bonding import bonding_figure
from navac.figures.style import save
from navac.files import replacing


def main(job: Job) -> None:
    """Write the tables of bonds and of shells, and their figure."""
    asked = job.settings.electrons
    bonds, sums = [], []
    for name, folder in asked.outputs.items():
        try:
            some = list(
                shells(read_calculation(folder), asked.centres, asked.ligand, asked.within_A)
            )
            if not some:
                raise BondingError(
                    f"{folder}: no bond of {', '.join(asked.centres) or 'no element'} to "
                    f"{asked.ligand} within {asked.within_A:g} Å"
                )
        except BondingError as error:
            job.say(f"WARNING: {name} is left out: {error}")
            continue
        bonds.append(bond_table(name, some))
        sums.append(shell_table(name, some))
        mean = sums[-1].mean_of_calculation_eV.iloc[0]
        job.say(f"{name}: {len(some)} atoms, {mean:.3f} eV each in the mean")
    if not sums:
        raise BondingError("electrons.outputs: none of them can be used; see the log above")
    table = pd.concat(sums)
    for path, one in ((job.output.bonds, pd.concat(bonds)), (job.output.shells, table)):
        with replacing(path) as part:
            one.to_csv(part, index=False, float_format="%.6g")
    figure = bonding_figure(table, asked.ligand, width_mm=job.settings.figures.width_mm)
    save(figure, Path(job.output.pdf).with_suffix(""))


if "snakemake" in globals():
    run(main, snakemake)

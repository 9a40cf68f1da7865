"""Densities of states of calculations by VASP, a panel for each."""

from pathlib import Path

from navac.campaign.job import Job, run
from navac.electrons.bonds import BondingError
from navac.figures.density_of_states import dos_figure
from navac.figures.style import save
from navac.vasp.output import Calculation, CalculationError, read_calculation
from navac.vasp.report import write_dos


def readable(job: Job) -> dict[str, Calculation]:
    """The calculations that have densities of states; the others are named."""
    found = {}
    for name, folder in job.settings.electrons.states.items():
        try:
            one = read_calculation(folder)
        except CalculationError as error:
            job.say(f"WARNING: {name} is left out: {error}")
            continue
        if one.dos is None:
            job.say(f"WARNING: {name} is left out: {folder} has no projected density of states; "
                    "set LORBIT to 11 and run VASP again")  # fmt: skip
            continue
        found[name] = one
    return found


def main(job: Job) -> None:
    """Write the densities of states and their figure."""
    found = readable(job)
    if not found:
        raise BondingError("electrons.states: none of them can be used; see the log above")
    for name, one in found.items():
        gap = "unknown" if one.band_gap_eV is None else f"{one.band_gap_eV:.3f} eV"
        job.say(f"{name}: {one.functional}, gap {gap}")
    write_dos(job.output.states, found, job.provenance.to_json())
    titles = {name: f"{name} ({one.functional})" for name, one in found.items()}
    figure = dos_figure(job.output.states, titles, job.settings.figures.width_mm)
    save(figure, Path(job.output.pdf).with_suffix(""))


if "snakemake" in globals():
    run(main, snakemake)

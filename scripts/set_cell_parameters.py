"""Collect what particles and cells are computed from, with sources and uncertainties."""

from dataclasses import replace
from typing import Any

from pymatgen.core import Element

from navac.campaign.job import Job, run
from navac.cell.campaign import Evidence, Formula, beside_parameters, campaign_parameters
from navac.cell.file import read_parameters, write_parameters
from navac.cell.parameters import Parameters
from navac.cell.volumes import of_orderings
from navac.crystal.prim import Prim
from navac.crystal.symmetry import read_crystal
from navac.energies.table import read_energies
from navac.figures.labels import formula
from navac.files import write_json
from navac.orderings.structures import formula_at_fullest
from navac.results import schema
from navac.results.read import read_records


def formula_of(prim: Prim, settings: Any) -> Formula:
    """The formula unit that x counts the species of."""
    mass, x_full = formula_at_fullest(prim, settings.species)
    ranges = settings.ranges.values()
    return Formula(
        name=settings.about.material or formula(prim, settings.species),
        species=settings.species, x_full=x_full,
        mass_full=mass, mass_species=float(Element(settings.species).atomic_mass),
        ends=(min(r.x[0] for r in ranges), max(r.x[1] for r in ranges)),
    )  # fmt: skip


def main(job: Job) -> None:
    """Write the set of the campaign, and that of the material beside it, or null."""
    handed, settings = job.input, job.settings
    prim, _ = read_crystal(handed.prim)
    evidence = Evidence(
        curves=read_records(handed.voltage, schema.VoltageCurve),
        entropies=read_records(handed.diagram, schema.Entropy),
        boundaries=read_records(handed.diagram, schema.Boundary),
    )
    given = settings.cell.volumes_A3_per_fu
    relaxed = None if given else of_orderings(read_energies(handed.energies))
    own = campaign_parameters(settings.cell, formula_of(prim, settings), evidence, relaxed)
    write_parameters(job.output.parameters, own)
    say(job, own)
    if settings.cell.beside_file is not None:
        other = read_parameters(settings.cell.beside_file)
        if other.name == own.name:
            other = replace(other, name=f"{other.name}, other campaign")
    elif settings.cell.beside is not None:
        other = beside_parameters(settings.cell.beside, settings.species, own.temperature)
    else:
        write_json(job.output.beside, None)
        return
    write_parameters(job.output.beside, other)
    say(job, other)


def say(job: Job, found: Parameters) -> None:
    """A line about a set."""
    regions = len(list(found.open_circuit.regions()))
    job.say(
        f"{found.name}: {found.capacity:.1f} mAh/g from x = {found.window[0]:g} to "
        f"{found.window[1]:g}, {regions} two-phase regions at {found.temperature:g} K"
    )


if "snakemake" in globals():
    run(main, snakemake)

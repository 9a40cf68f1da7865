"""Write the interactive page of the campaign: phase diagram and voltage."""

from navac.campaign.job import Job, run
from navac.crystal.symmetry import read_crystal
from navac.figures.interactive import write_page
from navac.figures.labels import as_html, composition_label, electrode, formula


def main(job: Job) -> None:
    """Write one self-contained HTML file."""
    settings = job.settings
    prim, _ = read_crystal(job.input.prim)
    material = settings.about.material or formula(prim, settings.species)
    label = settings.figures.composition_label or composition_label(material)
    reference = settings.figures.reference_electrode
    write_page(
        job.input.diagram,
        job.input.voltage,
        job.output.page,
        title=settings.about.title or material,
        composition=as_html(label),
        reference=electrode(prim, settings.species) if reference is None else reference,
        signature=f"Energies: {settings.energies.title}" if settings.energies.title else "",
    )


if "snakemake" in globals():
    run(main, snakemake)

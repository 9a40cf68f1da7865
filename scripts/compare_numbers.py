"""Compare the campaign's numbers with the published ones."""

from navac.campaign.job import Job, run
from navac.crystal.symmetry import read_crystal
from navac.files import replacing
from navac.reproduction.evidence import Evidence
from navac.reproduction.table import page, score


def main(job: Job) -> None:
    """Write the table of numbers and the page that shows it."""
    handed = job.input
    prim, _ = read_crystal(handed.prim)
    evidence = Evidence.read(
        job.settings,
        prim.formula_units,
        diagram=handed.diagram or None,
        voltage=handed.voltage or None,
        energies=handed.energies,
        scores=dict(zip(job.params.fitted, handed.scores, strict=True)),
        interactions=dict(zip(job.params.ranges, handed.interactions, strict=True)),
        tables=dict(zip(job.params.tables, handed.tables, strict=True)),
    )
    table = score(evidence, handed.numbers).assign(energies=job.settings.energies.title)
    with replacing(job.output.table) as part:
        table.to_csv(part, index=False, float_format="%.6g")
    with replacing(job.output.page) as part:
        title = f"{job.settings.campaign}: published numbers"
        part.write_text(page(table, title), encoding="utf-8")
    for verdict, rows in table.groupby("verdict"):
        job.say(f"{len(rows)} {verdict}: {', '.join(rows.quantity)}")


if "snakemake" in globals():
    run(main, snakemake)

"""Compare the campaign's numbers with the published ones."""

from navac.campaign.job import stage
from navac.files import replacing
from navac.reproduction.evidence import Evidence
from navac.reproduction.table import page, score

with stage(snakemake) as job:
    config, given = job.config, snakemake.input
    evidence = Evidence.read(
        config,
        diagram=given.diagram,
        voltage=given.voltage,
        energies=given.energies,
        scores=dict(zip(snakemake.params.fitted, given.scores, strict=True)),
        interactions=dict(zip(config.ranges, given.interactions, strict=True)),
    )
    table = score(evidence, given.numbers)
    with replacing(snakemake.output.table) as part:
        table.to_csv(part, index=False, float_format="%.6g")
    with replacing(snakemake.output.page) as part:
        part.write_text(page(table, f"{config.campaign}: published numbers"), encoding="utf-8")
    for verdict, rows in table.groupby("verdict"):
        job.say(f"{len(rows)} {verdict}: {', '.join(rows.quantity)}")

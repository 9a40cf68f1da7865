"""Compare the campaign's numbers with the published ones."""

import h5py

from navac.campaign.job import stage
from navac.files import replacing
from navac.reproduction.measures import Evidence
from navac.reproduction.table import page, score

with stage(snakemake) as job:
    config, given = job.config, snakemake.input
    with h5py.File(given.diagram) as diagram, h5py.File(given.voltage) as voltage:
        evidence = Evidence.read(
            config, diagram, voltage, given.energies,
            dict(zip(snakemake.params.fitted, given.scores, strict=True)),
            dict(zip(config.ranges, given.interactions, strict=True)),
        )  # fmt: skip
        table = score(evidence, given.numbers)
    with replacing(snakemake.output.table) as part:
        table.to_csv(part, index=False, float_format="%.6g")
    with replacing(snakemake.output.page) as part:
        part.write_text(page(table, f"{config.campaign}: published numbers"), encoding="utf-8")
    for verdict, rows in table.groupby("verdict"):
        job.say(f"{len(rows)} {verdict}: {', '.join(rows.quantity)}")

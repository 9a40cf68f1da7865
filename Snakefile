import os
import sys

from navac.campaign.check import checked
from navac.config import ConfigError

# Another campaign replaces the default one; Snakemake alone would merge the two.
if not workflow.configfiles:

    configfile: "config/config.yaml"


report: "workflow/report/workflow.rst"


try:
    # Every problem of the configuration is reported here, before any job is planned.
    sources = " + ".join(os.path.relpath(f) for f in workflow.configfiles)
    campaign = checked(config, sources)
except ConfigError as error:
    sys.exit(str(error))

R = f"results/{campaign.campaign}"
RANGES = list(campaign.ranges)
IMPORTED = [name for name, r in campaign.ranges.items() if r.expansion_file]
FITTED = [name for name in RANGES if name not in IMPORTED]


wildcard_constraints:
    range="|".join(RANGES),
    batch=r"\d+",
    shard=r"\d+",


include: "workflow/rules/prim.smk"
include: "workflow/rules/orderings.smk"
include: "workflow/rules/dft.smk"
include: "workflow/rules/vasp.smk"
include: "workflow/rules/energies.smk"
include: "workflow/rules/ground_states.smk"
include: "workflow/rules/expansion.smk"
include: "workflow/rules/sampling.smk"
include: "workflow/rules/thermodynamics.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/reproduction.smk"


rule all:
    default_target: True
    input:
        rules.dft_inputs.input,
        rules.ground_states.output if campaign.energies.backend == "vasp" else [],
        rules.thermodynamics.output,
        rules.figures.input,
        rules.reproduction.output if NUMBERS else [],

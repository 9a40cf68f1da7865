# The workflow is in workflow/; this file lets Snakemake be started from the root.
include: "workflow/Snakefile"


rule campaign:
    default_target: True
    input:
        rules.all.input,

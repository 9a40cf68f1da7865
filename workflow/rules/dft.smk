rule dft_batch:
    message:
        "Writing VASP input sets, batch {wildcards.batch}"
    input:
        prim=rules.prim.output.prim,
        orderings=rules.orderings.output.orderings,
    output:
        batch=f"{R}/dft/batch-{{batch}}.csv",
    params:
        root=f"{R}/dft/inputs",
    log:
        f"{R}/logs/dft-{{batch}}.log",
    resources:
        mem_mb=2000,
        runtime=60,
    conda:
        "../../envs/navac.yaml"
    script:
        "../../scripts/write_dft_inputs.py"


rule dft_inputs:
    input:
        expand(rules.dft_batch.output.batch, batch=range(campaign.dft.batches)),

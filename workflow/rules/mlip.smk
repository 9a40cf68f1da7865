rule mlip_batch:
    input:
        prim=rules.prim.output.prim,
        orderings=rules.orderings.output.orderings,
        weights=campaign.energies.mlip.weights,
    output:
        results=f"{R}/energies/mlip-{{batch}}.csv",
    log:
        f"{R}/logs/mlip-{{batch}}.log",
    benchmark:
        f"{R}/benchmarks/mlip-{{batch}}.tsv"
    conda:
        "../../envs/mlip.yaml"
    threads: campaign.energies.mlip.cores
    resources:
        mem_mb=campaign.energies.mlip.memory_mb,
        runtime=round(60 * campaign.energies.mlip.hours),
    params:
        settings=depends.of("mlip_batch"),
        code=depends.code("mlip_batch"),
        execution=depends.execution("mlip_batch"),
        # Stores beside the output: Snakemake deletes the outputs of a job that failed.
        runs=f"{R}/energies/relaxations",
        structures=f"{R}/energies/relaxed",
    message:
        "Relaxing orderings by a model, batch {wildcards.batch}"
    script:
        "../../scripts/run_mlip_batch.py"


rule metal_reference:
    input:
        weights=campaign.energies.mlip.weights,
    output:
        metal=f"{R}/energies/metal.json",
    log:
        f"{R}/logs/metal.log",
    conda:
        "../../envs/mlip.yaml"
    threads: campaign.energies.mlip.cores
    resources:
        mem_mb=campaign.energies.mlip.memory_mb,
        runtime=30,
    params:
        settings=depends.of("metal_reference"),
        code=depends.code("metal_reference"),
        execution=depends.execution("metal_reference"),
    message:
        "Relaxing the metal of the reference electrode"
    script:
        "../../scripts/compute_metal.py"

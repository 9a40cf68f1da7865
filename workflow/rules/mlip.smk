rule mlip_batch:
    input:
        prim=rules.prim.output.prim,
        orderings=ENUMERATED,
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


use rule mlip_batch as round_mlip_batch with:
    input:
        prim=rules.prim.output.prim,
        orderings=ASKED,
        weights=campaign.energies.mlip.weights,
    output:
        results=f"{R}/energies/mlip-round-{{round}}-{{batch}}.csv",
    log:
        f"{R}/logs/mlip-round-{{round}}-{{batch}}.log",
    benchmark:
        f"{R}/benchmarks/mlip-round-{{round}}-{{batch}}.tsv"
    params:
        settings=depends.of("round_mlip_batch"),
        code=depends.code("round_mlip_batch"),
        execution=depends.execution("round_mlip_batch"),
        runs=f"{R}/energies/relaxations",
        structures=f"{R}/energies/relaxed",
    message:
        "Relaxing orderings by a model, round {wildcards.round}, batch {wildcards.batch}"


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

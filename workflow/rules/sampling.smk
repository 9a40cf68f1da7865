rule paths:
    message:
        "Deriving the sampled paths of {wildcards.range}"
    input:
        prim=rules.prim.output.prim,
        orderings=rules.orderings.output.orderings,
        eci=rules.expansion.output.eci,
    output:
        plan=f"{R}/sampling/{{range}}-paths.h5",
    log:
        f"{R}/logs/paths-{{range}}.log",
    resources:
        mem_mb=2000,
        runtime=10,
    conda:
        "../../envs/navac.yaml"
    script:
        "../../scripts/plan_paths.py"


rule sampling:
    message:
        "Sampling {wildcards.range}, share {wildcards.shard}"
    input:
        prim=rules.prim.output.prim,
        eci=rules.expansion.output.eci,
        plan=rules.paths.output.plan,
    output:
        record=f"{R}/sampling/{{range}}-{{shard}}.h5",
    params:
        # Grows beside the output; a job that was killed continues from it.
        record=f"{R}/sampling/unfinished/{{range}}-{{shard}}.h5",
    log:
        f"{R}/logs/sampling-{{range}}-{{shard}}.log",
    benchmark:
        f"{R}/benchmarks/sampling-{{range}}-{{shard}}.tsv"
    threads: campaign.sampling.threads
    resources:
        mem_mb=4000,
        runtime=24 * 60,
    conda:
        "../../envs/navac.yaml"
    script:
        "../../scripts/sample.py"

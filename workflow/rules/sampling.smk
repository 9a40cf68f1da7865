# The shares into which the paths are divided. In the protocol paper the few heating paths stay together.
SHARDS = range(campaign.sampling.shards)
SCANS = SHARDS if campaign.sampling.protocol == "paper" else []
HEATINGS = range(1) if SCANS else SHARDS


rule paths:
    input:
        orderings=ORDERINGS,
        expansion=rules.expansion.output.expansion,
    output:
        plan=f"{R}/sampling/{{range}}-paths.h5",
    log:
        f"{R}/logs/paths-{{range}}.log",
    conda:
        "../../envs/navac.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        settings=depends.of("paths"),
        code=depends.code("paths"),
        execution=depends.execution("paths"),
    message:
        "Deriving the sampled paths of {wildcards.range}"
    script:
        "../../scripts/plan_paths.py"


rule sampling:
    input:
        expansion=rules.expansion.output.expansion,
        plan=rules.paths.output.plan,
    output:
        record=f"{R}/sampling/{{range}}-{{shard}}.h5",
    log:
        f"{R}/logs/sampling-{{range}}-{{shard}}.log",
    benchmark:
        f"{R}/benchmarks/sampling-{{range}}-{{shard}}.tsv"
    conda:
        "../../envs/navac.yaml"
    threads: campaign.sampling.threads
    resources:
        mem_mb=4000,
        runtime=24 * 60,
    params:
        settings=depends.of("sampling"),
        code=depends.code("sampling"),
        execution=depends.execution("sampling"),
        # Grows beside the output; a job that was killed, or run again, continues from it.
        record=f"{R}/sampling/records/{{range}}-{{shard}}.h5",
        shards=len(HEATINGS),
    message:
        "Sampling {wildcards.range}, share {wildcards.shard}"
    script:
        "../../scripts/sample.py"


rule scanning:
    input:
        expansion=rules.expansion.output.expansion,
        plan=rules.paths.output.plan,
        heated=f"{R}/sampling/{{range}}-0.h5",
    output:
        record=f"{R}/sampling/{{range}}-scan-{{shard}}.h5",
    log:
        f"{R}/logs/scanning-{{range}}-{{shard}}.log",
    benchmark:
        f"{R}/benchmarks/scanning-{{range}}-{{shard}}.tsv"
    conda:
        "../../envs/navac.yaml"
    threads: campaign.sampling.threads
    resources:
        mem_mb=4000,
        runtime=24 * 60,
    params:
        settings=depends.of("scanning"),
        code=depends.code("scanning"),
        execution=depends.execution("scanning"),
        record=f"{R}/sampling/records/{{range}}-scan-{{shard}}.h5",
        shards=len(SCANS),
    message:
        "Scanning the chemical potential of {wildcards.range}, share {wildcards.shard}"
    script:
        "../../scripts/sample.py"

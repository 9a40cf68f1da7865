rule orderings:
    input:
        prim=rules.prim.output.prim,
        more=str(campaign.orderings.more) if campaign.orderings.more else [],
    output:
        orderings=ENUMERATED,
    log:
        f"{R}/logs/orderings.log",
    benchmark:
        f"{R}/benchmarks/orderings.tsv"
    conda:
        "../../envs/navac.yaml"
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        settings=depends.of("orderings"),
        code=depends.code("orderings"),
        execution=depends.execution("orderings"),
        drawn=f"{R}/orderings/drawn",
    message:
        "Enumerating symmetry-distinct orderings"
    script:
        "../../scripts/enumerate_orderings.py"

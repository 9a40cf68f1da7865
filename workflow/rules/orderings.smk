rule orderings:
    message:
        "Enumerating symmetry-distinct orderings"
    input:
        prim=rules.prim.output.prim,
    output:
        orderings=f"{R}/orderings/orderings.csv",
    log:
        f"{R}/logs/orderings.log",
    benchmark:
        f"{R}/benchmarks/orderings.tsv"
    resources:
        mem_mb=4000,
        runtime=60,
    conda:
        "../../envs/navac.yaml"
    script:
        "../../scripts/enumerate_orderings.py"

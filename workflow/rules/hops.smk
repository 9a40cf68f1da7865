rule hops:
    input:
        prim=rules.prim.output.prim,
        orderings=ORDERINGS,
        dft=DFT_FILE,
    output:
        hops=f"{R}/hops/hops.csv",
    log:
        f"{R}/logs/hops.log",
    conda:
        "../../envs/navac.yaml"
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        settings=depends.of("hops"),
        code=depends.code("hops"),
        execution=depends.execution("hops"),
        # A store beside the output: Snakemake deletes the outputs of a job that failed.
        root=f"{R}/hops/neb",
    message:
        "Listing hops"
    script:
        "../../scripts/list_hops.py"


rule barriers:
    input:
        prim=rules.prim.output.prim,
        orderings=ORDERINGS,
        weights=campaign.energies.mlip.weights,
    output:
        barriers=f"{R}/hops/barriers.csv",
        paths=f"{R}/hops/paths.csv",
        pdf=f"{R}/figures/barriers.pdf",
        png=report(
            f"{R}/figures/barriers.png",
            caption="../report/barriers.rst",
            category="Hops",
        ),
    log:
        f"{R}/logs/barriers.log",
    benchmark:
        f"{R}/benchmarks/barriers.tsv"
    conda:
        "../../envs/mlip.yaml"
    threads: campaign.energies.mlip.cores
    resources:
        mem_mb=campaign.energies.mlip.memory_mb,
        runtime=round(60 * campaign.energies.mlip.hours),
    params:
        settings=depends.of("barriers"),
        code=depends.code("barriers"),
        execution=depends.execution("barriers"),
    message:
        "Computing barriers of hops"
    script:
        "../../scripts/find_barriers.py"

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


# The table of barriers: one from elsewhere, the computed one, or none.
BARRIERS = (
    str(campaign.hops.barriers_file)
    if campaign.hops.barriers_file
    else rules.barriers.output.barriers if campaign.hops.barriers else []
)


rule valence:
    input:
        prim=rules.prim.output.prim,
        orderings=ORDERINGS,
        barriers=BARRIERS,
    output:
        percolation=f"{R}/hops/percolation.csv",
        hops=f"{R}/hops/valence.csv",
        cube=f"{R}/hops/valence.cube",
        pdf=f"{R}/figures/valence.pdf",
        png=report(
            f"{R}/figures/valence.png",
            caption="../report/valence.rst",
            category="Hops",
        ),
    log:
        f"{R}/logs/valence.log",
    conda:
        "../../envs/navac.yaml"
    resources:
        mem_mb=6000,
        runtime=60,
    params:
        settings=depends.of("valence"),
        code=depends.code("valence"),
        execution=depends.execution("valence"),
    message:
        "Mapping bond-valence energies"
    script:
        "../../scripts/map_valence.py"


rule diffusivity:
    input:
        prim=rules.prim.output.prim,
        barriers=BARRIERS,
    output:
        **diffusivities_alone(campaign.hops.temperatures_K),
        table=f"{R}/hops/diffusivity.csv",
        pdf=f"{R}/figures/diffusivity.pdf",
        png=report(
            f"{R}/figures/diffusivity.png",
            caption="../report/diffusivity.rst",
            category="Hops",
        ),
    log:
        f"{R}/logs/diffusivity.log",
    conda:
        "../../envs/navac.yaml"
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        settings=depends.of("diffusivity"),
        code=depends.code("diffusivity"),
        execution=depends.execution("diffusivity"),
    message:
        "Estimating diffusivities from barriers"
    script:
        "../../scripts/estimate_diffusivity.py"

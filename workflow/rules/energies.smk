rule energies:
    message:
        "Collecting energies from the {params.backend} backend"
    input:
        prim=rules.prim.output.prim,
        orderings=rules.orderings.output.orderings,
        tables=[r.published_eci for r in campaign.ranges.values() if r.published_eci],
    output:
        energies=f"{R}/energies/energies.csv",
    params:
        backend=campaign.energies.backend,
    log:
        f"{R}/logs/energies.log",
    resources:
        mem_mb=2000,
        runtime=60,
    conda:
        "../../envs/navac.yaml"
    script:
        "../../scripts/collect_energies.py"

rule thermodynamics:
    message:
        "Integrating free energies, finding boundaries and voltages"
    input:
        prim=rules.prim.output.prim,
        orderings=rules.orderings.output.orderings,
        energies=rules.energies.output.energies,
        ecis=expand(rules.expansion.output.eci, range=RANGES),
        plans=expand(rules.paths.output.plan, range=RANGES),
        records=expand(
            rules.sampling.output.record,
            range=RANGES,
            shard=range(campaign.sampling.shards),
        ),
    output:
        diagram=f"{R}/thermodynamics/phase_diagram.h5",
        voltage=f"{R}/thermodynamics/voltage.h5",
    log:
        f"{R}/logs/thermodynamics.log",
    resources:
        mem_mb=4000,
        runtime=60,
    conda:
        "../../envs/navac.yaml"
    script:
        "../../scripts/analyse.py"

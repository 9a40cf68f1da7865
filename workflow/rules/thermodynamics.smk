rule thermodynamics:
    input:
        prim=rules.prim.output.prim,
        orderings=rules.orderings.output.orderings,
        energies=rules.energies.output.energies,
        expansions=expand(rules.expansion.output.expansion, range=RANGES),
        plans=expand(f"{R}/sampling/{{sampled}}-paths.h5", sampled=SAMPLED),
        records=expand(
            f"{R}/sampling/{{sampled}}-{{shard}}.h5", sampled=SAMPLED, shard=HEATINGS
        ),
        scans=expand(
            f"{R}/sampling/{{sampled}}-scan-{{shard}}.h5", sampled=SAMPLED, shard=SCANS
        ),
    output:
        diagram=f"{R}/thermodynamics/phase_diagram.h5",
        voltage=f"{R}/thermodynamics/voltage.h5",
    log:
        f"{R}/logs/thermodynamics.log",
    conda:
        "../../envs/navac.yaml"
    resources:
        mem_mb=4000,
        runtime=60,
    message:
        "Integrating free energies, finding boundaries and voltages"
    script:
        "../../scripts/analyse.py"

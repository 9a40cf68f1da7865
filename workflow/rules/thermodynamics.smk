rule thermodynamics:
    input:
        prim=rules.prim.output.prim,
        orderings=ORDERINGS,
        energies=ENERGIES,
        metal=(
            rules.metal_reference.output.metal
            if campaign.energies.computes_metal
            else []
        ),
        expansions=expand(rules.expansion.output.expansion, range=RANGES),
        scores=expand(rules.expansion.output.scores, range=FITTED),
        covariances=(
            expand(rules.expansion.output.covariance, range=FITTED)
            if campaign.thermodynamics.expansion_uncertainty
            else []
        ),
        plans=expand(rules.paths.output.plan, range=RANGES),
        records=expand(
            rules.sampling.output.record,
            range=RANGES,
            shard=HEATINGS,
        ),
        scans=expand(rules.scanning.output.record, range=RANGES, shard=SCANS),
    output:
        diagram=f"{R}/thermodynamics/phase_diagram.h5",
        voltage=f"{R}/thermodynamics/voltage.h5",
        trust=f"{R}/trust.csv",
        page=report(
            f"{R}/trust.html",
            caption="../report/trust.rst",
            category="Trust",
        ),
    log:
        f"{R}/logs/thermodynamics.log",
    conda:
        "../../envs/navac.yaml"
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        settings=depends.of("thermodynamics"),
        code=depends.code("thermodynamics"),
        execution=depends.execution("thermodynamics"),
        ranges=RANGES,
        fitted=FITTED,
    message:
        "Integrating free energies, finding boundaries and voltages"
    script:
        "../../scripts/analyse.py"

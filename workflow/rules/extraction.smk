EXTRACTION = campaign.extraction


rule extraction:
    input:
        prim=rules.prim.output.prim,
        orderings=ORDERINGS,
        energies=ENERGIES,
        predicted=expand(rules.expansion.output.predicted, range=FITTED),
        metal=(
            rules.metal_reference.output.metal
            if campaign.energies.computes_metal
            else []
        ),
    output:
        contents=f"{R}/extraction/contents.csv",
        voltages=f"{R}/extraction/voltages.csv",
        capacities=f"{R}/extraction/capacities.csv",
        pdf=f"{R}/figures/extraction.pdf",
        png=report(
            f"{R}/figures/extraction.png",
            caption="../report/extraction.rst",
            category="0 K",
        ),
    log:
        f"{R}/logs/extraction.log",
    conda:
        "../../envs/navac.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=depends.of("extraction"),
        code=depends.code("extraction"),
        execution=depends.execution("extraction"),
    message:
        "Taking the inserted species out at 0 K"
    script:
        "../../scripts/extract_species.py"

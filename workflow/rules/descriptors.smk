DESCRIPTORS = campaign.descriptors


rule descriptors:
    input:
        prim=rules.prim.output.prim,
    output:
        entropies=f"{R}/descriptors/entropies.csv",
        descriptors=f"{R}/descriptors/descriptors.csv",
        pdf=f"{R}/figures/descriptors_entropies.pdf",
        png=report(
            f"{R}/figures/descriptors_entropies.png",
            caption="../report/descriptors_entropies.rst",
            category="Composition",
        ),
    log:
        f"{R}/logs/descriptors.log",
    conda:
        "../../envs/navac.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=depends.of("descriptors"),
        code=depends.code("descriptors"),
        execution=depends.execution("descriptors"),
    message:
        "Describing compositions"
    script:
        "../../scripts/describe_compositions.py"


rule screening:
    input:
        prim=rules.prim.output.prim,
    output:
        table=f"{R}/descriptors/screening.csv",
        pdf=f"{R}/figures/descriptors_screening.pdf",
        png=report(
            f"{R}/figures/descriptors_screening.png",
            caption="../report/descriptors_screening.rst",
            category="Composition",
        ),
    log:
        f"{R}/logs/screening.log",
    conda:
        "../../envs/navac.yaml"
    resources:
        mem_mb=1000,
        runtime=20,
    params:
        settings=depends.of("screening"),
        code=depends.code("screening"),
        execution=depends.execution("screening"),
    message:
        "Screening compositions"
    script:
        "../../scripts/screen_compositions.py"

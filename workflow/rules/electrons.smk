ELECTRONS = campaign.electrons


rule lobster_inputs:
    input:
        prim=rules.prim.output.prim,
        dft=DFT_FILE,
        structures=[str(path) for path in ELECTRONS.structures.values()],
    output:
        table=f"{R}/electrons/inputs.csv",
    log:
        f"{R}/logs/lobster-inputs.log",
    conda:
        "../../envs/navac.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=depends.of("lobster_inputs"),
        code=depends.code("lobster_inputs"),
        execution=depends.execution("lobster_inputs"),
        root=lambda wildcards, output: output.table.removesuffix(".csv"),
    message:
        "Writing input for VASP and LOBSTER"
    script:
        "../../scripts/write_lobster_inputs.py"


rule bonding:
    input:
        lists=lobster_lists(ELECTRONS.outputs.values()),
    output:
        bonds=f"{R}/electrons/bonds.csv",
        shells=f"{R}/electrons/shells.csv",
        pdf=f"{R}/figures/bonding.pdf",
        png=report(
            f"{R}/figures/bonding.png",
            caption="../report/bonding.rst",
            category="Electrons",
        ),
    log:
        f"{R}/logs/bonding.log",
    conda:
        "../../envs/navac.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=depends.of("bonding"),
        code=depends.code("bonding"),
        execution=depends.execution("bonding"),
    message:
        "Summing the bonds of LOBSTER"
    script:
        "../../scripts/sum_bonds.py"

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


rule states:
    input:
        runs=vasp_outputs(ELECTRONS.states.values()),
    output:
        states=f"{R}/electrons/states.h5",
        pdf=f"{R}/figures/states.pdf",
        png=report(
            f"{R}/figures/states.png",
            caption="../report/states.rst",
            category="Electrons",
        ),
    log:
        f"{R}/logs/states.log",
    conda:
        "../../envs/navac.yaml"
    resources:
        mem_mb=4000,
        runtime=20,
    params:
        settings=depends.of("states"),
        code=depends.code("states"),
        execution=depends.execution("states"),
    message:
        "Drawing densities of states"
    script:
        "../../scripts/draw_states.py"

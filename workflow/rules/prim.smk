rule prim:
    input:
        crystal=campaign.prim.file,
    output:
        prim=f"{R}/prim/prim.json",
    log:
        f"{R}/logs/prim.log",
    conda:
        "../../envs/navac.yaml"
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        settings=depends.of("prim"),
        code=depends.code("prim"),
        execution=depends.execution("prim"),
    message:
        "Reading the crystal and its symmetry"
    script:
        "../../scripts/write_prim.py"

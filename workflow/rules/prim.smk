rule prim:
    message:
        "Reading the crystal and its symmetry"
    input:
        crystal=campaign.prim.file,
    output:
        prim=f"{R}/prim/prim.json",
    log:
        f"{R}/logs/prim.log",
    resources:
        mem_mb=1000,
        runtime=5,
    conda:
        "../../envs/navac.yaml"
    script:
        "../../scripts/write_prim.py"

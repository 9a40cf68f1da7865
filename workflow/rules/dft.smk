# Settings of the user are a file, the shipped ones a part of the library.
DFT_FILE = [f for f in [campaign.dft.settings] if f and Path(f).is_file()]
# So are the weights of a model that relaxes beforehand.
PRERELAX = campaign.dft.prerelax


rule dft_batch:
    input:
        prim=rules.prim.output.prim,
        orderings=rules.orderings.output.orderings,
        dft=DFT_FILE,
        weights=PRERELAX.weights if PRERELAX else [],
    output:
        batch=f"{R}/dft/batch-{{batch}}.csv",
    log:
        f"{R}/logs/dft-{{batch}}.log",
    conda:
        "../../envs/mlip.yaml" if PRERELAX else "../../envs/navac.yaml"
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        settings=depends.of("dft_batch"),
        code=depends.code("dft_batch"),
        execution=depends.execution("dft_batch"),
        root=f"{R}/dft/inputs",
        prerelaxed=f"{R}/dft/prerelaxed",
    message:
        "Writing VASP input sets, batch {wildcards.batch}"
    script:
        "../../scripts/write_dft_inputs.py"


rule dft_inputs:
    input:
        expand(
            rules.dft_batch.output.batch,
            batch=range(campaign.dft.batches if campaign.dft.settings else 0),
        ),

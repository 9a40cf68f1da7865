# Settings of the user are a file, the shipped ones a part of the library; without any, no input
# sets are written.
DFT = campaign.dft.settings
DFT_FILE = [DFT] if DFT is not None and Path(DFT).is_file() else []
DFT_BATCHES = range(campaign.dft.batches) if DFT is not None else []
# The weights of a model that relaxes beforehand are a file too.
PRERELAX = campaign.dft.prerelax


rule dft_batch:
    input:
        prim=rules.prim.output.prim,
        orderings=ENUMERATED,
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


use rule dft_batch as round_dft_batch with:
    input:
        prim=rules.prim.output.prim,
        orderings=ASKED,
        dft=DFT_FILE,
        weights=PRERELAX.weights if PRERELAX else [],
    output:
        batch=f"{R}/dft/round-{{round}}.csv",
    log:
        f"{R}/logs/dft-round-{{round}}.log",
    params:
        settings=depends.of("round_dft_batch"),
        code=depends.code("round_dft_batch"),
        execution=depends.execution("round_dft_batch"),
        root=f"{R}/dft/inputs",
        prerelaxed=f"{R}/dft/prerelaxed",
    message:
        "Writing VASP input sets, round {wildcards.round}"


rule dft_inputs:
    input:
        expand(rules.dft_batch.output.batch, batch=DFT_BATCHES),

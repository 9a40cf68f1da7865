# Settings of the user are a file, the shipped ones a part of the library.
DFT_FILE = [campaign.dft.settings] if Path(campaign.dft.settings).is_file() else []


rule dft_batch:
    input:
        prim=rules.prim.output.prim,
        orderings=ENUMERATED,
        dft=DFT_FILE,
    output:
        batch=f"{R}/dft/batch-{{batch}}.csv",
    log:
        f"{R}/logs/dft-{{batch}}.log",
    conda:
        "../../envs/navac.yaml"
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        settings=depends.of("dft_batch"),
        code=depends.code("dft_batch"),
        execution=depends.execution("dft_batch"),
        root=f"{R}/dft/inputs",
    message:
        "Writing VASP input sets, batch {wildcards.batch}"
    script:
        "../../scripts/write_dft_inputs.py"


use rule dft_batch as round_dft_batch with:
    input:
        prim=rules.prim.output.prim,
        orderings=ASKED,
        dft=DFT_FILE,
    output:
        batch=f"{R}/dft/round-{{round}}.csv",
    log:
        f"{R}/logs/dft-round-{{round}}.log",
    params:
        settings=depends.of("round_dft_batch"),
        code=depends.code("round_dft_batch"),
        execution=depends.execution("round_dft_batch"),
        root=f"{R}/dft/inputs",
    message:
        "Writing VASP input sets, round {wildcards.round}"


rule dft_inputs:
    input:
        expand(rules.dft_batch.output.batch, batch=range(campaign.dft.batches)),

rule potentials:
    input:
        prim=rules.prim.output.prim,
        # All input is written before a missing potential can stop the campaign.
        inputs=rules.dft_inputs.input,
        dft=DFT_FILE,
    output:
        potentials=f"{R}/dft/potentials.json",
    log:
        f"{R}/logs/potentials.log",
    conda:
        "../../envs/navac.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=depends.of("potentials"),
        code=depends.code("potentials"),
        execution=depends.execution("potentials"),
    message:
        "Checking the potentials"
    script:
        "../../scripts/check_potentials.py"


rule vasp_batch:
    input:
        prim=rules.prim.output.prim,
        orderings=ENUMERATED,
        potentials=rules.potentials.output.potentials,
        dft=DFT_FILE,
    output:
        results=f"{R}/energies/vasp-{{batch}}.csv",
    log:
        f"{R}/logs/vasp-{{batch}}.log",
    benchmark:
        f"{R}/benchmarks/vasp-{{batch}}.tsv"
    conda:
        "../../envs/navac.yaml"
    threads: campaign.energies.vasp.cores
    resources:
        mem_mb=campaign.energies.vasp.memory_mb,
        runtime=round(60 * campaign.energies.vasp.hours),
    params:
        settings=depends.of("vasp_batch"),
        code=depends.code("vasp_batch"),
        execution=depends.execution("vasp_batch"),
        inputs=f"{R}/dft/inputs",
        # Stores beside the output: Snakemake deletes the outputs of a job that failed.
        runs=f"{R}/dft/runs",
        structures=f"{R}/dft/relaxed",
    message:
        "Running VASP, batch {wildcards.batch}"
    script:
        "../../scripts/run_vasp_batch.py"


use rule vasp_batch as round_vasp_batch with:
    input:
        prim=rules.prim.output.prim,
        orderings=ASKED,
        potentials=rules.potentials.output.potentials,
        inputs=rules.round_dft_batch.output.batch,
        dft=DFT_FILE,
    output:
        results=f"{R}/energies/vasp-round-{{round}}-{{batch}}.csv",
    log:
        f"{R}/logs/vasp-round-{{round}}-{{batch}}.log",
    benchmark:
        f"{R}/benchmarks/vasp-round-{{round}}-{{batch}}.tsv"
    params:
        settings=depends.of("round_vasp_batch"),
        code=depends.code("round_vasp_batch"),
        execution=depends.execution("round_vasp_batch"),
        inputs=f"{R}/dft/inputs",
        runs=f"{R}/dft/runs",
        structures=f"{R}/dft/relaxed",
    message:
        "Running VASP, round {wildcards.round}, batch {wildcards.batch}"

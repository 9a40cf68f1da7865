if campaign.energies.backend == "vasp":

    rule vasp_energies:
        input:
            results=expand(
                rules.vasp_batch.output.results,
                batch=range(campaign.energies.vasp.batches),
            )
            + vasp_of_rounds(max(ROUNDS, default=0)),
        output:
            energies=ENERGIES,
        log:
            f"{R}/logs/energies.log",
        conda:
            "../../envs/navac.yaml"
        resources:
            mem_mb=1000,
            runtime=10,
        params:
            settings=depends.of("vasp_energies"),
            code=depends.code("vasp_energies"),
            execution=depends.execution("vasp_energies"),
        message:
            "Collecting the energies of VASP"
        script:
            "../../scripts/collect_total_energies.py"

    use rule vasp_energies as round_vasp_energies with:
        input:
            results=lambda wildcards: expand(
                rules.vasp_batch.output.results,
                batch=range(campaign.energies.vasp.batches),
            )
            + vasp_of_rounds(int(wildcards.round)),
        output:
            energies=ROUND_ENERGIES,
        log:
            f"{R}/logs/energies-round-{{round}}.log",
        params:
            settings=depends.of("round_vasp_energies"),
            code=depends.code("round_vasp_energies"),
            execution=depends.execution("round_vasp_energies"),
        message:
            "Collecting the energies of VASP, round {wildcards.round}"

elif USER:

    rule user_energies:
        input:
            prim=rules.prim.output.prim,
            # Its ids may be named by a table; what is not computed is predicted.
            enumerated=ENUMERATED if campaign.enumerates else [],
            files=[str(path) for path in found_files(campaign.energies.user.files)],
        output:
            energies=ENERGIES,
            orderings=ORDERINGS,
            mapping=f"{R}/energies/mapping.csv",
        log:
            f"{R}/logs/energies.log",
        benchmark:
            f"{R}/benchmarks/energies.tsv"
        conda:
            "../../envs/navac.yaml"
        resources:
            mem_mb=4000,
            runtime=240,
        params:
            settings=depends.of("user_energies"),
            code=depends.code("user_energies"),
            execution=depends.execution("user_energies"),
        message:
            "Reading structures and energies from elsewhere"
        script:
            "../../scripts/read_user_energies.py"

elif campaign.energies.backend == "mlip":

    rule mlip_energies:
        input:
            results=expand(
                rules.mlip_batch.output.results,
                batch=range(campaign.energies.mlip.batches),
            )
            + relaxations_of_rounds(max(ROUNDS, default=0)),
        output:
            energies=ENERGIES,
        log:
            f"{R}/logs/energies.log",
        conda:
            "../../envs/navac.yaml"
        resources:
            mem_mb=1000,
            runtime=10,
        params:
            settings=depends.of("mlip_energies"),
            code=depends.code("mlip_energies"),
            execution=depends.execution("mlip_energies"),
        message:
            "Collecting the energies of the model"
        script:
            "../../scripts/collect_total_energies.py"

    use rule mlip_energies as round_mlip_energies with:
        input:
            results=lambda wildcards: expand(
                rules.mlip_batch.output.results,
                batch=range(campaign.energies.mlip.batches),
            )
            + relaxations_of_rounds(int(wildcards.round)),
        output:
            energies=ROUND_ENERGIES,
        log:
            f"{R}/logs/energies-round-{{round}}.log",
        params:
            settings=depends.of("round_mlip_energies"),
            code=depends.code("round_mlip_energies"),
            execution=depends.execution("round_mlip_energies"),
        message:
            "Collecting the energies of the model, round {wildcards.round}"

else:

    rule published_energies:
        input:
            prim=rules.prim.output.prim,
            orderings=ORDERINGS,
            tables=TABLES,
        output:
            energies=ENERGIES,
        log:
            f"{R}/logs/energies.log",
        conda:
            "../../envs/navac.yaml"
        resources:
            mem_mb=2000,
            runtime=60,
        params:
            settings=depends.of("published_energies"),
            code=depends.code("published_energies"),
            execution=depends.execution("published_energies"),
        message:
            "Collecting energies of published expansions"
        script:
            "../../scripts/collect_energies.py"

    use rule published_energies as round_published_energies with:
        input:
            prim=rules.prim.output.prim,
            orderings=lambda wildcards: known_orderings(int(wildcards.round)),
            tables=TABLES,
        output:
            energies=ROUND_ENERGIES,
        log:
            f"{R}/logs/energies-round-{{round}}.log",
        params:
            settings=depends.of("round_published_energies"),
            code=depends.code("round_published_energies"),
            execution=depends.execution("round_published_energies"),
        message:
            "Collecting energies of published expansions, round {wildcards.round}"

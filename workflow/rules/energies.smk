# Whatever they come from, energies are one table.
ENERGIES = f"{R}/energies/energies.csv"
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
            "../../scripts/collect_vasp_energies.py"

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

TABLES = [
    table
    for r in campaign.ranges.values()
    for table in (r.published_eci, r.expansion_file)
    if table
]

if campaign.energies.backend == "vasp":

    rule vasp_energies:
        input:
            results=expand(
                rules.vasp_batch.output.results,
                batch=range(campaign.energies.vasp.batches),
            ),
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
            ),
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
            "../../scripts/collect_mlip_energies.py"

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

if campaign.energies.backend == "vasp":

    rule energies:
        input:
            results=expand(
                rules.vasp_batch.output.results,
                batch=range(campaign.energies.vasp.batches),
            ),
        output:
            energies=f"{R}/energies/energies.csv",
        log:
            f"{R}/logs/energies.log",
        conda:
            "../../envs/navac.yaml"
        resources:
            mem_mb=1000,
            runtime=10,
        message:
            "Collecting the energies of VASP"
        script:
            "../../scripts/collect_vasp_energies.py"

else:

    rule energies:
        input:
            prim=rules.prim.output.prim,
            orderings=rules.orderings.output.orderings,
            tables=[
                r.published_eci or r.expansion_file
                for r in campaign.ranges.values()
                if r.published_eci or r.expansion_file
            ],
        output:
            energies=f"{R}/energies/energies.csv",
        log:
            f"{R}/logs/energies.log",
        conda:
            "../../envs/navac.yaml"
        resources:
            mem_mb=2000,
            runtime=60,
        params:
            backend=campaign.energies.backend,
        message:
            "Collecting energies from the {params.backend} backend"
        script:
            "../../scripts/collect_energies.py"

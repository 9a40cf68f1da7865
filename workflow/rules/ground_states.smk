if campaign.energies.backend == "vasp":

    rule ground_states:
        input:
            prim=rules.prim.output.prim,
            orderings=ORDERINGS,
            potentials=rules.potentials.output.potentials,
            energies=ENERGIES,
            dft=DFT_FILE,
        output:
            cells=f"{R}/energies/ground_states.csv",
            ions=f"{R}/energies/ground_state_ions.csv",
            dos=f"{R}/energies/ground_states_dos.h5",
            pdf=f"{R}/figures/density_of_states.pdf",
            png=report(
                f"{R}/figures/density_of_states.png",
                caption="../report/density_of_states.rst",
                category="0 K",
            ),
        log:
            f"{R}/logs/ground-states.log",
        benchmark:
            f"{R}/benchmarks/ground-states.tsv"
        conda:
            "../../envs/navac.yaml"
        threads: campaign.energies.vasp.cores
        resources:
            mem_mb=campaign.energies.vasp.memory_mb,
            runtime=round(60 * campaign.energies.vasp.hours),
        params:
            settings=depends.of("ground_states"),
            code=depends.code("ground_states"),
            execution=depends.execution("ground_states"),
            runs=f"{R}/dft/runs",
            follow_ups=f"{R}/dft/follow_ups",
        message:
            "Static calculations and densities of states of the ground states"
        script:
            "../../scripts/report_ground_states.py"

rule ensemble:
    input:
        prim=rules.prim.output.prim,
        expansion=f"{R}/expansion/{campaign.ensemble_range}_expansion.json",
        before=run_before,
    output:
        record=f"{R}/ensembles/{{run}}.h5",
    log:
        f"{R}/logs/ensemble-{{run}}.log",
    benchmark:
        f"{R}/benchmarks/ensemble-{{run}}.tsv"
    conda:
        "../../envs/navac.yaml"
    threads: campaign.sampling.threads
    resources:
        mem_mb=campaign.sampling.memory_mb or 4000,
        runtime=24 * 60,
    params:
        settings=depends.of("ensemble"),
        code=depends.code("ensemble"),
        execution=depends.execution("ensemble"),
        # Finished conditions; a job that was killed, or run again, continues from them.
        records=f"{R}/ensembles/records/{{run}}",
    message:
        "Sampling the run {wildcards.run}"
    script:
        "../../scripts/sample_ensemble.py"


rule ensemble_report:
    input:
        prim=rules.prim.output.prim,
        record=rules.ensemble.output.record,
        energies=ENERGIES,
        metal=(
            rules.metal_reference.output.metal
            if campaign.exchanges and campaign.energies.computes_metal
            else []
        ),
    output:
        means=f"{R}/ensembles/{{run}}.csv",
        order=f"{R}/ensembles/{{run}}_order.csv",
        states=f"{R}/ensembles/{{run}}_states.csv",
        order_pdf=f"{R}/figures/ensemble_{{run}}_order.pdf",
        order_png=report(
            f"{R}/figures/ensemble_{{run}}_order.png",
            caption="../report/ensemble_order.rst",
            category="Ensembles",
        ),
        states_pdf=f"{R}/figures/ensemble_{{run}}_states.pdf",
        states_png=report(
            f"{R}/figures/ensemble_{{run}}_states.png",
            caption="../report/ensemble_states.rst",
            category="Ensembles",
        ),
    log:
        f"{R}/logs/ensemble_report-{{run}}.log",
    conda:
        "../../envs/navac.yaml"
    resources:
        mem_mb=2000,
        runtime=20,
    params:
        settings=depends.of("ensemble_report"),
        code=depends.code("ensemble_report"),
        execution=depends.execution("ensemble_report"),
    message:
        "Tables and figures of the run {wildcards.run}"
    script:
        "../../scripts/report_ensemble.py"


rule ensemble_voltages:
    input:
        prim=rules.prim.output.prim,
        means=expand(rules.ensemble_report.output.means, run=EXCHANGED),
    output:
        curves=f"{R}/ensembles/voltages.csv",
        steps=f"{R}/ensembles/steps.csv",
        pdf=f"{R}/figures/ensemble_voltages.pdf",
        png=report(
            f"{R}/figures/ensemble_voltages.png",
            caption="../report/ensemble_voltages.rst",
            category="Ensembles",
        ),
    log:
        f"{R}/logs/ensemble_voltages.log",
    conda:
        "../../envs/navac.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=depends.of("ensemble_voltages"),
        code=depends.code("ensemble_voltages"),
        execution=depends.execution("ensemble_voltages"),
        runs=EXCHANGED,
    message:
        "Voltages of the runs beside each other"
    script:
        "../../scripts/compare_ensembles.py"

rule expansion:
    input:
        prim=rules.prim.output.prim,
        orderings=rules.orderings.output.orderings,
        energies=rules.energies.output.energies,
    output:
        eci=f"{R}/expansion/{{range}}.csv",
        predicted=f"{R}/expansion/{{range}}_energies.csv",
        covariance=f"{R}/expansion/{{range}}_covariance.h5",
        scores=f"{R}/expansion/{{range}}.json",
    log:
        f"{R}/logs/expansion-{{range}}.log",
    benchmark:
        f"{R}/benchmarks/expansion-{{range}}.tsv"
    conda:
        "../../envs/navac.yaml"
    resources:
        mem_mb=2000,
        runtime=30,
    message:
        "Fitting the cluster expansion of {wildcards.range}"
    script:
        "../../scripts/fit_expansion.py"

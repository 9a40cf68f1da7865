rule expansion:
    input:
        prim=rules.prim.output.prim,
        orderings=rules.orderings.output.orderings,
        energies=rules.energies.output.energies,
    output:
        eci=f"{R}/expansion/{{range}}.csv",
        expansion=f"{R}/expansion/{{range}}_expansion.json",
        predicted=f"{R}/expansion/{{range}}_energies.csv",
        covariance=f"{R}/expansion/{{range}}_covariance.h5",
        scores=f"{R}/expansion/{{range}}.json",
    log:
        f"{R}/logs/expansion-{{range}}.log",
    benchmark:
        f"{R}/benchmarks/expansion-{{range}}.tsv"
    wildcard_constraints:
        # An empty pattern would match anything; (?!) matches nothing.
        range="|".join(FITTED) or "(?!)",
    conda:
        "../../envs/navac.yaml"
    resources:
        mem_mb=2000,
        runtime=30,
    message:
        "Fitting the cluster expansion of {wildcards.range}"
    script:
        "../../scripts/fit_expansion.py"


rule imported_expansion:
    input:
        prim=rules.prim.output.prim,
        expansion=lambda wildcards: campaign.ranges[wildcards.range].expansion_file,
    output:
        eci=f"{R}/expansion/{{range}}.csv",
        expansion=f"{R}/expansion/{{range}}_expansion.json",
    log:
        f"{R}/logs/expansion-{{range}}.log",
    wildcard_constraints:
        range="|".join(IMPORTED) or "(?!)",
    conda:
        "../../envs/navac.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    message:
        "Reading the cluster expansion of {wildcards.range}"
    script:
        "../../scripts/import_expansion.py"

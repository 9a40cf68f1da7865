rule expansion:
    input:
        prim=rules.prim.output.prim,
        orderings=ORDERINGS,
        energies=ENERGIES,
        published=lambda wildcards: campaign.ranges[wildcards.range].published_eci or [],
    output:
        eci=f"{R}/expansion/{{range}}.csv",
        expansion=f"{R}/expansion/{{range}}_expansion.json",
        predicted=f"{R}/expansion/{{range}}_energies.csv",
        hull=f"{R}/expansion/{{range}}_hull.csv",
        order=f"{R}/expansion/{{range}}_order.csv",
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
    params:
        settings=depends.of("expansion"),
        code=depends.code("expansion"),
        execution=depends.execution("expansion"),
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
    params:
        settings=depends.of("imported_expansion"),
        code=depends.code("imported_expansion"),
        execution=depends.execution("imported_expansion"),
    message:
        "Reading the cluster expansion of {wildcards.range}"
    script:
        "../../scripts/import_expansion.py"

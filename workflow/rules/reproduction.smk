NUMBERS = campaign.reproduction.published_numbers
# Measures that need more than diagrams and expansions: the name of each table, and its file.
TABLES = {name: f"{R}/{name}.csv" for name in MEASURED} | (
    {"hops/barriers": BARRIERS} if BARRIERS else {}
)


rule reproduction:
    input:
        numbers=NUMBERS or [],
        prim=rules.prim.output.prim,
        energies=ENERGIES,
        interactions=expand(rules.expansion.output.eci, range=RANGES),
        scores=expand(rules.expansion.output.scores, range=FITTED),
        # A campaign may end with its expansion.
        diagram=rules.thermodynamics.output.diagram if campaign.samples else [],
        voltage=rules.thermodynamics.output.voltage if campaign.samples else [],
        tables=list(TABLES.values()),
    output:
        table=f"{R}/reproduction.csv",
        page=report(
            f"{R}/reproduction.html",
            caption="../report/reproduction.rst",
            category="Reproduction",
        ),
    log:
        f"{R}/logs/reproduction.log",
    conda:
        "../../envs/navac.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=depends.of("reproduction"),
        code=depends.code("reproduction"),
        execution=depends.execution("reproduction"),
        ranges=RANGES,
        fitted=FITTED,
        tables=list(TABLES),
    message:
        "Comparing with the published numbers"
    script:
        "../../scripts/compare_numbers.py"

NUMBERS = campaign.reproduction.published_numbers


rule reproduction:
    input:
        numbers=NUMBERS or [],
        energies=rules.energies.output.energies,
        interactions=expand(rules.expansion.output.eci, range=RANGES),
        scores=expand(rules.expansion.output.scores, range=FITTED),
        diagram=rules.thermodynamics.output.diagram,
        voltage=rules.thermodynamics.output.voltage,
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
        fitted=FITTED,
    message:
        "Comparing with the published numbers"
    script:
        "../../scripts/compare_numbers.py"

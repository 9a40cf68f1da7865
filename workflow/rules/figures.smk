SOURCES = {
    # figure: (what it is drawn from, where the report lists it)
    "mixing_energies": (ENERGIES, "0 K"),
}
SAMPLED = {
    "phase_diagram": (rules.thermodynamics.output.diagram, "Phases"),
    "uncertainty": (rules.thermodynamics.output.diagram, "Phases"),
    "order": (rules.thermodynamics.output.diagram, "Phases"),
    "heat_capacity": (rules.thermodynamics.output.diagram, "Phases"),
    "entropy": (rules.thermodynamics.output.diagram, "Phases"),
    "voltage": (rules.thermodynamics.output.voltage, "Electrode"),
    "occupancies": (rules.thermodynamics.output.voltage, "Electrode"),
}

if campaign.samples:
    SOURCES |= SAMPLED

if FITTED:
    SOURCES |= {
        "expansion_errors": (
            expand(rules.expansion.output.predicted, range=FITTED),
            "Expansion",
        ),
        "interactions": (
            expand(rules.expansion.output.eci, range=FITTED)
            + expand(rules.expansion.output.covariance, range=FITTED),
            "Expansion",
        ),
        "short_range_order": (
            expand(rules.expansion.output.order, range=FITTED)
            + expand(rules.expansion.output.hull, range=FITTED),
            "Expansion",
        ),
    }

if campaign.rounds.max:
    SOURCES["rounds"] = (
        [rules.rounds.output.scores, rules.rounds.output.states],
        "Rounds",
    )

# A rule per figure and not one with a wildcard: captions cannot have wildcards.
for figure, (data, category) in SOURCES.items():

    rule:
        name:
            f"figure_{figure}"
        input:
            data=data,
            prim=rules.prim.output.prim,
        output:
            pdf=f"{R}/figures/{figure}.pdf",
            png=report(
                f"{R}/figures/{figure}.png",
                caption=f"../report/{figure}.rst",
                category=category,
            ),
            csv=f"{R}/figures/{figure}.csv",
        log:
            f"{R}/logs/figure-{figure}.log",
        conda:
            "../../envs/navac.yaml"
        resources:
            mem_mb=1000,
            runtime=10,
        params:
            settings=depends.of(f"figure_{figure}"),
            code=depends.code(f"figure_{figure}"),
            execution=depends.execution(f"figure_{figure}"),
            figure=figure,
        message:
            f"Drawing {figure}"
        script:
            "../../scripts/draw_figures.py"


rule figure_interactive:
    input:
        diagram=rules.thermodynamics.output.diagram,
        voltage=rules.thermodynamics.output.voltage,
        prim=rules.prim.output.prim,
    output:
        page=report(
            f"{R}/figures/interactive.html",
            caption="../report/interactive.rst",
            category="Phases",
        ),
    log:
        f"{R}/logs/figure-interactive.log",
    conda:
        "../../envs/navac.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=depends.of("figure_interactive"),
        code=depends.code("figure_interactive"),
        execution=depends.execution("figure_interactive"),
    message:
        "Writing the interactive phase diagram"
    script:
        "../../scripts/draw_page.py"


rule figures:
    input:
        expand(
            f"{R}/figures/{{figure}}.{{kind}}",
            figure=SOURCES,
            kind=("pdf", "png", "csv"),
        ),
        rules.figure_interactive.output.page if campaign.samples else [],

FIGURES = {
    # figure: (what it is drawn from, where the report lists it)
    "mixing_energies": (rules.energies.output.energies, "0 K"),
    "phase_diagram": (rules.thermodynamics.output.diagram, "Phases"),
    "heat_capacity": (rules.thermodynamics.output.diagram, "Phases"),
    "entropy": (rules.thermodynamics.output.diagram, "Phases"),
    "voltage": (rules.thermodynamics.output.voltage, "Electrode"),
    "occupancies": (rules.thermodynamics.output.voltage, "Electrode"),
}


rule figure:
    input:
        data=lambda w: FIGURES[w.figure][0],
        prim=rules.prim.output.prim,
    output:
        pdf=f"{R}/figures/{{figure}}.pdf",
        png=report(
            f"{R}/figures/{{figure}}.png",
            caption="../report/{figure}.rst",
            category=lambda w: FIGURES[w.figure][1],
        ),
    log:
        f"{R}/logs/figure-{{figure}}.log",
    wildcard_constraints:
        figure="|".join(FIGURES),
    conda:
        "../../envs/navac.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    message:
        "Drawing {wildcards.figure}"
    script:
        "../../scripts/draw_figures.py"


rule figures:
    input:
        expand(rules.figure.output, figure=FIGURES),

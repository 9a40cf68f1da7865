CELL = campaign.cell
# Files that the numbers of the section cell are read from.
CELL_FILES = [
    str(file)
    for file in (
        CELL.open_circuit_file,
        CELL.diffusivity_file,
        CELL.beside_file,
        CELL.beside.open_circuit_file if CELL.beside else None,
        CELL.beside.diffusivity_file if CELL.beside else None,
    )
    if file
]
# Figures of cells, and of particles, with their formats.
CELL_FIGURES = ("voltage", "rates", "titration")
PARTICLE_FIGURES = ("radius", "spheres", "solids")


rule cell_parameters:
    input:
        prim=rules.prim.output.prim,
        energies=ENERGIES,
        diagram=rules.thermodynamics.output.diagram,
        voltage=rules.thermodynamics.output.voltage,
        files=CELL_FILES,
    output:
        parameters=f"{R}/cell/parameters.json",
        beside=f"{R}/cell/beside.json",
    log:
        f"{R}/logs/cell-parameters.log",
    conda:
        "../../envs/navac.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=depends.of("cell_parameters"),
        code=depends.code("cell_parameters"),
        execution=depends.execution("cell_parameters"),
    message:
        "Collecting the parameters of the active material"
    script:
        "../../scripts/set_cell_parameters.py"


rule cell_cycling:
    input:
        parameters=rules.cell_parameters.output.parameters,
        beside=rules.cell_parameters.output.beside,
    output:
        **cell_figures(CELL_FIGURES),
        bpx=f"{R}/cell/bpx.json",
        rates=f"{R}/cell/rates.csv",
        curves=f"{R}/cell/curves.csv",
        titration=f"{R}/cell/titration.csv",
    log:
        f"{R}/logs/cell-cycling.log",
    benchmark:
        f"{R}/benchmarks/cell-cycling.tsv"
    conda:
        "../../envs/cell.yaml"
    resources:
        mem_mb=3000,
        runtime=60,
    params:
        settings=depends.of("cell_cycling"),
        code=depends.code("cell_cycling"),
        execution=depends.execution("cell_cycling"),
    message:
        "Charging and discharging cells"
    script:
        "../../scripts/cycle_cell.py"


rule cell_particles:
    input:
        parameters=rules.cell_parameters.output.parameters,
        beside=rules.cell_parameters.output.beside,
        meshes=[str(mesh) for mesh in CELL.meshes.values()],
    output:
        **cell_figures(PARTICLE_FIGURES),
        peaks=f"{R}/cell/particles.csv",
        profiles=f"{R}/cell/profiles.csv",
        film=f"{R}/figures/cell_film.gif",
    log:
        f"{R}/logs/cell-particles.log",
    benchmark:
        f"{R}/benchmarks/cell-particles.tsv"
    conda:
        "../../envs/cell.yaml"
    resources:
        mem_mb=3000,
        runtime=60,
    params:
        settings=depends.of("cell_particles"),
        code=depends.code("cell_particles"),
        execution=depends.execution("cell_particles"),
    message:
        "Charging particles"
    script:
        "../../scripts/charge_particles.py"


rule cell_sensitivity:
    input:
        parameters=rules.cell_parameters.output.parameters,
        beside=rules.cell_parameters.output.beside,
    output:
        sensitivity=f"{R}/cell/sensitivity.csv",
        uncertainty=f"{R}/cell/uncertainty.csv",
    log:
        f"{R}/logs/cell-sensitivity.log",
    benchmark:
        f"{R}/benchmarks/cell-sensitivity.tsv"
    conda:
        "../../envs/cell.yaml"
    resources:
        mem_mb=3000,
        runtime=60,
    params:
        settings=depends.of("cell_sensitivity"),
        code=depends.code("cell_sensitivity"),
        execution=depends.execution("cell_sensitivity"),
    message:
        "Varying the parameters of cells and particles"
    script:
        "../../scripts/vary_cell_parameters.py"

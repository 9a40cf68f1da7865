"""Static calculations and densities of states of the ground states, and tables of them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from navac.campaign.batch import begin, compute
from navac.campaign.job import Job, run
from navac.crystal.symmetry import read_crystal
from navac.energies.store import Store
from navac.energies.table import read_energies
from navac.figures.density_of_states import dos_figure
from navac.figures.style import save
from navac.files import replacing
from navac.orderings.ordering import Ordering, read_orderings
from navac.orderings.structures import holds_atoms
from navac.vasp.backend import VaspBackend
from navac.vasp.files import CalculationError
from navac.vasp.inputs import write_input_set
from navac.vasp.output import Calculation, read_calculation
from navac.vasp.report import cell_row, hull_orderings, ion_rows, report_tables, write_dos
from navac.vasp.settings import VaspSettings, load_settings


def main(job: Job) -> None:
    """Compute the ground states once more, and write their tables, densities and figure."""
    started = begin()
    vasp = job.settings.energies.vasp | job.execution.energies.vasp
    settings = load_settings(job.settings.dft.settings)
    prim, _ = read_crystal(job.input.prim)
    units = prim.formula_units
    orderings = {o.id: o for o in read_orderings(job.input.orderings)}
    table = read_energies(job.input.energies)
    names = hull_orderings(table, {n: r.x for n, r in job.settings.ranges.items()}, units)
    names = [n for n in names if holds_atoms(prim, orderings[n].occupation)]
    relaxed = {n: read_calculation(Path(job.params.runs) / n) for n in names}
    latest = dict(relaxed)
    for follow_up in settings.follow_ups:
        root = Path(job.params.follow_ups) / follow_up
        for name, found in relaxed.items():
            write_input_set(
                root / "inputs" / name, found.structure, settings, orderings[name].cells,
                follow_up=follow_up, moments=found.moments,
            )  # fmt: skip
        store = Store(root / "runs")
        backend = VaspBackend(root / "inputs", settings, vasp, job.settings.dft.potcar_library)
        compute(job, store, follow_up, backend, [orderings[n] for n in names], started)
        for name in names:
            try:
                latest[name] = read_calculation(store.directory(name))
            except CalculationError as error:
                job.say(f"{follow_up} of {name} is missing from the tables: {error}")
    _write_tables(job, settings, [orderings[n] for n in names], relaxed, latest, units)
    write_dos(job.output.dos, latest, job.provenance.to_json())
    titles = {n: f"x = {orderings[n].x:g}" for n in names}
    figure = dos_figure(job.output.dos, titles, job.settings.figures.width_mm)
    save(figure, Path(job.output.pdf).with_suffix(""))
    job.say(f"{len(names)} ground states: {', '.join(names)}")


def _write_tables(
    job: Job,
    settings: VaspSettings,
    states: Sequence[Ordering],
    relaxed: Mapping[str, Calculation],
    latest: Mapping[str, Calculation],
    units: int,
) -> None:
    """Cells from the latest calculations, ions from the relaxed structures."""
    tolerance = job.settings.energies.vasp.symmetry_tolerance_A
    known = [{"id": o.id, "x": o.x} for o in states]
    cells = [
        k | cell_row(latest[o.id], o.cells * units, tolerance)
        for k, o in zip(known, states, strict=True)
    ]
    ions = [k | row for k in known for row in ion_rows(relaxed[k["id"]], settings)]
    for output, rows in ((job.output.cells, cells), (job.output.ions, ions)):
        with replacing(output) as part:
            report_tables(rows).to_csv(part, index=False)


if "snakemake" in globals():
    run(main, snakemake)

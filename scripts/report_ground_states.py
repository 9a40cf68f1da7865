"""Static calculations and densities of states of the ground states, and tables of them."""

import signal
import sys
import time
from pathlib import Path

from navac.campaign.job import stage
from navac.crystal.prim import read_prim
from navac.energies.table import read_energies
from navac.figures.density_of_states import dos_figure
from navac.figures.style import save
from navac.files import replacing
from navac.orderings.ordering import read_orderings
from navac.vasp.batch import Batch
from navac.vasp.inputs import load_settings, write_input_set
from navac.vasp.output import CalculationError, read_calculation
from navac.vasp.report import cell_row, hull_orderings, ion_rows, report_tables, write_dos
from navac.vasp.store import Store

signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))
started = time.time()
with stage(snakemake) as job:
    config, vasp = job.config, job.config.energies.vasp
    settings = load_settings(config.dft.settings)
    units = read_prim(snakemake.input.prim, [], config.prim.formula_units).formula_units
    orderings = {o.id: o for o in read_orderings(snakemake.input.orderings)}
    table = read_energies(snakemake.input.energies)
    names = hull_orderings(table, {n: r.x for n, r in config.ranges.items()}, units)
    relaxed = {n: read_calculation(Path(snakemake.params.runs) / n) for n in names}
    latest = dict(relaxed)
    for follow_up in settings.follow_ups:
        root = Path(snakemake.params.follow_ups) / follow_up
        for name, found in relaxed.items():
            write_input_set(
                root / "inputs" / name, found.structure, settings, orderings[name].cells,
                follow_up=follow_up, moments=found.moments,
            )  # fmt: skip
        store = Store(root / "runs")
        batch = Batch(
            store, root / "inputs", settings, vasp, config.dft.potcar_library,
            ends_at=started + 3600 * vasp.hours,
        )  # fmt: skip
        with store.batch(follow_up):
            batch.run(names, say=job.say, progress=job.progress)
        for name in names:
            try:
                latest[name] = read_calculation(store.directory(name))
            except CalculationError as error:
                job.say(f"{follow_up} of {name} left out: {error}")
    known = [{"id": n, "x": orderings[n].x} for n in names]
    cells = [
        k | cell_row(latest[k["id"]], orderings[k["id"]].cells * units, vasp.symmetry_tolerance_A)
        for k in known
    ]
    ions = [k | row for k in known for row in ion_rows(relaxed[k["id"]], settings)]
    for output, rows in ((snakemake.output.cells, cells), (snakemake.output.ions, ions)):
        with replacing(output) as part:
            report_tables(rows).to_csv(part, index=False)
    with replacing(snakemake.output.dos) as part:
        write_dos(part, latest)
    titles = {k["id"]: f"x = {k['x']:g}" for k in known}
    figure = dos_figure(snakemake.output.dos, titles, config.figures.width_mm)
    save(figure, Path(snakemake.output.pdf).with_suffix(""))
    job.say(f"{len(names)} ground states: {', '.join(names)}")

"""Static calculations and densities of states of the ground states, and tables of them."""

import signal
import sys
import time
from pathlib import Path

from navac.crystal import read_prim
from navac.energies import read_energies
from navac.figure_style import save
from navac.files import replacing
from navac.orderings import read_orderings
from navac.stage import stage
from navac.vasp import load_settings, write_input_set
from navac.vasp_batch import Batch
from navac.vasp_output import CalculationError, read_calculation
from navac.vasp_report import (
    cell_row,
    dos_figure,
    ground_states,
    ion_rows,
    report_tables,
    write_dos,
)
from navac.vasp_store import Store

signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))
started = time.time()
with stage(snakemake) as job:
    config, vasp = job.config, job.config.energies.vasp
    settings = load_settings(config.dft.settings)
    units = read_prim(snakemake.input.prim, [], config.prim.formula_units).formula_units
    orderings = {o.id: o for o in read_orderings(snakemake.input.orderings)}
    table = read_energies(snakemake.input.energies)
    names = ground_states(table, {n: r.x for n, r in config.ranges.items()}, units)
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

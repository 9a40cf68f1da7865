"""Take the inserted species out of hosts at 0 K: energies, hulls, voltages, capacities."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from navac.campaign.job import Job, run
from navac.crystal.symmetry import read_crystal
from navac.energies.table import read_energies
from navac.energies.totals import TOTAL, VOLUME
from navac.figures.extraction import extraction_figure
from navac.figures.labels import electrode
from navac.figures.style import save, sign
from navac.files import replacing
from navac.orderings.charges import states_of
from navac.orderings.ordering import read_orderings
from navac.thermodynamics.extraction import (
    Couples,
    ExtractionError,
    Host,
    capacity_table,
    contents_of,
    contents_table,
    fixed_atoms,
    voltage_table,
)


def metal_of(job: Job) -> float:
    """Energy of the metal, eV per atom: as given, or by the model."""
    given = job.settings.energies.metal_eV_per_atom
    if given is not None:
        return given
    return json.loads(Path(job.input.metal).read_text())["energy_eV_per_atom"]


def totals_of(path: str) -> dict[str, float]:
    """Total energies by ordering, eV per primitive cell; NaN where there is none."""
    table = read_energies(path)
    if TOTAL not in table:
        raise ExtractionError(f"{path}: has no column {TOTAL}, which voltages need")
    usable = pd.to_numeric(table[TOTAL], errors="coerce").where(table.energy_eV_per_cell.notna())
    return dict(zip(table.id, usable, strict=True))


def volumes_of(path: str) -> dict[str, float]:
    """Volumes of relaxed cells by ordering, Å³ per formula unit, where the backend knows them."""
    table = read_energies(path)
    if VOLUME not in table:
        return {}
    return dict(zip(table.id, pd.to_numeric(table[VOLUME], errors="coerce"), strict=True))


def expanded_of(paths: Sequence[str], totals: dict[str, float], energies: str) -> dict[str, float]:
    """Total energies by the expansions, eV per primitive cell.

    Total and mixing energies differ by a line in x, which those that are known tell.
    """
    table = read_energies(energies)
    line = np.polyfit(*_apart(table, totals), 1)
    rows = pd.concat([pd.read_csv(path, dtype={"id": str}) for path in paths])
    rows = rows.drop_duplicates("id")
    found = rows.predicted_eV_per_cell + np.polyval(line, rows.x)
    return dict(zip(rows.id, found, strict=True))


def _apart(table: pd.DataFrame, totals: dict[str, float]) -> tuple[np.ndarray, np.ndarray]:
    """Contents, and how far total energies are above mixing energies there."""
    apart = table.id.map(totals) - table.energy_eV_per_cell
    known = apart.notna()
    return table.x[known].to_numpy(float), apart[known].to_numpy(float)


def main(job: Job) -> None:
    """Write the tables of contents, voltages and capacities, and their figure."""
    settings = job.settings
    prim, _ = read_crystal(job.input.prim)
    orderings, totals = read_orderings(job.input.orderings), totals_of(job.input.energies)
    metal, volumes = metal_of(job), volumes_of(job.input.energies)
    expanded = expanded_of(job.input.predicted, totals, job.input.energies)
    couples = Couples(fixed_atoms(prim), settings.species, states_of(settings.orderings.charges))
    hosts = [
        Host(name, host.metals, host.reference_x, host.electrons)
        for name, host in settings.extraction.hosts.named()
    ]
    found = []
    for host in hosts:
        try:
            found.append(contents_of(
                prim, orderings, totals, settings.species, host, expanded, volumes
            ))  # fmt: skip
        except ExtractionError as error:
            job.say(f"WARNING: {error}; {host.name} is left out")
    if not found:
        raise ExtractionError("extraction.hosts: none of them has energies; see the log above")
    contents = pd.concat([contents_table(one, couples, metal) for one in found])
    voltages = pd.concat([voltage_table(one, couples, metal) for one in found])
    capacities = capacity_table(hosts, couples)
    for path, table in (
        (job.output.contents, contents),
        (job.output.voltages, voltages),
        (job.output.capacities, capacities),
    ):
        with replacing(path) as part:
            table.to_csv(part, index=False, float_format="%.9g")
    for row in voltages.itertuples():
        job.say(f"{row.host}: {row.voltage_V:.3f} V, by the expansion "
                f"{row.expansion_voltage_V:.3f}, x = {row.x_high:g} to {row.x_low:g} "
                f"({row.oxidised})")  # fmt: skip
    figure = extraction_figure(
        contents, voltages, reference=electrode(prim, settings.species),
        width_mm=settings.figures.width_mm,
    )  # fmt: skip
    if settings.energies.title:
        sign(figure, f"Energies: {settings.energies.title}")
    save(figure, Path(job.output.pdf).with_suffix(""))


if "snakemake" in globals():
    run(main, snakemake)

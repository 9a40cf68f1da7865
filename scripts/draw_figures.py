"""Draw one figure of the campaign as PDF and PNG, with its numbers beside it as CSV."""

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from navac.campaign.job import Job, run
from navac.crystal.symmetry import read_crystal
from navac.energies.table import energies_in, mixing_energies, mixing_reference, read_energies
from navac.figures import curves as figures
from navac.figures.labels import composition_label, electrode, formula
from navac.figures.rounds import RangeRounds, rounds
from navac.figures.short_range_order import shown
from navac.figures.tables import TABLES, by_range
from navac.files import replacing
from navac.hull import lower_hull
from navac.orderings.structures import formula_at_fullest
from navac.results import schema
from navac.results.read import read_record

STABLE_MEV = 1e-6
"""Distance above the hull, meV per formula unit, of what is on it but for rounding."""
WITHOUT_X = ("interactions", "uncertainty")
"""Figures without a composition axis."""


def ends(ranges) -> tuple[float, float]:
    """Lowest and highest x of some ranges."""
    return min(r.x[0] for r in ranges), max(r.x[1] for r in ranges)


def span(settings) -> str:
    """A range by its compositions."""
    return f"{settings.x[0]:g} ≤ x ≤ {settings.x[1]:g}"


def fitted(job: Job) -> list:
    """The ranges whose expansion is fitted here, in order."""
    return [r for r in job.settings.ranges.values() if r.expansion_file is None]


def fit_tables(job: Job, paths) -> dict[str, pd.DataFrame]:
    """Per range, mixing energies that were fitted to and those of the expansion."""
    tables = [pd.read_csv(path, keep_default_na=True) for path in paths]
    line = mixing_reference(pd.concat(tables), ends(fitted(job)), outermost=True)
    scale = 1000 / read_crystal(job.input.prim)[0].formula_units
    return {
        span(settings): pd.DataFrame({
            "x": table.x,
            "data_meV_per_fu": scale * (table.energy_eV_per_cell - line(table.x)),
            "predicted_meV_per_fu": scale * (table.predicted_eV_per_cell - line(table.x)),
            "fitted": table.weight > 0,
        })
        for settings, table in zip(fitted(job), tables, strict=True)
    }  # fmt: skip


def eci_tables(job: Job, paths) -> dict[str, pd.DataFrame]:
    """Per range, the ECI table with standard errors per cluster."""
    tables = {}
    for settings, eci, covariance in zip(
        fitted(job), paths[: len(paths) // 2], paths[len(paths) // 2 :], strict=True
    ):
        table = pd.read_csv(eci)
        # Not by navac.fit, which every figure would then depend on.
        found = read_record(covariance, schema.Covariance)
        error = dict(zip(found.index, found.stderr_eV, strict=True))
        table["stderr_meV"] = 1000 * table["index"].map(error) / table.multiplicity
        tables[span(settings)] = table
    return tables


def order_table(job: Job, paths) -> pd.DataFrame:
    """Short-range order of the orderings of all ranges, and which are ground states."""
    tables = []
    orders, hulls = paths[: len(paths) // 2], paths[len(paths) // 2 :]
    for settings, order, hull in zip(fitted(job), orders, hulls, strict=True):
        place = pd.read_csv(hull)[["id", "x", "above_hull_meV_per_fu"]]
        table = pd.read_csv(order).merge(place, on="id")
        table["ground_state"] = table.pop("above_hull_meV_per_fu") < STABLE_MEV
        tables.append(table.assign(range=span(settings)))
    return pd.concat(tables, ignore_index=True)


def mixing_table(job: Job, path) -> pd.DataFrame:
    """Mixing energies of every ordering, and which are on the hull of their range."""
    energies = read_energies(path)
    fu = read_crystal(job.input.prim)[0].formula_units
    energies["mixing"] = mixing_energies(
        energies, ends(job.settings.ranges.values()), outermost=True
    )
    parts = []
    for name, settings in job.settings.ranges.items():
        rows = energies_in(energies, name, settings.x).reset_index(drop=True)
        hull = lower_hull(rows.x, rows.mixing, fu)
        parts.append(pd.DataFrame({
            "x": rows.x, "mixing_energy_meV_per_fu": 1000 * rows.mixing / fu,
            "range": span(settings),
            "on_hull": rows.index.isin(hull.index),
        }))  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def round_tables(job: Job, scores, states) -> dict[str, RangeRounds]:
    """Per range, the scores and hulls of its rounds."""
    scores, states = pd.read_csv(scores), pd.read_csv(states)
    fu = read_crystal(job.input.prim)[0].formula_units
    states["energy_meV_per_fu"] = 1000 * states.energy_eV_per_cell / fu
    return {
        span(settings): RangeRounds(scores[scores.range == name], states[states.range == name])
        for name, settings in job.settings.ranges.items()
        if settings.expansion_file is None
    }


def drawn(job: Job, look: dict) -> tuple[Figure, pd.DataFrame]:
    """The figure that the rule names, and the numbers that it shows."""
    settings, source, name = job.settings, job.input.data, job.params.figure
    if name == "mixing_energies":
        table = mixing_table(job, source)
        return figures.mixing_energies(table, **look), table
    if name == "expansion_errors":
        tables = fit_tables(job, source)
        return figures.expansion_errors(tables, **look), by_range(tables)
    if name == "interactions":
        tables = eci_tables(job, source)
        return figures.interactions(tables, **look), by_range(tables)
    if name == "short_range_order":
        table = order_table(job, source)
        return figures.short_range_order(table, **look), shown(table)
    if name == "rounds":
        ranges = round_tables(job, *source)
        return rounds(ranges, **look), by_range({k: v.scores for k, v in ranges.items()})
    if name == "voltage":
        prim, _ = read_crystal(job.input.prim)
        electrode_of = settings.figures.reference_electrode
        mass, x_max = formula_at_fullest(prim, settings.species)
        look |= {
            "molar_mass_g_per_mol": mass, "x_max": x_max,
            "reference": electrode(prim, settings.species) if electrode_of is None
            else electrode_of,
        }  # fmt: skip
        return figures.voltage_curves(source, **look), TABLES[name](source)
    return getattr(figures, name)(source, **look), TABLES[name](source)


def main(job: Job) -> None:
    """Draw the figure, and write the table of its numbers."""
    settings, look = job.settings, {"width_mm": job.settings.figures.width_mm}
    if job.params.figure not in WITHOUT_X:
        prim, _ = read_crystal(job.input.prim)
        material = settings.about.material or formula(prim, settings.species)
        look["composition_label"] = (
            settings.figures.composition_label or composition_label(material)
        )  # fmt: skip
    figure, table = drawn(job, look)
    if settings.energies.title:
        figures.sign(figure, f"Energies: {settings.energies.title}")
    figures.save(figure, Path(job.output.pdf).with_suffix(""))
    with replacing(job.output.csv) as part:
        table.to_csv(part, index=False, float_format="%.9g")


if "snakemake" in globals():
    run(main, snakemake)

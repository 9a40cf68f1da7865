"""Draw one figure of the campaign as PDF and PNG."""

from pathlib import Path

import pandas as pd

from navac import figures
from navac.crystal import read_prim
from navac.energies import energies_in, mixing_energies, read_energies
from navac.hull import lower_hull
from navac.stage import stage
from navac.structures import formula_at_fullest


def mixing_table(config, path) -> pd.DataFrame:
    """Mixing energies of every ordering, and which are on the hull of their range."""
    energies = read_energies(path)
    fu = config.prim.formula_units
    ends = min(r.x[0] for r in config.ranges.values()), max(r.x[1] for r in config.ranges.values())
    energies["mixing"] = mixing_energies(energies, ends)
    parts = []
    for name, settings in config.ranges.items():
        rows = energies_in(energies, name, settings.x).reset_index(drop=True)
        hull = lower_hull(rows.x, rows.mixing, fu)
        parts.append(pd.DataFrame({
            "x": rows.x, "mixing_energy_meV_per_fu": 1000 * rows.mixing / fu,
            "range": f"{settings.x[0]:g} ≤ x ≤ {settings.x[1]:g}",
            "on_hull": rows.index.isin(hull.index),
        }))  # fmt: skip
    return pd.concat(parts, ignore_index=True)


with stage(snakemake) as job:
    config, source = job.config, snakemake.input.data
    look = {
        "composition_label": config.figures.composition_label,
        "width_mm": config.figures.width_mm,
    }
    name = snakemake.params.figure
    if name == "mixing_energies":
        figure = figures.mixing_energies(mixing_table(config, source), **look)
    elif name == "voltage":
        prim = read_prim(snakemake.input.prim, [], config.prim.formula_units)
        mass, x_max = formula_at_fullest(prim, config.species)
        figure = figures.voltage_curves(
            source, molar_mass_g_per_mol=mass, x_max=x_max,
            reference=config.figures.reference_electrode, **look,
        )  # fmt: skip
    else:
        figure = getattr(figures, name)(source, **look)
    figures.save(figure, Path(snakemake.output.pdf).with_suffix(""))

"""Bond-valence energies of an ordering: where the ion percolates, what its hops cost."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from navac.campaign.job import Job, run
from navac.crystal.symmetry import read_crystal
from navac.figures.style import save
from navac.figures.valence import valence_figure
from navac.files import replacing
from navac.hops import valence
from navac.hops.ends import Hop, hops_in
from navac.hops.network import HopError, hop_kinds
from navac.orderings.charges import balanced_charges, states_of
from navac.orderings.ordering import read_orderings


def wanted(job: Job) -> list[Hop]:
    """The hops of the ordering."""
    asked, species = job.settings.hops, job.settings.species
    prim, group = read_crystal(job.input.prim)
    known = {one.id: one for one in read_orderings(job.input.orderings)}
    if asked.ordering not in known:
        raise HopError(f"hops.ordering: {asked.ordering} is not in {job.input.orderings}")
    kinds = hop_kinds(prim, group, species, asked.reach_A)
    repeat = tuple(asked.repeat)
    found = list(hops_in(prim, known[asked.ordering], kinds, species, repeat, asked.around_A))
    if not found:
        raise HopError(f"{asked.ordering}: has no hop within {asked.reach_A:g} Å to look at")
    return found


def charges_of(hop: Hop, charges: Mapping[str, float | list[float]]) -> dict[str, float]:
    """Charges of the species, those that may vary as neutrality asks for."""
    atoms = pd.Series(hop.start.get_chemical_symbols()).value_counts().to_dict()
    found = balanced_charges(atoms, states_of(charges))
    if found is None:
        raise HopError(
            f"orderings.charges: no oxidation states balance {hop.start.get_chemical_formula()}; "
            "add the state that is missing, or choose another ordering"
        )
    return found


def beside(job: Job, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with computed barriers of the same hops, where there are any."""
    if not job.input.barriers:
        return rows
    table = pd.read_csv(job.input.barriers).rename(
        columns={"barrier_eV": "elastic_band_eV", "back_eV": "elastic_band_back_eV"}
    )
    keys = ["kind", "around"]
    if table.duplicated(keys).any():
        job.say("WARNING: the table of barriers has hops of the same kind and surroundings, of "
                "more than one structure; none is put beside the bond valences")  # fmt: skip
        return rows
    found = rows.merge(table[[*keys, "elastic_band_eV", "elastic_band_back_eV"]], how="left")
    both = found.dropna()
    if len(both) > 2:
        rank = spearmanr(both.barrier_eV, both.elastic_band_eV).statistic
        job.say(f"rank correlation with elastic bands: {rank:.2f} of {len(both)} hops")
    return found


def main(job: Job) -> None:
    """Write percolation energies, barriers of hops, the map, and its figure."""
    valence.require()
    settings = job.settings
    hops = wanted(job)
    charges = charges_of(hops[0], settings.orderings.charges)
    energies = valence.energy_map(
        hops[0].start, charges, settings.species, settings.hops.resolution_A
    )
    levels = valence.percolation(energies)
    percolation = pd.DataFrame({"dimensions": [1, 2, 3], "energy_eV": levels})
    for row in percolation.itertuples():
        job.say(f"goes on without end in {row.dimensions} dimensions from {row.energy_eV:.3f} eV")
    rows = []
    for n, hop in enumerate(hops):
        forth, back = valence.barriers(energies, hop)
        rows.append({
            "hop": f"{n:03d}", "kind": hop.kind.name, "from": hop.labels[0], "to": hop.labels[1],
            "around": hop.name.partition(" ")[2], "barrier_eV": forth, "back_eV": back,
        })  # fmt: skip
    for path, table in (
        (job.output.percolation, percolation), (job.output.hops, beside(job, pd.DataFrame(rows))),
    ):  # fmt: skip
        with replacing(path) as part:
            table.to_csv(part, index=False, float_format="%.6g")
    valence.write_map(job.output.cube, energies)
    if np.isfinite(level := float(levels[-1])):
        figure = valence_figure(energies, level, width_mm=settings.figures.width_mm)
        save(figure, Path(job.output.pdf).with_suffix(""))
    else:
        raise HopError("the ion does not go on in three dimensions below 10 eV; see hops/*.cube")


if "snakemake" in globals():
    run(main, snakemake)

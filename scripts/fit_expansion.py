"""Fit the cluster expansion of one composition range."""

import pandas as pd

from navac.clusters import enumerate_orbits
from navac.crystal import find_space_group, read_prim
from navac.energies import energies_in, read_energies
from navac.expansion import eci_table
from navac.files import replacing, write_json
from navac.fit import correlation_matrix, fit_expansion
from navac.hamiltonians import published_expansion
from navac.hull import lower_hull
from navac.interchange import write_expansion
from navac.orderings import read_orderings
from navac.stage import stage

with stage(snakemake) as job:
    config = job.config
    name = snakemake.wildcards.range
    fu = config.prim.formula_units
    prim = read_prim(snakemake.input.prim, [], fu)
    group = find_space_group(prim, config.prim.symmetry_tolerance_A)
    orbits = enumerate_orbits(prim, group, config.expansion.cutoffs_A)
    settings = config.ranges[name]
    if settings.published_eci is not None:
        published = published_expansion(settings, orbits)
        orbits = published.orbits
    rows = energies_in(read_energies(snakemake.input.energies), name, settings.x)
    by_id = {o.id: o for o in read_orderings(snakemake.input.orderings)}
    orderings = [by_id[i] for i in rows.id]
    fit = fit_expansion(
        orbits, correlation_matrix(orbits, orderings), rows.energy_eV_per_cell.to_numpy(),
        alpha=config.expansion.alpha_eV, refit=config.expansion.refit,
    )  # fmt: skip
    with replacing(snakemake.output.eci) as part:
        eci_table(fit.expansion).to_csv(part, index=False)
    if settings.hamiltonian == "fitted":
        sampled, source = fit.expansion, f"fitted by the campaign {config.campaign}"
    else:
        sampled, source = published, f"published table {settings.published_eci}"
    write_expansion(snakemake.output.expansion, prim, sampled, {"source": source})
    with replacing(snakemake.output.predicted) as part:
        pd.DataFrame({
            "id": rows.id, "x": rows.x, "energy_eV_per_cell": rows.energy_eV_per_cell,
            "predicted_eV_per_cell": fit.predicted,
        }).to_csv(part, index=False)  # fmt: skip
    data = lower_hull(rows.x, rows.energy_eV_per_cell, fu)
    model = lower_hull(rows.x, fit.predicted, fu)
    ids = rows.id.tolist()
    scores = {
        "orderings": len(rows), "terms": fit.n_terms, "candidates": len(orbits),
        "rank": fit.rank, "rms_meV_per_fu": 1000 * fit.rms / fu,
        "loocv_meV_per_fu": 1000 * fit.loocv / fu,
        "ground_states_data": [ids[i] for i in data.index],
        "ground_states_model": [ids[i] for i in model.index],
    }  # fmt: skip
    write_json(snakemake.output.scores, scores)
    job.say(
        f"{fit.n_terms} of {len(orbits)} interactions from {len(rows)} energies: RMS "
        f"{scores['rms_meV_per_fu']:.3g}, LOOCV {scores['loocv_meV_per_fu']:.3g} meV/f.u."
    )
    if fit.rank <= len(orbits):
        job.say(
            f"the energies determine {fit.rank} of {len(orbits) + 1} terms; enumerate more or "
            "larger orderings if single interactions matter"
        )
    if lost := set(scores["ground_states_data"]) - set(scores["ground_states_model"]):
        job.say(f"the expansion loses the ground states {sorted(lost)}")

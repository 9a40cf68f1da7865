"""Fit the cluster expansion of one composition range."""

from navac.campaign.job import stage
from navac.composition import in_range
from navac.crystal.prim import read_prim
from navac.crystal.symmetry import find_space_group
from navac.energies.published import published_expansion
from navac.energies.table import read_energies, rows_of
from navac.expansion.clusters import enumerate_orbits
from navac.expansion.eci_table import eci_table
from navac.expansion.file import write_expansion
from navac.files import replacing, write_json
from navac.fit.range_fit import fit_range
from navac.fit.report import concerns, energies_table, scores
from navac.fit.training import training_set
from navac.fit.uncertainty import posterior, write_uncertainty
from navac.orderings.ordering import read_orderings

with stage(snakemake) as job:
    config, name = job.config, snakemake.wildcards.range
    settings, bounds = config.expansion, config.ranges[name].x
    prim = read_prim(snakemake.input.prim, [], config.prim.formula_units)
    group = find_space_group(prim, config.prim.symmetry_tolerance_A)
    orbits = enumerate_orbits(prim, group, settings.cutoffs_A)
    of_range = config.ranges[name]
    if of_range.published_eci is not None:
        published = published_expansion(of_range, orbits)
        orbits = published.orbits
    orderings = read_orderings(snakemake.input.orderings)
    rows = rows_of(read_energies(snakemake.input.energies), name, bounds)
    training = training_set(rows, orderings, orbits, prim, group)
    result = fit_range(training, orbits, settings, prim.formula_units, config.seed)
    fit = result.fit
    with replacing(snakemake.output.eci) as part:
        eci_table(fit.expansion).to_csv(part, index=False)
    if of_range.hamiltonian == "fitted":
        sampled, source = fit.expansion, f"fitted by the campaign {config.campaign}"
    else:
        sampled, source = published, f"published table {of_range.published_eci}"
    write_expansion(snakemake.output.expansion, prim, sampled, {"source": source})
    table = energies_table(result, rows, [o for o in orderings if in_range(o.x, bounds)])
    with replacing(snakemake.output.predicted) as part:
        table.to_csv(part, index=False)
    uncertainty = posterior(fit, result.training.averages, result.weights)
    write_uncertainty(snakemake.output.covariance, uncertainty, config.to_json(), config.seed)
    found = scores(result, table, prim)
    write_json(snakemake.output.scores, found | {"candidates": len(orbits)})
    job.say(
        f"{fit.n_terms} of {len(orbits)} interactions from {found['orderings']} energies: RMS "
        f"{found['rms_meV_per_fu']:.3g}, LOOCV {found['loocv_meV_per_fu']:.3g}, "
        f"{settings.folds}-fold {found['kfold_meV_per_fu']:.3g} meV/f.u."
    )
    for line in concerns(found, len(orbits)):
        job.say(line)

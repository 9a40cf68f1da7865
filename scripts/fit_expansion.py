"""Fit the cluster expansion of one composition range."""

from pathlib import Path

from navac.campaign.job import Job, run
from navac.composition import in_range
from navac.crystal.symmetry import read_crystal
from navac.energies.published import published_expansion
from navac.energies.table import read_energies, rows_of
from navac.expansion.eci_table import eci_table
from navac.expansion.electrostatics import Electrostatics
from navac.expansion.file import write_expansion
from navac.expansion.functions import candidate_functions
from navac.expansion.shells import orderings_order, shells_within
from navac.files import replacing, write_json
from navac.fit.range_fit import fit_range
from navac.fit.report import (
    concerns,
    energies_table,
    hull_table,
    resolution,
    scores,
    screening,
)
from navac.fit.training import training_set
from navac.fit.uncertainty import posterior, write_uncertainty
from navac.orderings.amounts import amounts, composition_axes
from navac.orderings.ordering import read_orderings


def main(job: Job) -> None:
    """Write the fitted expansion, its table, covariance and scores."""
    settings, name = job.settings.expansion, job.wildcards["range"]
    of_range = job.settings.ranges[name]
    prim, group = read_crystal(job.input.prim)
    orbits, spaces = candidate_functions(prim, group, settings.cutoffs_A, settings.basis)
    axes = composition_axes(prim, job.settings.species, job.settings.axes)
    if of_range.published_eci is not None:
        published = published_expansion(of_range, orbits, spaces)
        orbits = published.orbits
    orderings = read_orderings(job.input.orderings)
    rows = rows_of(read_energies(job.input.energies), name, of_range.x)
    charges = Electrostatics(prim, settings.charges) if settings.charges else None
    training = training_set(
        rows, orderings, orbits, prim, group, spaces=spaces, axes=axes, electrostatics=charges
    )
    result = fit_range(training, orbits, settings, prim.formula_units, job.settings.seed)
    fit = result.fit
    with replacing(job.output.eci) as part:
        eci_table(fit.expansion).to_csv(part, index=False)
    if of_range.hamiltonian == "fitted":
        # No path: the same fit is the same file, in whatever campaign it is made.
        sampled, source = fit.expansion, f"fitted to {Path(job.input.energies).name}"
    else:
        sampled, source = published, f"published table {of_range.published_eci}"
    write_expansion(job.output.expansion, prim, sampled, {"source": source})
    inside = [o for o in orderings if in_range(o.x, of_range.x)]
    table = energies_table(result, rows, inside)
    with replacing(job.output.predicted) as part:
        table.to_csv(part, index=False)
    points = amounts(prim, inside, list(axes.values()))
    with replacing(job.output.hull) as part:
        hull_table(table, points, axes, prim).to_csv(part, index=False, float_format="%.9g")
    shells = shells_within(prim, group, fit.expansion)
    order = orderings_order(shells, result.training.orderings)
    with replacing(job.output.order) as part:
        order.to_csv(part, index=False, float_format="%.6g")
    uncertainty = posterior(fit, result.training.design, result.weights)
    write_uncertainty(job.output.covariance, uncertainty, job.provenance.to_json())
    found = scores(result, table, prim, points if len(axes) > 1 else None)
    found |= resolution(result, inside, prim) | screening(fit, uncertainty)
    write_json(job.output.scores, found | {"candidates": len(orbits)})
    job.say(
        f"{fit.n_terms} of {len(orbits)} interactions from {found['orderings']} energies: RMS "
        f"{found['rms_meV_per_fu']:.3g}, LOOCV {found['loocv_meV_per_fu']:.3g}, "
        f"{settings.folds}-fold {found['kfold_meV_per_fu']:.3g} meV/f.u."
    )
    for line in concerns(found, len(orbits)):
        job.say(line)


if "snakemake" in globals():
    run(main, snakemake)

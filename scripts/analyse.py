"""Phase boundaries, entropies, occupancies and voltages from the sampled paths."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from navac.campaign.job import Job, run
from navac.crystal.prim import Prim
from navac.crystal.supercell import Supercell
from navac.crystal.symmetry import read_crystal
from navac.energies.table import energies_in, read_energies
from navac.energies.totals import average_voltage
from navac.expansion.file import read_expansion
from navac.expansion.ground_states import ground_states
from navac.expansion.repulsion import repelling
from navac.files import replacing
from navac.hull import Hull, lower_hull
from navac.orderings.ordering import read_orderings
from navac.results import schema
from navac.results.write import new_file, write_record
from navac.sampling.plan import read_plan
from navac.sampling.record import read_samples, states_at
from navac.sampling.reliability import read_reliability
from navac.thermodynamics.covariance import known_covariance
from navac.thermodynamics.curves import Isotherm, hull_voltage, isotherm, voltage_shift
from navac.thermodynamics.diagram import Diagram, phase_diagram, with_electronic_entropy
from navac.thermodynamics.electronic import MixedValence
from navac.thermodynamics.faults import faults
from navac.thermodynamics.graph import graph_of
from navac.thermodynamics.order import Crystal
from navac.thermodynamics.regions import boundaries, summary
from navac.thermodynamics.report import (
    boundary_records,
    entropy_record,
    heat_capacity_record,
    invariant_records,
    occupancy_record,
    phases_record,
    states_record,
    summary_records,
    top_sentence,
    unknown_sentence,
    unresolved_record,
    unresolved_sentence,
)
from navac.thermodynamics.responses import phase_responses
from navac.thermodynamics.trust import (
    Check,
    Energies,
    Evidence,
    all_checks,
    fit_checks,
    page,
    quality_of,
    search_check,
    summary_sentence,
    table,
)
from navac.thermodynamics.uncertainty_report import uncertainty_records, uncertainty_sentence


def main(job: Job) -> None:
    """Write the phase diagram and the voltage curves."""
    prim, _ = read_crystal(job.input.prim)
    fu, labels = prim.formula_units, list(prim.active_labels)
    diagrams = _diagrams(job, prim)
    made = job.provenance.to_json()
    with new_file(job.output.diagram, made) as file:
        for name, diagram in diagrams.items():
            job.say(f"boundaries of {name}")
            write_record(file, states_record(diagram, labels, job.settings.species), name)
            supercell = job.settings.ranges[name].supercell
            write_record(file, phases_record(diagram, supercell), name)
            _write_boundaries(job, file, name, diagram)
            _write_uncertainty(job, file, name, diagram)
        settings = job.settings.thermodynamics
        for T in settings.entropy_temperatures_K:
            if states := _isotherms(diagrams, T):
                write_record(file, entropy_record(list(states.values())), T)
        for T in settings.heat_capacity_temperatures_K:
            found = heat_capacity_record(T, list(diagrams.values()), job.settings.species)
            if found is not None:
                write_record(file, found, T)
    with new_file(job.output.voltage, made) as file:
        _write_voltages(job, file, diagrams, fu)
        for T in settings.occupancy_temperatures_K:
            if states := _isotherms(diagrams, T):
                write_record(file, occupancy_record(list(states.values()), labels), T)
    _write_trust(job, prim, diagrams)


def _diagrams(job: Job, prim: Prim) -> dict[str, Diagram]:
    """The phase diagram of every composition range."""
    settings, found = job.settings.thermodynamics, {}
    for k, (name, of_range) in enumerate(job.settings.ranges.items()):
        job.progress(k, len(job.settings.ranges), f"integrating {name}")
        found[name] = phase_diagram(
            read_plan(job.input.plans[job.params.ranges.index(name)]),
            _samples(name, job.input.records),
            _samples(name, job.input.scans),
            crystal=_crystal(prim, of_range.supercell),
            bounds=of_range.x,
            smallest_x=settings.smallest_jump_x,
            formula_units=prim.formula_units,
            resamples=settings.resamples,
            seed=job.settings.seed,
        )
    return found


def _crystal(prim: Prim, supercell) -> Crystal:
    return Crystal(
        labels=tuple(prim.active_labels), lattice=np.asarray(prim.lattice),
        supercell=tuple(supercell),
    )  # fmt: skip


def _records(name: str, records) -> list[str]:
    """The records of a range."""
    stems = f"{name}-", f"{name}-scan-"
    return [r for r in records if Path(r).stem.rstrip("0123456789") in stems]


def _samples(name: str, records):
    """What was sampled of a range, or None if nothing was."""
    own = _records(name, records)
    return read_samples(own) if own else None


def _isotherms(diagrams: dict[str, Diagram], T: float) -> dict[str, Isotherm]:
    """The isotherms at one temperature of the ranges that sampled it."""
    return {
        name: isotherm(*d.at(T), T, d.formula_units, d.bounds)
        for name, d in diagrams.items()
        if d.sampled(T)
    }


def _write_boundaries(job: Job, file, name: str, diagram: Diagram) -> None:
    """Boundaries of a range and the tops of its windows, also with the electronic entropy."""
    windows = job.settings.ranges[name].windows
    species = job.settings.species
    _write_all(file, boundary_records(boundaries(diagram), species))
    _write_all(file, invariant_records(diagram, species))
    if (zones := unresolved_record(diagram)) is not None:
        write_record(file, zones, name)
    if unknown := unknown_sentence(diagram):
        job.say(f"{name}: {unknown}")
    _say_unresolved(job, name, diagram)
    for fault in faults(graph_of(diagram)):
        job.say(f"{name}: {fault}")
    tops = summary(diagram, windows)
    _write_all(file, summary_records(tops))
    for window, top in tops.items():
        job.say(top_sentence(window, *top))
    mixed, fu = job.settings.thermodynamics.electronic_entropy, diagram.formula_units
    if mixed is None or mixed.range != name:
        return
    valence = MixedValence(
        mixed.sites_per_formula_unit * fu, mixed.x_oxidised * fu, mixed.x_reduced * fu
    )
    mixed_diagram = with_electronic_entropy(diagram, valence)
    _say_unresolved(job, f"{name}, with electronic entropy", mixed_diagram)
    regions = boundaries(mixed_diagram)
    _write_all(file, boundary_records(regions, species, schema.ElectronicBoundary))
    _write_all(file, invariant_records(mixed_diagram, species, schema.ElectronicInvariant))
    if (zones := unresolved_record(mixed_diagram, schema.ElectronicUnresolved)) is not None:
        write_record(file, zones, name)
    tops = summary(mixed_diagram, windows)
    _write_all(file, summary_records(tops, schema.ElectronicSummary))
    for window, top in tops.items():
        job.say(top_sentence(f"{window}, with electronic entropy", *top))


def _say_unresolved(job: Job, name: str, diagram: Diagram) -> None:
    """Say what happens between two temperatures and is not understood."""
    for event in diagram.events:
        job.say(
            f"{name}: {unresolved_sentence(diagram, event)}; sample longer, or at closer "
            "temperatures there"
        )


def _write_uncertainty(job: Job, file, name: str, diagram: Diagram) -> None:
    """Standard errors of the diagram of a range by its expansion, if they are asked for."""
    asked = job.settings.thermodynamics.expansion_uncertainty
    if asked is None:
        return
    fu, x = diagram.formula_units, job.settings.ranges[name].x
    _, expansion = read_expansion(job.input.expansions[job.params.ranges.index(name)])
    ids = set(energies_in(read_energies(job.input.energies), name, x).id)
    own = (c for c in job.input.covariances if Path(c).name == f"{name}_covariance.h5")
    known = known_covariance(
        expansion, noise=asked.noise_meV_per_fu, path=next(own, None), formula_units=fu,
        orderings=[o for o in read_orderings(job.input.orderings) if o.id in ids],
        scanned=bool(job.input.scans),
    )  # fmt: skip
    job.say(f"{name}: covariance of the interactions: {known.source}")
    responses = {} if known.uncertainty is None else phase_responses(
        diagram.plan, diagram.data, diagram.assignment.phase, expansion,
        Supercell.diagonal(*job.settings.ranges[name].supercell),
        partial(states_at, _records(name, job.input.records)),
    )  # fmt: skip
    for key, record in uncertainty_records(
        name, diagram, responses, known, expansion,
        list(invariant_records(diagram, job.settings.species)), draws=asked.draws,
        seed=job.settings.seed,
    ):  # fmt: skip
        write_record(file, record, key)
        if isinstance(record, schema.InvariantUncertainty):
            job.say(uncertainty_sentence(key, record))


def _write_all(file, records) -> None:
    """Write records by the names of their groups."""
    for name, record in records.items():
        write_record(file, record, name)


def _write_trust(job: Job, prim: Prim, diagrams: dict[str, Diagram]) -> None:
    """How far to trust all this, as a table and as a page."""
    checks = [c for name, d in diagrams.items() for c in _checks(job, prim, name, d)]
    with replacing(job.output.trust) as part:
        table(checks).to_csv(part, index=False, float_format="%.6g")
    with replacing(job.output.page) as part:
        part.write_text(page(checks), encoding="utf-8")
    job.say(f"trust: {summary_sentence(checks)}")


def _checks(job: Job, prim: Prim, name: str, diagram: Diagram) -> Iterator[Check]:
    """All checks of a range."""
    supercell = job.settings.ranges[name].supercell
    heated, scanned = (
        read_reliability(own) if (own := _records(name, records)) else None
        for records in (job.input.records, job.input.scans)
    )
    evidence = Evidence(
        range=name, diagram=diagram, crystal=_crystal(prim, supercell),
        quality=quality_of(diagram.plan, heated, scanned), scanned=scanned is not None,
    )  # fmt: skip
    yield from all_checks(evidence, list(_expansion_checks(job, prim, name, diagram)))


def _expansion_checks(job: Job, prim: Prim, name: str, diagram: Diagram) -> Iterator[Check]:
    """The checks of the expansion of a range."""
    _, expansion = read_expansion(job.input.expansions[job.params.ranges.index(name)])
    orderings = read_orderings(job.input.orderings)
    hull, _ = ground_states(expansion, orderings, diagram.bounds, prim.formula_units)
    yield search_check(
        name, repelling(prim, expansion), len(prim.active), hull,
        tuple(job.settings.ranges[name].supercell),
    )  # fmt: skip
    rows = energies_in(read_energies(job.input.energies), name, diagram.bounds)
    energies = Energies.of(rows, orderings, expansion)
    scores = None
    if name in job.params.fitted:
        scores = json.loads(Path(job.input.scores[job.params.fitted.index(name)]).read_text())
    yield from fit_checks(name, scores, energies, prim.formula_units)


def _write_voltages(job: Job, file, diagrams: dict[str, Diagram], fu: int) -> None:
    """Voltage curves at 0 K, from the hulls, and at the temperatures asked for."""
    model, data = _hulls(job, fu)
    ends = list(data.values())
    whole = lower_hull([ends[0].x[0], ends[-1].x[-1]], [ends[0].energy[0], ends[-1].energy[-1]], fu)
    average = _average_voltage(job, (whole.x[0], whole.x[-1]), fu)
    steps = [hull_voltage(average, whole, hull) for hull in data.values()]
    title = job.settings.energies.title
    write_record(file, _curve(steps, title), 0)
    for T in job.settings.thermodynamics.voltage_temperatures_K:
        states, parts = _isotherms(diagrams, T), []
        for name, hull in data.items():
            if name in states:
                at = states[name]
                shift = voltage_shift(average, whole, hull, model[name])
                parts.append((at.x, shift - at.mu, at.stable))
            else:  # colder than the coldest sampled temperature
                parts.append(hull_voltage(average, whole, hull))
        write_record(file, _curve(parts, title), T)


def _average_voltage(job: Job, ends: tuple[float, float], fu: int) -> float:
    """The mean voltage over all x: as given, or from total energies and that of the metal."""
    given = job.settings.energies
    if given.average_voltage_V is not None:
        return given.average_voltage_V
    metal = given.metal_eV_per_atom
    if metal is None:
        metal = json.loads(Path(job.input.metal).read_text())["energy_eV_per_atom"]
    average = average_voltage(read_energies(job.input.energies), ends, metal, fu)
    job.say(f"mean voltage {average:.3f} V against a metal of {metal:.4f} eV per atom")
    return average


def _hulls(job: Job, fu: int) -> tuple[dict[str, Hull], dict[str, Hull]]:
    """Of every range, the hull of its expansion among the orderings, and that of the data."""
    energies = read_energies(job.input.energies)
    orderings = read_orderings(job.input.orderings)
    model, data = {}, {}
    for name, of_range in job.settings.ranges.items():
        _, expansion = read_expansion(job.input.expansions[job.params.ranges.index(name)])
        model[name], _ = ground_states(expansion, orderings, of_range.x, fu)
        rows = energies_in(energies, name, of_range.x)
        data[name] = lower_hull(rows.x, rows.energy_eV_per_cell, fu)
    return model, data


def _curve(parts, title: str) -> schema.VoltageCurve:
    """A voltage curve of x, voltage and stability of several ranges, one after the other."""
    x, voltage, stable = (np.concatenate(column) for column in zip(*parts, strict=True))
    return schema.VoltageCurve(x=x, voltage_V=voltage, stable=stable, energies=title)


if "snakemake" in globals():
    run(main, snakemake)

"""Phase boundaries, entropies, occupancies and voltages from the sampled paths."""

from pathlib import Path

import numpy as np

from navac.campaign.job import stage
from navac.crystal.prim import read_prim
from navac.energies.table import energies_in, read_energies
from navac.expansion.file import read_expansion
from navac.expansion.ground_states import ground_states
from navac.hull import lower_hull
from navac.orderings.ordering import read_orderings
from navac.results import schema
from navac.results.write import new_file, write_record
from navac.sampling.plan import read_plan
from navac.sampling.record import read_samples
from navac.thermodynamics.curves import hull_voltage, isotherm, voltage_shift
from navac.thermodynamics.diagram import boundaries, phase_diagram, summary, with_electronic_entropy
from navac.thermodynamics.electronic import MixedValence
from navac.thermodynamics.report import (
    boundary_records,
    entropy_record,
    heat_capacity_record,
    occupancy_record,
    states_record,
    summary_records,
)

with stage(snakemake) as job:
    config, settings = job.config, job.config.thermodynamics
    fu = config.prim.formula_units
    prim = read_prim(snakemake.input.prim, [], fu)
    energies = read_energies(snakemake.input.energies)
    orderings = read_orderings(snakemake.input.orderings)

    def samples(name, records):
        """What was sampled of a range, or None if nothing was."""
        stems = f"{name}-", f"{name}-scan-"
        own = [r for r in records if Path(r).stem.rstrip("0123456789") in stems]
        return read_samples(own) if own else None

    diagrams, model_hulls, data_hulls = {}, {}, {}
    for k, (name, settings_here) in enumerate(config.ranges.items()):
        job.progress(k, len(config.ranges), f"integrating {name}")
        plan = read_plan(snakemake.input.plans[k])
        diagrams[name] = phase_diagram(
            plan,
            samples(name, snakemake.input.records),
            samples(name, snakemake.input.scans),
            bounds=settings_here.x,
            smallest_x=settings.smallest_jump_x,
            formula_units=fu,
            resamples=settings.resamples,
            seed=config.seed,
        )
        _, expansion = read_expansion(snakemake.input.expansions[k])
        model_hulls[name], _ = ground_states(expansion, orderings, settings_here.x, fu)
        rows = energies_in(energies, name, settings_here.x)
        data_hulls[name] = lower_hull(rows.x, rows.energy_eV_per_cell, fu)
    ends = list(data_hulls.values())
    whole = lower_hull([ends[0].x[0], ends[-1].x[-1]], [ends[0].energy[0], ends[-1].energy[-1]], fu)

    def isotherms(T):
        """The ranges' isotherms at one temperature, those that sampled it."""
        return {
            name: isotherm(*d.at(T), T, fu, config.ranges[name].x)
            for name, d in diagrams.items()
            if d.sampled(T)
        }

    def write_curve(file, T, parts):
        """A voltage curve, the ranges one after the other."""
        x, voltage, stable = (np.concatenate(column) for column in zip(*parts, strict=True))
        write_record(file, schema.VoltageCurve(x=x, voltage_V=voltage, stable=stable), T)

    def write_all(file, records):
        """Records by the key of their group."""
        for key, record in records.items():
            write_record(file, record, key)

    labels, species = list(prim.active_labels), config.species
    origin = config.to_json(), config.seed
    with new_file(snakemake.output.diagram, *origin) as file:
        mixed = settings.electronic_entropy
        for name, diagram in diagrams.items():
            job.say(f"boundaries of {name}")
            write_record(file, states_record(diagram, labels, species), name)
            windows = config.ranges[name].windows
            write_all(file, boundary_records(boundaries(diagram), species))
            tops = summary(diagram, windows)
            write_all(file, summary_records(tops))
            for window, (top, error, x) in tops.items():
                job.say(f"{window}: two phases up to {top:.0f} ± {error:.0f} K, at x = {x:.2f}")
            if mixed is not None and mixed.range == name:
                valence = MixedValence(
                    mixed.sites_per_formula_unit * fu, mixed.x_oxidised * fu, mixed.x_reduced * fu
                )
                mixed_diagram = with_electronic_entropy(diagram, valence)
                regions = boundaries(mixed_diagram)
                write_all(file, boundary_records(regions, species, schema.ElectronicBoundary))
                tops = summary(mixed_diagram, windows)
                write_all(file, summary_records(tops, schema.ElectronicSummary))
                for window, (top, error, x) in tops.items():
                    job.say(f"{window}, with electronic entropy: {top:.0f} ± {error:.0f} K, "
                            f"at x = {x:.2f}")  # fmt: skip
        for T in settings.entropy_temperatures_K:
            if states := isotherms(T):
                write_record(file, entropy_record(list(states.values())), T)
        for T in settings.heat_capacity_temperatures_K:
            if record := heat_capacity_record(T, list(diagrams.values()), species):
                write_record(file, record, T)
    with new_file(snakemake.output.voltage, *origin) as file:
        average = config.energies.average_voltage_V
        write_curve(file, 0, [hull_voltage(average, whole, h) for h in data_hulls.values()])
        for T in settings.voltage_temperatures_K:
            states, parts = isotherms(T), []
            for name, data in data_hulls.items():
                if name in states:
                    at = states[name]
                    shift = voltage_shift(average, whole, data, model_hulls[name])
                    parts.append((at.x, shift - at.mu, at.stable))
                else:  # colder than the coldest sampled temperature
                    parts.append(hull_voltage(average, whole, data))
            write_curve(file, T, parts)
        for T in settings.occupancy_temperatures_K:
            if states := isotherms(T):
                write_record(file, occupancy_record(list(states.values()), labels), T)

"""What the thermodynamics of a campaign has found, as records of the schema of its results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from navac.composition import in_range
from navac.results import schema
from navac.thermodynamics.curves import Isotherm, heat_capacity
from navac.thermodynamics.diagram import FEWEST, Diagram
from navac.thermodynamics.order import inequivalence
from navac.thermodynamics.regions import Boundary
from navac.thermodynamics.topology import Event
from navac.thermodynamics.unresolved import unresolved_zones

ENDS = ("temperature", "x")
"""What a zone has two ends in."""


def boundary_records(
    regions: Mapping[str, Boundary], species: str, kind: type[schema.Boundary] = schema.Boundary
) -> dict[str, schema.Boundary]:
    """Two-phase regions by name.

    Args:
        species: to which the chemical potentials refer.
        kind: :class:`~navac.results.schema.ElectronicBoundary` for those with electronic entropy.
    """
    return {name: _boundary(region, species, kind) for name, region in regions.items()}


def _boundary(region: Boundary, species: str, kind: type[schema.Boundary]) -> schema.Boundary:
    x_low, x_high, mu = region.values.T
    x_low_stderr, x_high_stderr, mu_stderr = region.stderr.T
    width_low, width_high = region.metastability_width.T
    temperature, error, x = region.critical
    return kind(
        temperature_K=region.temperature,
        x_low=x_low,
        x_high=x_high,
        mu_eV=mu,
        species=species,
        x_low_stderr=x_low_stderr,
        x_high_stderr=x_high_stderr,
        mu_eV_stderr=mu_stderr,
        metastability_width_low_eV=width_low,
        metastability_width_high_eV=width_high,
        critical_temperature_K=temperature,
        critical_temperature_stderr_K=error,
        critical_x=x,
        begins_in=region.begins.kind,
        ends_in=region.ends.kind,
    )


def invariant_records(
    diagram: Diagram, species: str, kind: type[schema.Invariant] = schema.Invariant
) -> dict[str, schema.Invariant]:
    """Where phases come and go between others, by the names of the phases.

    Args:
        species: to which the chemical potentials refer.
        kind: :class:`~navac.results.schema.ElectronicInvariant` for those with electronic entropy.
    """
    found: dict[str, schema.Invariant] = {}
    for point in diagram.invariants:
        names = tuple(diagram.assignment.names[k] for k in point.phases)
        name = "+".join(names)
        again = sum(other.split(" ")[0] == name for other in found)
        found[f"{name} {again + 1}" if again else name] = kind(
            kind=point.kind,
            temperature_K=point.temperature,
            temperature_stderr_K=point.stderr,
            phases=names,
            x=np.array(point.number) / diagram.formula_units,
            mu_eV=np.array(point.mu),
            species=species,
        )
    return found


def unresolved_record(
    diagram: Diagram, kind: type[schema.Unresolved] = schema.Unresolved
) -> schema.Unresolved | None:
    """Zones that could not be resolved; None if there are none.

    Args:
        kind: :class:`~navac.results.schema.ElectronicUnresolved` with electronic entropy.
    """
    zones = unresolved_zones(diagram)
    if not zones:
        return None
    (cold, hot), (low, high) = (np.array([getattr(z, of) for z in zones]).T for of in ENDS)
    return kind(
        temperature_low_K=cold, temperature_high_K=hot, x_low=low, x_high=high,
        phases=tuple(", ".join(z.phases) for z in zones), reason=tuple(z.reason for z in zones),
    )  # fmt: skip


def phases_record(diagram: Diagram, supercell: Sequence[int]) -> schema.Phases:
    """The phases of a range."""
    assignment, T = diagram.assignment, diagram.plan.temperatures
    kept = [k for k, surface in enumerate(diagram.surfaces) if surface is not None]
    steps = [np.nonzero((assignment.phase == k).any(axis=(0, 2)))[0] for k in kept]
    surfaces = [s for s in diagram.surfaces if s is not None]
    return schema.Phases(
        phases=tuple(assignment.names[k] for k in kept),
        order=tuple(assignment.order_of(k, supercell) for k in kept),
        lowest_temperature_K=T[[s[0] for s in steps]],
        highest_temperature_K=T[[s[-1] for s in steps]],
        states=np.array([int((assignment.phase == k).any(axis=0).sum()) for k in kept]),
        number_misfit=np.array([s.misfit[0] for s in surfaces]),
        energy_misfit=np.array([s.misfit[1] for s in surfaces]),
        route_error_eV_per_cell=np.array([s.route_error for s in surfaces]),
    )


def summary_records(
    windows: Mapping[str, tuple[float, float, float]],
    kind: type[schema.Summary] = schema.Summary,
) -> dict[str, schema.Summary]:
    """The highest two-phase temperature inside each window of x.

    Args:
        windows: temperature in K, its standard error and x there, by window; see
            :func:`navac.thermodynamics.diagram.summary`.
        kind: :class:`~navac.results.schema.ElectronicSummary` for those with electronic entropy.
    """
    return {
        name: kind(
            highest_two_phase_temperature_K=top,
            highest_two_phase_temperature_stderr_K=error,
            x_there=x,
        )
        for name, (top, error, x) in windows.items()
    }


def states_record(diagram: Diagram, labels: Sequence[str], species: str) -> schema.States:
    """The stable state at every sampled temperature and μ.

    Args:
        labels: label of each sublattice.
    """
    fu = diagram.formula_units

    def stacked(field: str) -> np.ndarray:
        return np.stack([getattr(step, field) for step in diagram.steps])

    return schema.States(
        temperature_K=diagram.plan.temperatures,
        mu_eV=diagram.plan.mu_grid,
        species=species,
        x=stacked("number") / fu,
        x_stderr=stacked("number_stderr") / fu,
        grand_potential_eV_per_cell=stacked("phi"),
        energy_eV_per_cell=stacked("energy"),
        dx_dmu_per_eV=stacked("susceptibility") / fu,
        order_in_cell=inequivalence(stacked("sublattice"), labels),
        concentration_wave_amplitude=stacked("wave_amplitude"),
        stationary=stacked("sampled"),
        branch=stacked("phase"),
        branches=diagram.assignment.names,
        x_range=(diagram.bounds[0], diagram.bounds[1]),
    )


def entropy_record(parts: Sequence[Isotherm]) -> schema.Entropy:
    """Configurational entropy of the stable phases; the ranges one after the other."""
    return schema.Entropy(
        x=np.concatenate([p.x[p.stable] for p in parts]),
        entropy_kB_per_fu=np.concatenate([p.entropy[p.stable] for p in parts]),
        entropy_stderr_kB_per_fu=np.concatenate([p.entropy_stderr[p.stable] for p in parts]),
    )


def heat_capacity_record(
    T: float, parts: Sequence[Diagram], species: str
) -> schema.HeatCapacity | None:
    """Heat capacity against μ, the ranges one after the other; None if none sampled ``T``."""
    rows = []
    for d in (d for d in parts if d.sampled(T)):
        now, fu = d.at(T)[0], d.formula_units
        x = now.number / fu
        holds = in_range(x, d.bounds)  # of the expansion
        rows.append((now.mu[holds], x[holds], heat_capacity(now, T, fu)[holds]))
    if not rows:
        return None
    mu, x, capacity = (np.concatenate(column) for column in zip(*rows, strict=True))
    return schema.HeatCapacity(mu_eV=mu, species=species, x=x, heat_capacity_kB_per_fu=capacity)


def occupancy_record(parts: Sequence[Isotherm], labels: Sequence[str]) -> schema.Occupancy:
    """Mean occupation of the sublattices of each label; the ranges one after the other.

    Args:
        labels: label of each sublattice.
    """
    occupation = np.concatenate([p.sublattice for p in parts])
    return schema.Occupancy(
        x=np.concatenate([p.x for p in parts]),
        occupied={
            label: occupation[:, [other == label for other in labels]].mean(axis=1)
            for label in dict.fromkeys(labels)
        },
        single_phase=np.concatenate([p.stable for p in parts]),
    )


def unknown_sentence(diagram: Diagram) -> str | None:
    """At which sampled temperatures no phase is known, and why; None if there is no such."""
    known = [bool((step.phase >= 0).any()) for step in diagram.steps]
    if all(known):
        return None
    at = [f"{T:g}" for T, k in zip(diagram.plan.temperatures, known, strict=True) if not k]
    where = f"{', '.join(at)} K" if any(known) else "any temperature"
    return (
        f"no phase is known at {where}: a surface needs {FEWEST} states of a phase, of different "
        "(T, μ), that are stationary and belong together; sample more temperatures, a smaller "
        "mu_step_eV, or longer"
    )


def unresolved_sentence(diagram: Diagram, event: Event) -> str:
    """What happens between two temperatures and is not understood."""
    names = ", ".join(dict.fromkeys(diagram.assignment.names[k] for k in event.phases))
    first, last = diagram.plan.temperatures[event.step : event.step + 2]
    return f"unresolved between {first:g} and {last:g} K ({names}): {event.reason}"


def top_sentence(window: str, top: float, error: float, x: float) -> str:
    """The highest two-phase temperature of a window, as people read it.

    Args:
        top, error, x: of :func:`~navac.thermodynamics.diagram.summary`; NaN where there are none.
    """
    if np.isnan(top):
        return (
            f"{window}: no two phases at any sampled temperature; one phase fills the window, or "
            "the ground states in it are not among those that are sampled"
        )
    within = f"{top:.0f} K (no standard error)" if np.isnan(error) else f"{top:.0f} ± {error:.0f} K"
    return f"{window}: two phases up to {within}" + ("" if np.isnan(x) else f", at x = {x:.2f}")

"""Uncertainty of a diagram by its expansion, as records of the schema of its results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from navac.expansion.expansion import Expansion
from navac.fit.uncertainty import draw_changes
from navac.results import schema
from navac.results.fields import Record
from navac.thermodynamics.covariance import Known
from navac.thermodynamics.diagram import Diagram
from navac.thermodynamics.drawn import drawn_diagrams
from navac.thermodynamics.regions import boundaries
from navac.thermodynamics.responses import PhaseResponse, energy_misfit, number_terms
from navac.thermodynamics.uncertainty import (
    BoundaryUncertainty,
    PointUncertainty,
    boundary_uncertainties,
    point_uncertainties,
)


def uncertainty_records(
    name: str,
    diagram: Diagram,
    responses: Mapping[int, PhaseResponse],
    known: Known,
    expansion: Expansion,
    points: Sequence[str],
    *,
    draws: int,
    seed: int,
) -> Iterator[tuple[str, Record]]:
    """Everything that is written of a range, each record with the name of its group.

    Args:
        name: of the range.
        responses: of the phases; none if no covariance is known.
        points: names of the invariant points, as their records have them.
        draws: diagrams to draw.
        seed: of the draws.
    """
    if known.uncertainty is None:
        yield name, source_record(known, np.nan, 0)
        return
    misfit = energy_misfit(responses, expansion, diagram.fields)
    yield name, source_record(known, misfit, draws)
    covariance = known.uncertainty.covariance
    found = boundary_uncertainties(diagram, responses, covariance)
    yield from boundary_uncertainty_records(found).items()
    of_points = point_uncertainties(diagram, responses, covariance)
    phases, index = diagram.assignment.names, known.uncertainty.index
    yield from invariant_uncertainty_records(points, of_points, phases, index).items()
    if draws:
        changes = draw_changes(known.uncertainty, draws, seed)
        yield (
            name,
            drawn_record(drawn_diagrams(diagram, responses, changes, number_terms(expansion))),
        )


def source_record(known: Known, misfit: float, draws: int) -> schema.ExpansionUncertainty:
    """Where the covariance comes from, or that there is none.

    Args:
        misfit: see :func:`navac.thermodynamics.responses.energy_misfit`; NaN without.
    """
    return schema.ExpansionUncertainty(
        source=known.source,
        known=known.uncertainty is not None,
        noise_eV_per_cell=np.nan if known.uncertainty is None else known.uncertainty.noise,
        correlation_misfit_eV_per_cell=misfit,
        draws=draws,
    )


def boundary_uncertainty_records(
    found: Mapping[str, BoundaryUncertainty],
) -> dict[str, schema.BoundaryUncertainty]:
    """Standard errors of two-phase regions, by their names."""
    return {
        name: schema.BoundaryUncertainty(
            temperature_K=of.temperature,
            x_low_stderr_expansion=of.stderr[:, 0],
            x_high_stderr_expansion=of.stderr[:, 1],
            mu_stderr_expansion_eV=of.stderr[:, 2],
        )
        for name, of in found.items()
    }


def invariant_uncertainty_records(
    names: Sequence[str],
    found: Sequence[PointUncertainty | None],
    phases: Sequence[str],
    index: np.ndarray,
) -> dict[str, schema.InvariantUncertainty]:
    """Standard errors of invariant points, and the interactions that they hang on.

    Args:
        names: of the points, as their records have them.
        phases: names of the phases.
        index: ``[term]`` of the orbits.
    """
    return {
        name: schema.InvariantUncertainty(
            temperature_stderr_expansion_K=of.temperature_stderr,
            temperature_stderr_noise_K=of.noise,
            second_order_shift_K=of.second_order,
            mu_stderr_expansion_eV=of.mu_stderr,
            phases=tuple(phases[k] for k in of.point.phases),
            x_stderr_expansion=of.x_stderr,
            index=index,
            sensitivity_K_per_meV=of.sensitivity / 1000,
            sensitivity_stderr_K_per_meV=of.sensitivity_stderr / 1000,
            share_of_variance=of.share,
        )
        for name, of in zip(names, found, strict=True)
        if of is not None
    }


def drawn_record(drawn: Sequence[Diagram]) -> schema.DrawnBoundaries:
    """The regions of every drawn diagram, one after the other."""
    parts = [boundaries(d) for d in drawn]
    regions = tuple(dict.fromkeys(name for part in parts for name in part))
    rows = [
        (n, regions.index(name), T, *values)
        for n, part in enumerate(parts)
        for name, of in part.items()
        for T, values in zip(of.temperature, of.values, strict=True)
    ]
    draw, region, T, low, high, mu = np.array(rows, float).reshape(-1, 6).T
    return schema.DrawnBoundaries(
        draw=draw.astype(int), region=region.astype(int), temperature_K=T, x_low=low, x_high=high,
        mu_eV=mu, regions=regions,
    )  # fmt: skip


def uncertainty_sentence(name: str, of: schema.InvariantUncertainty, most: int = 3) -> str:
    """How uncertain an invariant temperature is by the expansion, as people read it."""
    share = of.share_of_variance
    largest = np.argsort(-np.abs(share))[:most]
    hangs = ", ".join(f"{of.index[k]} ({100 * share[k]:.0f} %)" for k in largest)
    return (
        f"{name}: ± {of.temperature_stderr_expansion_K:.0f} K by the expansion, to first order "
        f"({of.second_order_shift_K:+.0f} K on average in second order); "
        f"the largest shares of the variance are those of the interactions {hangs}"
    )

"""Which covariance of the interactions a diagram's errors rest on, and where it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from navac.expansion.correlations import correlation_matrix
from navac.expansion.expansion import Expansion
from navac.fit.uncertainty import Uncertainty, posterior_of, read_uncertainty
from navac.orderings.ordering import Ordering

NO_NOISE = 1e-6
"""Noise of a fit, eV per primitive cell, below which its energies are an expansion's own: they tell
nothing of its errors."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """A covariance of the interactions, or why there is none.

    Attributes:
        source: where it comes from, in words, or why it is missing.
        uncertainty: None where it is missing.
    """

    source: str
    uncertainty: Uncertainty | None = None


def known_covariance(
    expansion: Expansion,
    *,
    noise: float | None,
    path: str | Path | None,
    orderings: Sequence[Ordering],
    formula_units: int,
    scanned: bool,
) -> Known:
    """The covariance of the interactions that were sampled, or why there is none.

    Args:
        noise: assumed error of an energy, meV per formula unit; None for that of the fit.
        path: covariance that the fit left; None for an expansion that was fitted elsewhere.
        orderings: those with an energy.
        scanned: whether phases were scanned in μ and not heated at every one.
    """
    if not expansion.is_spin:
        return Known(source="none: sites of several species are not sampled")
    if scanned:
        return Known(source="none: the response of phases needs sampling.protocol grid")
    if noise is None:
        return of_fit(path, expansion, formula_units)
    return of_noise(noise, expansion, orderings, formula_units)


def of_fit(path: str | Path | None, expansion: Expansion, formula_units: int) -> Known:
    """The covariance that a fit of this campaign has left.

    Args:
        path: of its file; None for an expansion that was fitted elsewhere.
        expansion: that was sampled.
    """
    if path is None:
        return Known(
            source="none: the expansion was fitted elsewhere, without a covariance; set "
            "thermodynamics.expansion_uncertainty.noise_meV_per_fu to assume an error of energies"
        )
    found = read_uncertainty(path)
    if _terms(expansion) != found.index.tolist():
        return Known(source=f"none: {Path(path).name} is of other orbits than what was sampled")
    if found.noise < NO_NOISE:
        return Known(
            source="none: the expansion reproduces its energies without error, which then tell "
            "nothing of its uncertainty; set "
            "thermodynamics.expansion_uncertainty.noise_meV_per_fu to assume an error of energies"
        )
    noise = 1000 * found.noise / formula_units
    return Known(
        source=f"the fit of this campaign, whose energies scatter by {noise:.3g} meV per formula "
        "unit about it",
        uncertainty=found,
    )


def of_noise(
    noise: float, expansion: Expansion, orderings: Sequence[Ordering], formula_units: int
) -> Known:
    """The covariance that a fit to the energies of some orderings has if these have an error.

    Args:
        noise: standard deviation of an energy, meV per formula unit.
        expansion: that was sampled.
    """
    if len(orderings) <= len(expansion.orbits):
        return Known(
            source=f"none: {len(orderings)} energies do not determine {len(expansion.orbits)} "
            "interactions; enumerate more orderings"
        )
    averages = correlation_matrix(expansion.orbits, orderings, expansion.spaces)
    return Known(
        source=f"a fit to {len(orderings)} energies of this campaign with an assumed error of "
        f"{noise:g} meV per formula unit",
        uncertainty=posterior_of(expansion, noise * formula_units / 1000, averages),
    )


def _terms(expansion: Expansion) -> list[int]:
    """The index of every term, the constant first."""
    return [1, *(o.index for o in expansion.orbits)]

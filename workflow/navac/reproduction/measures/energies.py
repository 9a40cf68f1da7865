"""Measures of energies, and of the expansions fitted to them."""

from __future__ import annotations

import numpy as np

from navac.energies.table import energies_in, mixing_energies
from navac.hull import lower_hull
from navac.reproduction.evidence import Evidence
from navac.reproduction.measures.table import UNKNOWN, measure


@measure
def mixing_energy(evidence: Evidence, x: float) -> tuple[float, float]:
    """Lowest mixing energy at a composition, meV per formula unit."""
    ranges = evidence.settings.ranges
    ends = (
        min(r.x[0] for r in ranges.values()), max(r.x[1] for r in ranges.values())
    )  # fmt: skip
    mixing = mixing_energies(evidence.energies, ends)
    here = mixing[np.isclose(evidence.energies.x, x)]
    here = here[np.isfinite(here)]
    return (1000 * here.min() / evidence.formula_units, 0.0) if len(here) else UNKNOWN


@measure
def above_hull(evidence: Evidence, x: float) -> tuple[float, float]:
    """Lowest energy at a composition above the hull of the others, meV per formula unit.

    Negative where it is a ground state: so far below the hull without it.
    """
    fu = evidence.formula_units
    for name, settings in evidence.settings.ranges.items():
        if settings.x[0] < x < settings.x[1]:
            rows = energies_in(evidence.energies, name, settings.x)
            own = np.isclose(rows.x, x)
            if own.any():
                hull = lower_hull(rows.x[~own], rows.energy_eV_per_cell[~own], fu)
                lowest = rows.energy_eV_per_cell[own].min()
                return 1000 * float(hull.above(x, lowest)) / fu, 0.0
    return UNKNOWN


@measure
def fit_score(evidence: Evidence, composition_range: str, score: str) -> tuple[float, float]:
    """An entry of the fit's scores, as ``rms_meV_per_fu``.

    Nothing of a fit to published energies without noise: these are an expansion's own.
    """
    if _without_noise(evidence):
        return UNKNOWN
    return float(evidence.scores.get(composition_range, {}).get(score, np.nan)), np.nan


def _without_noise(evidence: Evidence) -> bool:
    energies = evidence.settings.energies
    return energies.backend == "published" and energies.noise_meV_per_fu == 0


@measure
def interactions(evidence: Evidence, composition_range: str) -> tuple[float, float]:
    """Number of interactions, the constant not counted; nothing where :func:`fit_score` is not."""
    if _without_noise(evidence):
        return UNKNOWN
    table = evidence.interactions.get(composition_range)
    return (np.nan if table is None else float((table["index"] > 1).sum())), 0.0


@measure
def interaction(evidence: Evidence, composition_range: str, index: float) -> tuple[float, float]:
    """ECI per cluster of an index of the table, meV; 0 where the fit did without."""
    table = evidence.interactions.get(composition_range)
    if table is None:
        return UNKNOWN
    return float(table.loc[table["index"] == index, "eci_per_multiplicity_meV"].sum()), np.nan

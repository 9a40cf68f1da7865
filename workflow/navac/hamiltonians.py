"""Which expansion a composition range samples, and its ground states among the orderings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from navac.clusters import enumerate_orbits
from navac.config import Config
from navac.crystal import find_space_group, read_prim
from navac.energies import in_range
from navac.expansion import Expansion, read_eci_table
from navac.fit import correlation_matrix
from navac.hull import Hull, lower_hull
from navac.orderings import Ordering


def sampled_expansion(config: Config, name: str, prim: str | Path, fitted: str | Path) -> Expansion:
    """The expansion that a range samples: the fitted one, or the published one.

    Args:
        name: the range.
        prim: the prim written by the campaign.
        fitted: the ECI table that the campaign fitted.
    """
    crystal = read_prim(prim, [], config.prim.formula_units)
    group = find_space_group(crystal, config.prim.symmetry_tolerance_A)
    orbits = enumerate_orbits(crystal, group, config.expansion.cutoffs_A)
    settings = config.ranges[name]
    if settings.hamiltonian == "fitted":
        return read_eci_table(fitted, orbits)
    published = read_eci_table(settings.published_eci, orbits)
    return replace(published, constant=published.constant + settings.constant_meV_per_cell / 1000)


def ground_states(
    expansion: Expansion,
    orderings: Sequence[Ordering],
    bounds: tuple[float, float],
    formula_units: int,
) -> tuple[Hull, list[Ordering]]:
    """Hull of an expansion over the orderings of a composition range, and its orderings."""
    inside = np.flatnonzero(in_range(np.array([o.x for o in orderings]), bounds))
    some = [orderings[i] for i in inside]
    averages = correlation_matrix(expansion.orbits, some)
    energy = expansion.constant + averages @ (expansion.multiplicities * expansion.eci)
    # Equal energies: the ordering of the smallest supercell fits the most boxes.
    order = np.lexsort(([o.id for o in some], [o.cells for o in some], np.round(energy, 9)))
    x = np.array([o.x for o in some])[order]
    hull = lower_hull(x, np.round(energy, 9)[order], formula_units)
    return hull, [some[order[i]] for i in hull.index]

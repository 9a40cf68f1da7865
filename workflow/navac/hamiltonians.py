"""The expansions that a composition range is given, and ground states among the orderings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from navac.clusters import Orbit
from navac.config_sections import RangeSection
from navac.crystal import Prim, SpaceGroup
from navac.energies import in_range
from navac.expansion import Expansion, correlation_matrix, read_eci_table
from navac.hull import Hull, lower_hull
from navac.imports import import_expansion
from navac.orderings import Ordering


def published_expansion(settings: RangeSection, orbits: Sequence[Orbit]) -> Expansion:
    """The published table of a range, with the constant that it leaves out."""
    published = read_eci_table(settings.published_eci, orbits)
    return replace(published, constant=published.constant + settings.constant_meV_per_cell / 1000)


def reference_expansion(
    settings: RangeSection, prim: Prim, group: SpaceGroup, orbits: Sequence[Orbit]
) -> tuple[Expansion, str]:
    """The expansion that the energies of a range come from, and what it is.

    The published table, or else the file of an expansion fitted elsewhere.
    """
    if settings.published_eci is not None:
        return published_expansion(settings, orbits), f"published {settings.published_eci.name}"
    expansion, code = import_expansion(settings.expansion_file, prim, group)
    return expansion, f"{code} {settings.expansion_file.name}"


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

"""Ground states of an expansion among listed orderings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from navac.composition import in_range
from navac.expansion.expansion import Expansion, correlation_matrix
from navac.hull import Hull, lower_hull
from navac.orderings.ordering import Ordering


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

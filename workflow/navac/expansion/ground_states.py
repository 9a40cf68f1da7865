"""Ground states of an expansion among listed orderings."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress

import numpy as np

from navac.composition import in_range
from navac.expansion.expansion import Expansion
from navac.hull import Hull, lower_hull
from navac.orderings.ordering import Ordering


def ground_states(
    expansion: Expansion,
    orderings: Sequence[Ordering],
    bounds: tuple[float, float],
    formula_units: int,
) -> tuple[Hull, list[Ordering]]:
    """Hull of an expansion over the orderings of a composition range, and its orderings."""
    inside = in_range(np.array([o.x for o in orderings]), bounds)
    some = list(compress(orderings, inside))
    energy = np.round(expansion.energies_of(some), 9)
    ids, cells = np.array([o.id for o in some]), np.array([o.cells for o in some])
    # Of equal energies the ordering of the smallest cell fits the most supercells.
    order = np.lexsort((ids, cells, energy))
    x = np.array([o.x for o in some])[order]
    hull = lower_hull(x, energy[order], formula_units)
    return hull, [some[order[i]] for i in hull.index]

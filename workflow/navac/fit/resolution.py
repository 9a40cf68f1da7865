"""Which interactions a set of orderings tells, and which orderings would tell more.

A function is *unresolved* if its interaction can change without changing any energy that was
computed, the other interactions following. Then the regression alone decides what it is.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from navac.crystal.prim import Prim
from navac.crystal.sites import SiteSpace, site_spaces
from navac.expansion.clusters import Orbit

RESOLVED = 1e-6
"""A function of which so much lies in the null space of the orderings is not resolved."""
_RANK = 1e-9


def _design(averages: np.ndarray) -> np.ndarray:
    return np.column_stack([np.ones(len(averages)), averages])


def _null_space(averages: np.ndarray) -> np.ndarray:
    """``[term, direction]`` changes of interactions, constant first, that change no energy."""
    _, size, right = np.linalg.svd(_design(averages), full_matrices=True)
    rank = int((size > _RANK * size.max(initial=0.0)).sum())
    return right[rank:].T


def unresolved(averages: np.ndarray) -> np.ndarray:
    """Which orbits of ``averages[ordering, orbit]`` the orderings do not resolve."""
    share = (_null_space(averages)[1:] ** 2).sum(axis=1)
    return np.flatnonzero(share > RESOLVED)


def resolving(averages: np.ndarray, candidates: np.ndarray, most: int) -> np.ndarray:
    """The candidates that resolve most, in order, until nothing is gained.

    Each is the one whose functions reach farthest into what those before it leave open.

    Args:
        averages: ``[ordering, orbit]`` of the orderings with energies.
        candidates: ``[ordering, orbit]`` of others.
        most: how many are named.

    Returns:
        Rows of the candidates.
    """
    chosen: list[int] = []
    reach = _design(candidates) @ _null_space(averages)
    while len(chosen) < most and len(reach):
        length = np.linalg.norm(reach, axis=1)
        best = int(length.argmax())
        if length[best] < RESOLVED:
            break
        chosen.append(best)
        along = reach[best] / length[best]
        reach = reach - np.outer(reach @ along, along)
    return np.array(chosen, int)


def function_name(orbit: Orbit, spaces: Sequence[SiteSpace], prim: Prim) -> str:
    """A function in words: ``Na1–M pair of 3.41 Å (t1 t3)``."""
    kinds = {1: "point", 2: "pair", 3: "triplet", 4: "quadruplet"}
    labels = "–".join(prim.active_labels[s] for s, *_ in orbit.prototype)
    size = f" of {orbit.max_length:.2f} Å" if orbit.order > 1 else ""
    spaces = spaces or site_spaces(prim.species)
    names = " ".join(spaces[s].names[f - 1] for s, *_, f in orbit.decorated[0])
    return f"{labels} {kinds.get(orbit.order, f'cluster of {orbit.order}')}{size} ({names})"

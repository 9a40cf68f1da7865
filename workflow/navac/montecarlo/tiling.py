"""How many parts of the supercell and how many replicas share a row of memory."""

from __future__ import annotations

import math

from navac.montecarlo.layout import possible_parts, step_rows
from navac.montecarlo.model import LatticeModel

LANES = 128
"""Lanes that a row should have, for the vector units of a CPU. LLVM unrolls shorter rows into
code that does not use them."""

REPLICAS = 64
"""Most replicas that share a row of a core: two parts of the supercell fill it, and the slab
that a sweep is at takes half as much of the cache as it would with rows of one part."""

FLIPS_PER_STEP = 4096
"""Attempted flips per step that keep a step in the cache of a core."""

STEP_COST = 1000
"""What a step costs a core besides its flips, in flips."""


def parts_and_tile(model: LatticeModel, share: int, allowed: int) -> tuple[int, int]:
    """Parts of the supercell, and replicas per row, that run ``share`` replicas on a core fastest.

    No more than ``allowed`` are run together, but as many as fill a vector.

    Rows are filled up to whole vectors and runs to equal numbers of replicas, steps hold as
    many rows as divide a slab: what that wastes depends on the numbers.
    """
    possible = possible_parts(model)
    most = min(REPLICAS if len(possible) > 1 else LANES, allowed)
    costs: dict[tuple[int, int], float] = {}
    for parts in possible:
        for runs in range(-(-share // most), share + 1):
            tile = _filled(-(-share // runs), parts)
            lanes = parts * tile
            if lanes < LANES:
                break
            step = lanes * step_rows(model, parts, most_rows(lanes))
            costs.setdefault((parts, tile), runs * tile * (1 + STEP_COST / step))
    if costs:
        return min(costs, key=costs.__getitem__)
    parts = max(possible)
    return parts, _filled(min(share, most), parts)


def _filled(replicas: int, parts: int) -> int:
    """So many replicas, or the few more that fill the 16-byte words of a row."""
    whole = 16 // math.gcd(16, parts)
    return -(-replicas // whole) * whole


def most_rows(lanes: int) -> int:
    """Rows of so many lanes that a step may have."""
    return max(1, FLIPS_PER_STEP // lanes)

"""How many parts of the supercell and how many replicas share a row of memory of a core."""

from __future__ import annotations

import math
from dataclasses import dataclass

from navac.montecarlo.gas.model import GasModel
from navac.montecarlo.layout import possible_parts, step_rows
from navac.montecarlo.model import LatticeModel

LANES = 128
"""Lanes that a row of bytes should have, for the vector units of a CPU. LLVM unrolls shorter
rows into code that does not use them."""

REPLICAS = 64
"""Most replicas that share a row of bytes: two parts of the supercell fill it, and the slab
that a sweep is at takes half as much of the cache as it would with rows of one part."""

FLIPS_PER_STEP = 4096
"""Attempted flips per step that keep a step in the cache of a core."""

STEP_COST = 1000
"""What a step costs a core besides its flips, in flips."""


WORD = 32
"""Replicas that share a word of bit planes."""

STATE_BYTES = 2**22
"""What the bit planes of a core's replicas may take; there is nothing to gain beyond."""

VECTOR_COST = {16: 1.0, 8: 0.75, 4: 0.7, 2: 0.65, 1: 0.6}
"""Time of an operation on vectors of so many words, relative to the longest."""

VECTOR = 16
"""Most words of a vector."""

PIECE_COST = 0.08
"""What every further row in a vector costs, relative to the longest vector's time."""

ROW_COST = 0.1
"""Time that a row of bit planes takes beside its vectors, relative to the longest one's."""


@dataclass(frozen=True)
class Tiling:
    """How a core's replicas lie in memory.

    Attributes:
        parts: parts of the supercell.
        tile: replicas that are run together.
        rows: most rows of a step.
        vector: words of a vector, for bit planes.
        bundle: rows that share a vector, for bit planes.
    """

    parts: int
    tile: int
    rows: int
    vector: int = 0
    bundle: int = 1


def plane_tiling(
    model: LatticeModel | GasModel,
    share: int,
    allowed: int,
    *,
    planes: int = 1,
    joint: bool = False,
    bundles: bool = True,
) -> Tiling:
    """The tiling that runs ``share`` replicas on a core fastest as bit planes.

    No more than ``allowed`` are run together, but as many as fill a word with the parts of the
    supercell, and no more than the cache holds.

    Args:
        planes: most bits of a site.
        joint: whether sites of neighbouring parts may move together.
        bundles: whether rows may share vectors.
    """
    most = min(max(allowed, 1), max(WORD, 8 * STATE_BYTES // (planes * model.n_sites)))
    costs: dict[Tiling, float] = {}
    for tile in _tiles(min(share, most)):
        runs = -(-share // tile)
        for parts in possible_parts(model):
            spread = max(1, WORD // tile)
            reach = min(parts // 2, _reach(model, parts) + joint)
            if parts % spread or (spread > 1 and parts // spread < reach):
                continue
            words = parts // spread * max(1, tile // WORD)
            piece = math.gcd(words, VECTOR)
            for bundle in _bundles(model, parts, piece) if bundles else [1]:
                vector = piece * bundle
                each = VECTOR_COST[vector] + PIECE_COST * (bundle - 1)
                row = words // piece * each / bundle + ROW_COST
                costs[Tiling(parts, tile, model.n_sites, vector, bundle)] = runs * row / parts
    return min(costs, key=costs.__getitem__)


def _bundles(model: LatticeModel | GasModel, parts: int, piece: int) -> list[int]:
    """Numbers of rows that may share a vector: of one colour, and all of them in pairs."""
    if model.supercell.diag[1] // model.block.diag[1] % 2:
        return [1]
    pairs = step_rows(model, parts, model.n_sites) // 2
    return [n for n in (1, 2, 4, 8, 16) if n * piece <= VECTOR and pairs % n == 0]


def _tiles(most: int) -> list[int]:
    """Numbers of replicas that fill words: powers of two up to a word, and whole words."""
    words = -(-most // WORD)
    return [2**k for k in range(WORD.bit_length())] + [WORD * k for k in range(2, words + 1)]


def _reach(model: LatticeModel | GasModel, parts: int) -> int:
    """Parts that interactions may reach along the third axis, the shorter way."""
    cells = model.supercell.diag[2] // parts
    farthest = max(int(abs(n[:, 3]).max(initial=0)) for n in model.neighbours)
    return min(parts // 2, -(-(farthest + cells - 1) // cells))


def byte_tiling(model: LatticeModel, share: int, allowed: int) -> Tiling:
    """The tiling that runs ``share`` replicas on a core fastest as bytes.

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
        parts, tile = min(costs, key=costs.__getitem__)
    else:
        parts = max(possible)
        tile = _filled(min(share, most), parts)
    return Tiling(parts, tile, most_rows(parts * tile))


def _filled(replicas: int, parts: int) -> int:
    """So many replicas, or the few more that fill the 16-byte words of a row."""
    whole = 16 // math.gcd(16, parts)
    return -(-replicas // whole) * whole


def most_rows(lanes: int) -> int:
    """Rows of so many lanes that a step may have."""
    return max(1, FLIPS_PER_STEP // lanes)

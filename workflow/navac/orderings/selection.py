"""Which of the orderings that were found are kept: the lowest, and a fair draw from the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

import numpy as np

from navac.orderings.ordering import Ordering, OrderingError


def _rank_key(ordering: Ordering) -> tuple[float, int, str]:
    return ordering.ewald_eV_per_cell, ordering.cells, ordering.id


def _in_order(chosen: Iterable[Ordering]) -> list[Ordering]:
    return sorted(chosen, key=lambda o: (o.cells, o.id.rpartition("-")[0], _rank_key(o)))


def selected(
    lots: Mapping[Ordering, float], most: int | None, random_share: float, always: int
) -> list[Ordering]:
    """``most`` of one composition, or all that are always kept if these are more."""
    kept, others = _always_kept(list(lots), always)
    room = len(others) if most is None else max(0, most - len(kept))
    drawn = round(random_share * room)
    others = _by_turns(others)
    lowest, beyond = others[: room - drawn], others[room - drawn :]
    # Every ordering has its lot before any is dropped, so this draw is uniform over all of them.
    return _in_order(kept + lowest + sorted(beyond, key=lots.__getitem__)[:drawn])


def _by_turns(pool: list[Ordering]) -> list[Ordering]:
    """Lowest Ewald energy first, supercell sizes taking turns.

    Large supercells have many low orderings, which would crowd out the small ones; but most
    ground states are small.
    """
    turn: dict[Ordering, int] = {}
    turns: Counter[int] = Counter()  # by supercell size
    for ordering in sorted(pool, key=_rank_key):
        turn[ordering] = turns[ordering.cells]
        turns[ordering.cells] += 1
    return sorted(pool, key=lambda ordering: (turn[ordering], ordering.cells))


def _always_kept(pool: list[Ordering], always: int) -> tuple[list[Ordering], list[Ordering]]:
    """The lowest of one composition with all of up to ``always`` cells, and the others.

    Without any cells nothing is always kept: not the lowest either.
    """
    if not always:
        return [], pool
    lowest = min(pool, key=_rank_key, default=None)
    kept = [o for o in pool if o is lowest or o.cells <= always]
    return kept, [o for o in pool if not (o is lowest or o.cells <= always)]


Composition = TypeVar("Composition", bound=Hashable)


def spread(
    pools: Mapping[Composition, list[Ordering]], total: int, always: int, seed: int
) -> dict[Composition, list[Ordering]]:
    """``total`` orderings, as evenly over the compositions as their numbers allow."""
    chosen, rest = {}, {}
    rng = np.random.default_rng(seed)
    for x, pool in pools.items():
        chosen[x], others = _always_kept(pool, always)
        rest[x] = [others[i] for i in rng.permutation(len(others))]
    if (must := sum(map(len, chosen.values()))) > total:
        raise OrderingError(
            f"total: {total} is less than the {must} orderings that are always kept (the lowest at "
            f"each composition and all of up to {always} cells); raise it to {must}"
        )
    while must < total and any(rest.values()):
        x = min((x for x in rest if rest[x]), key=lambda x: len(chosen[x]))
        chosen[x].append(rest[x].pop())
        must += 1
    return {x: _in_order(some) for x, some in chosen.items()}

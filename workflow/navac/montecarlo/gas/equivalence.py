"""Whether two sites see the same surroundings, and which of their neighbours correspond.

Neighbours are told apart by their products of bits with others, refined until nothing new is
learnt (colour refinement). Where some remain alike, one of them is singled out on one side and each
that looks like it in turn on the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence

from navac.montecarlo.gas.environment import GasEnvironment


class _Side:
    """The products of an environment, neighbour by neighbour."""

    def __init__(self, environment: GasEnvironment) -> None:
        self.sizes = environment.sizes
        self.products = Counter(
            ((term.fields, term.odd), frozenset(bits))
            for term in environment.terms
            for bits in term.products
        )
        self._seen: list[list[tuple[Hashable, int, tuple[tuple[int, int], ...]]]] = [
            [] for _ in environment.sizes
        ]
        for term in environment.terms:
            for bits in term.products:
                for place, (k, code) in enumerate(bits):
                    others = bits[:place] + bits[place + 1 :]
                    self._seen[k].append(((term.fields, term.odd), code, others))

    def looks(self, colours: Sequence[int]) -> list[Hashable]:
        """What each neighbour looks like when neighbours have these colours."""
        return [
            (colours[k], frozenset(Counter(
                (term, code, tuple(sorted((colours[j], c) for j, c in others)))
                for term, code, others in seen
            ).items()))
            for k, seen in enumerate(self._seen)
        ]  # fmt: skip


def corresponding(known: GasEnvironment, own: GasEnvironment) -> list[int] | None:
    """For each neighbour of ``known`` the corresponding one of ``own``; None if they differ."""
    if known.constant != own.constant:
        return None
    sides = _Side(known), _Side(own)
    return _search(sides, (list(sides[0].sizes), list(sides[1].sizes)))


def _search(sides: tuple[_Side, _Side], colours: tuple[list[int], list[int]]) -> list[int] | None:
    first, second = colours = _refined(sides, colours)
    if Counter(first) != Counter(second):
        return None
    alike = [c for c, n in Counter(first).items() if n > 1]
    if not alike:
        place = {c: k for k, c in enumerate(second)}
        order = [place[c] for c in first]
        return order if _agree(sides, order) else None
    colour = min(alike, key=lambda c: (first.count(c), c))
    chosen, new = first.index(colour), max(first) + 1
    for k, c in enumerate(second):
        if c == colour:
            found = _search(sides, (_set(first, chosen, new), _set(second, k, new)))
            if found is not None:
                return found
    return None


def _set(colours: list[int], k: int, colour: int) -> list[int]:
    return [*colours[:k], colour, *colours[k + 1 :]]


def _refined(
    sides: tuple[_Side, _Side], colours: tuple[list[int], list[int]]
) -> tuple[list[int], list[int]]:
    """Colours that tell apart what looks different, the same on both sides."""
    while True:
        looks = [side.looks(own) for side, own in zip(sides, colours, strict=True)]
        names: dict[Hashable, int] = {}
        first, second = ([names.setdefault(x, len(names)) for x in own] for own in looks)
        if len(names) == len({*colours[0], *colours[1]}):
            return first, second
        colours = first, second


def _agree(sides: tuple[_Side, _Side], order: Sequence[int]) -> bool:
    """Whether the products of one side are those of the other."""
    moved: Counter[Hashable] = Counter()
    for (term, bits), n in sides[0].products.items():
        moved[term, frozenset((order[k], code) for k, code in bits)] += n
    return moved == sides[1].products

"""How a change of the sites of a unit is tried, as functions of a program."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from navac.montecarlo.emitter import EmittedGates, Function
from navac.montecarlo.gas.fields import FIELD_DIGITS
from navac.montecarlo.gas.model import DIGITS
from navac.montecarlo.gas.moves import Pair
from navac.montecarlo.gas.shape import Shape
from navac.montecarlo.planes import ONE, ZERO, Gates, Plane, add, less
from navac.montecarlo.programs import accumulate

SIDES = "ptr %own0, ptr %own1, ptr %field0, ptr %field1, ptr %limit, ptr %energy, ptr %tried"
"""Arguments of a change: words and fields of the two sites, thresholds, and sums."""


class _Side:
    """One of the sites of a unit, inside a function with the arguments :data:`SIDES`."""

    def __init__(self, f: Function, shape: Shape, role: int, species: int) -> None:
        self._f, self._shape = f, shape
        self._own, self._field = f"%own{role}", f"%field{role}"
        self.bits = [Plane(f.load(self._place(code))) for code in range(1, species)]

    def _place(self, code: int) -> str:
        return self._f.at(self._own, (code - 1) * self._shape.width)

    def holds(self, gates: Gates, code: int) -> Plane:
        """Where the site holds a species."""
        return self.bits[code - 1] if code else reduce(gates.both, [~b for b in self.bits])

    def field(self, code: int) -> list[Plane]:
        """The field of a species, to all digits."""
        if not code:
            return [ZERO] * DIGITS
        f, vector = self._f, self._shape.vector
        first = (code - 1) * FIELD_DIGITS
        own = [Plane(f.load(f.at(self._field, (first + d) * vector))) for d in range(FIELD_DIGITS)]
        return own + [own[-1]] * (DIGITS - FIELD_DIGITS)

    def flip(self, gates: Gates, code: int, where: Plane) -> None:
        """Turn the bit of a species over."""
        if code:
            new = gates.xor(self.bits[code - 1], where)
            self._f.store(gates.word(new), self._place(code))


def _subtract(gates: Gates, a: Sequence[Plane], b: Sequence[Plane]) -> list[Plane]:
    return add(gates, a, [~plane for plane in b], ONE)


def emit_change(
    shape: Shape, name: str, sizes: tuple[int, ...], pairs: tuple[Pair, ...]
) -> Function:
    """Sites of a unit go from one species to another together, or back."""
    f = Function(name, SIDES, shape.vector)
    gates = EmittedGates(f, ternary=shape.ternary)
    sides = [_Side(f, shape, role, size) for role, size in enumerate(sizes)]
    forward = reduce(
        gates.both, [s.holds(gates, a) for s, (a, _) in zip(sides, pairs, strict=True)]
    )
    back = reduce(gates.both, [s.holds(gates, b) for s, (_, b) in zip(sides, pairs, strict=True)])
    costs = [
        _subtract(gates, s.field(b), s.field(a)) for s, (a, b) in zip(sides, pairs, strict=True)
    ]
    cost = reduce(lambda x, y: add(gates, x, y), costs)
    active = ~gates.both(~forward, ~back)
    flip = _settle(gates, f, shape, [gates.xor(digit, back) for digit in cost], back, active)
    for side, (a, b) in zip(sides, pairs, strict=True):
        side.flip(gates, a, flip)
        side.flip(gates, b, flip)
    return f


def emit_swap(shape: Shape, name: str, sizes: tuple[int, ...], _: tuple[Pair, ...]) -> Function:
    """The two sites of a unit exchange what they hold.

    The cost is D(b) − D(a), where D is the field of the first site minus that of the second, and a
    and b what they hold.
    """
    f = Function(name, SIDES, shape.vector)
    gates = EmittedGates(f, ternary=shape.ternary)
    first, second = sides = [_Side(f, shape, role, size) for role, size in enumerate(sizes)]
    chosen = [[ZERO] * DIGITS, [ZERO] * DIGITS]
    unlike = ZERO
    for code in range(1, sizes[0]):
        difference = _subtract(gates, first.field(code), second.field(code))
        own = [side.bits[code - 1] for side in sides]
        unlike = ~gates.both(~unlike, ~gates.xor(*own))
        chosen = [
            [~gates.both(~x, ~gates.both(bit, d)) for x, d in zip(one, difference, strict=True)]
            for one, bit in zip(chosen, own, strict=True)
        ]
    flip = _settle(gates, f, shape, _subtract(gates, chosen[1], chosen[0]), ZERO, unlike)
    for code in range(1, sizes[0]):
        moved = gates.both(flip, gates.xor(*(side.bits[code - 1] for side in sides)))
        for side in sides:
            side.flip(gates, code, moved)
    return f


def _settle(gates: Gates, f: Function, shape: Shape, cost: list[Plane], back: Plane,
            active: Plane) -> Plane:  # fmt: skip
    """Where a change is accepted; counts it and its cost.

    Σ (cost + 2^(digits − 1)) is added up.

    Args:
        cost: that of the change, or, where it goes ``back``, one less than that.
        active: where the sites hold what is exchanged.
    """
    limit = [Plane(f.load(f.at("%limit", k * shape.vector))) for k in range(DIGITS)]
    flip = gates.both(active, less(gates, cost, limit, ~back))
    counters = shape.counters
    positive = [*cost[:-1], ~cost[-1]]
    accumulate(gates, f, shape, "%energy", [gates.both(flip, p) for p in positive],
               counters.energy, gates.both(flip, back))  # fmt: skip
    accumulate(gates, f, shape, "%tried", [active], counters.change)
    accepted = f.at("%tried", counters.change * shape.words)
    accumulate(gates, f, shape, accepted, [flip], counters.change)
    return flip

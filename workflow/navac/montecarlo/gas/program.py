"""The sweep of a lattice gas as a program for the CPU at hand.

It makes the moves of :class:`navac.montecarlo.gas.bytes.ByteKernel`, to the bit. The fields of all
species of a site are computed together, from the same counts of neighbours, and serve all changes
that are tried there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

from navac.montecarlo import acceptance
from navac.montecarlo.emitter import EmittedGates, Function
from navac.montecarlo.gas.environment import GasEnvironment
from navac.montecarlo.gas.model import DIGITS
from navac.montecarlo.gas.moves import Pair
from navac.montecarlo.planes import (
    ONE,
    ZERO,
    Gates,
    Plane,
    add,
    compress,
    count,
    less,
    signed_powers,
)
from navac.montecarlo.programs import (
    RowShape,
    accumulate,
    declarations,
    handler,
    margins,
    transpose,
)

FIELD_DIGITS = DIGITS - 2
"""Binary digits of a field."""

ARGUMENTS = ("state", "counters", "reals", "units", "rows")
"""What the program is handed."""


@dataclass(frozen=True)
class Change:
    """One change that is tried at every unit of a visit.

    Attributes:
        pairs: codes of each site, from and to; none for a swap.
        counted: which of the changes of all moves it is.
    """

    pairs: tuple[Pair, ...]
    counted: int


@dataclass(frozen=True)
class Couples:
    """The units of a visit, two by two.

    Attributes:
        environments: of the sites of a unit.
        changes: what is tried, in order.
        number: of couples.
        first: where they begin among the units, words.
        names: how far the names of random numbers of two changes are apart.
    """

    environments: tuple[int, ...]
    changes: tuple[Change, ...]
    number: int
    first: int
    names: int


@dataclass(frozen=True)
class Counters:
    """Where a sweep leaves its sums, in planes.

    Attributes:
        energy: digits of the energy, see :func:`_settle`.
        change: digits of attempts, and of accepted ones, of each change.
        changes: how many changes are counted.
        number: digits of the atoms of a species on a sublattice.
        species: how many pairs of a sublattice and a code from 1 there are.
    """

    energy: int
    change: int
    changes: int
    number: int
    species: int

    @property
    def first_number(self) -> int:
        """The first plane of the atoms."""
        return self.energy + 2 * self.change * self.changes

    @property
    def planes(self) -> int:
        """How many there are in all."""
        return self.first_number + self.number * self.species

    def tried(self, counted: int) -> int:
        """The first plane of the attempts of a change; the accepted ones follow."""
        return self.energy + 2 * self.change * counted


@dataclass(frozen=True)
class Shape(RowShape):
    """What a program is made for.

    Attributes:
        rows: rows of each environment.
        couples: the visits.
        counters: the sums.
    """

    rows: tuple[int, ...]
    couples: tuple[Couples, ...]
    counters: Counters


SITE_HEAD = 4
"""Words of a site of a unit before its neighbours: where it begins, where its row begins, words
that come back from the margin after the row, and from the one before."""


def record(environments: Sequence[GasEnvironment]) -> int:
    """Words of a couple of units whose sites have these environments."""
    return 2 + 2 * sum(SITE_HEAD + e.neighbours for e in environments)


def program(
    shape: Shape, environments: tuple[GasEnvironment, ...], version: tuple[int, int]
) -> str:
    """The text of the program, whose entry ``sweep`` is an XLA handler."""
    functions = [_thresholds(shape), transpose(shape, DIGITS), margins(shape)]
    functions += [_fields(shape, k, e) for k, e in enumerate(environments)]
    known: dict[tuple, str] = {}
    for couples in shape.couples:
        sizes = tuple(environments[e].species for e in couples.environments)
        for change in couples.changes:
            if (sizes, change.pairs) not in known:
                name = known[sizes, change.pairs] = f"change{len(known)}"
                make = _change if change.pairs else _swap
                functions.append(make(shape, name, sizes, change.pairs))
    functions += [_visit(shape, v, environments, known) for v in range(len(shape.couples))]
    functions += [_census(shape, k, e) for k, e in enumerate(environments)]
    functions.append(_sweep(shape, environments))
    entry = handler("all_visits", ARGUMENTS, version)
    return "\n".join([declarations(shape), *(f.text() for f in functions), entry])


def _thresholds(shape: Shape) -> Function:
    """Thresholds of two units, replica by replica: ``[unit, 32, word]``."""
    f = Function("thresholds", "ptr %counters, ptr %kt, ptr %gain, i32 %site, ptr %one, ptr %two, "
                 "ptr %to", shape.vector)  # fmt: skip
    site, back = f.splat("%site"), [f.load("%one"), f.load("%two")]
    with f.loop(32) as bit:
        here = f.new(f"mul i64 {bit}, {shape.words}")
        base, step = f.at("%counters", here), 32 * shape.words
        first, second, k0, k1 = (f.load(f.at(base, k * step)) for k in range(4))
        words = acceptance.emit_threefry(f, f.integer("add", first, site), second, k0, k1)
        kt, gain = (f.load(f.at(p, here), f.reals) for p in ("%kt", "%gain"))
        up = f.splat(f.new(f"trunc i64 {f.new(f'sub i64 31, {bit}')} to i32"))
        for unit in (0, 1):
            sign = f.integer("and", f.integer("shl", back[unit], up), f.splat(-(2**31)))
            t = acceptance.emit_threshold(f, words[unit], gain, kt, sign, shape.rule, DIGITS)
            place = f.new(f"add i64 {f.new(f'mul i64 {bit}, {shape.vector}')}, "
                          f"{unit * 32 * shape.vector}")  # fmt: skip
            f.store(t, f.at("%to", place))
    return f


def _fields(shape: Shape, which: int, environment: GasEnvironment) -> Function:
    """The fields of a site, ``[code − 1, digit, word]``; offsets count from ``%near``."""
    f = Function(f"fields{which}", "ptr %near, ptr %starts, ptr %to", shape.vector)
    gates = EmittedGates(f, ternary=shape.ternary)
    bits: dict[tuple[int, int], Plane] = {}
    for k, size in enumerate(environment.sizes):
        offset = f.new(f"zext i32 {f.load(f.at('%starts', k), 'i32')} to i64")
        first = f.at("%near", offset)
        for code in range(1, size):
            bits[k, code] = Plane(f.load(f.at(first, (code - 1) * shape.width)))
    for code, digits in enumerate(fields(gates, environment, bits), start=1):
        for d, digit in enumerate(digits):
            place = ((code - 1) * FIELD_DIGITS + d) * shape.vector
            f.store(gates.word(digit), f.at("%to", place))
    return f


def fields(gates: Gates, environment: GasEnvironment, bits) -> list[list[Plane]]:
    """The digits of the field of each species but the first.

    Args:
        bits: per neighbour and code, whether it holds that species.
    """
    columns: list[list[list[Plane]]] = [
        [[] for _ in range(FIELD_DIGITS)] for _ in environment.constant
    ]
    constant = list(environment.constant)
    for term in environment.terms:
        products = [_product(gates, term.odd, [bits[bit] for bit in own]) for own in term.products]
        total = count(gates, products)
        for k, value in enumerate(term.fields):
            constant[k] += value * len(products) if term.odd else 0
            each = -2 * value if term.odd else value
            constant[k] += _add_multiple(columns[k], total, each)
    found = []
    for own, value in zip(columns, constant, strict=True):
        for d in range(FIELD_DIGITS):
            if value >> d & 1:
                own[d].append(ONE)
        found.append(compress(gates, own)[:FIELD_DIGITS])
    return found


def _product(gates: Gates, odd: bool, bits: list[Plane]) -> Plane:
    return gates.xor(*bits) if odd else reduce(gates.both, bits)


def _add_multiple(columns: list[list[Plane]], number: Sequence[Plane], factor: int) -> int:
    """Add factor × number to columns, as signed powers of two; returns what is still to add."""
    rest = 0
    for k, plane in enumerate(number):
        for power, sign in signed_powers(factor * 2**k):
            if power < len(columns):
                columns[power].append(plane if sign > 0 else ~plane)
                rest -= 2**power if sign < 0 else 0
    return rest


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


def _change(shape: Shape, name: str, sizes: tuple[int, ...], pairs: tuple[Pair, ...]) -> Function:
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


def _swap(shape: Shape, name: str, sizes: tuple[int, ...], _: tuple[Pair, ...]) -> Function:
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


def _visit(shape: Shape, which: int, environments, known: dict[tuple, str]) -> Function:
    """Try the units of a visit, two at a time."""
    couples = shape.couples[which]
    own = [environments[e] for e in couples.environments]
    sizes = tuple(e.species for e in own)
    f = Function(f"visit{which}", "ptr %state, ptr %counters, ptr %reals, ptr %units, ptr %sums",
                 shape.vector)  # fmt: skip
    raw = f.room(f"[{2 * 32 * shape.vector} x i32]")
    limits = f.room(f"[{DIGITS * shape.vector} x i32]")
    room = [(e.species - 1) * FIELD_DIGITS * shape.vector for e in own]
    found = f.room(f"[{2 * sum(room)} x i32]")
    length = record(own)
    unit = length // 2 - 1
    heads = [sum(SITE_HEAD + e.neighbours for e in own[:r]) for r in range(len(own))]
    with f.loop(couples.number) as couple:
        at = f.at(f.at("%units", f.new(f"mul i64 {couple}, {length}")), couples.first)
        site = f.load(at, "i32")
        many = f.new(f"zext i32 {f.load(f.at(at, 1), 'i32')} to i64")
        units = f.at(at, 2)

        def side(k: str, role: int) -> str:
            return f.at(f.at(units, f.new(f"mul i64 {k}, {unit}")), heads[role])

        def state_at(place: str) -> str:
            return f.at("%state", f.new(f"zext i32 {f.load(place, 'i32')} to i64"))

        def field_at(k: str, role: int) -> str:
            return f.at(f.at(found, f.new(f"mul i64 {k}, {sum(room)}")), sum(room[:role]))

        with f.loop(shape.words, shape.vector) as word:
            near = f.at("%state", word)
            counters, kt = f.at("%counters", word), f.at("%reals", word)
            sums = f.at("%sums", word)
            with f.loop(many) as k:
                for role, e in enumerate(couples.environments):
                    starts = f.at(side(k, role), SITE_HEAD)
                    f.line(
                        f"call void @fields{e}(ptr {near}, ptr {starts}, ptr {field_at(k, role)})"
                    )
            last = f.new(f"sub i64 {many}, 1")
            for m, change in enumerate(couples.changes):
                code = change.pairs[0][1] if change.pairs else 1
                back = [
                    f.at(f.at(state_at(side(k, 0)), word), (code - 1) * shape.width)
                    for k in ("0", last)
                ]
                gain = f.at(kt, (1 + change.counted) * 32 * shape.words)
                name = f.new(f"add i32 {site}, {m * couples.names}")
                f.line(f"call void @thresholds(ptr {counters}, ptr {kt}, ptr {gain}, i32 {name}, "
                       f"ptr {back[0]}, ptr {back[1]}, ptr {raw})")  # fmt: skip
                tried = f.at(sums, shape.counters.tried(change.counted) * shape.words)
                with f.loop(many) as k:
                    place = f.new(f"mul i64 {k}, {32 * shape.vector}")
                    f.line(f"call void @transpose(ptr {f.at(raw, place)}, ptr {limits})")
                    roles = [0, len(own) - 1]
                    owns = [f.at(state_at(side(k, r)), word) for r in roles]
                    fields_ = [field_at(k, r) for r in roles]
                    given = [*owns, *fields_, limits, sums, tried]
                    f.line(f"call void @{known[sizes, change.pairs]}("
                           + ", ".join(f"ptr {g}" for g in given) + ")")  # fmt: skip
        with f.loop(many) as k:
            for role, size in enumerate(sizes):
                place = side(k, role)
                row = state_at(f.at(place, 1))
                for code in range(1, size):
                    plane = f.at(row, (code - 1) * shape.width)
                    if role:
                        _come_back(f, shape, plane, place)
                    f.line(f"call void @margins(ptr {plane})")
    return f


def _come_back(f: Function, shape: Shape, row: str, place: str) -> None:
    """Bring words of a row that was written rotated back from its margins."""
    before, _ = shape.margin
    counts = [f.new(f"zext i32 {f.load(f.at(place, k), 'i32')} to i64") for k in (2, 3)]
    with f.loop(counts[0]) as k:
        _turned(f, f.at(f.at(row, k), before + shape.words), f.at(f.at(row, k), before), shape.turn)
    with f.loop(counts[1]) as k:
        back = f.new(f"sub i64 {before - 1}, {k}")
        _turned(f, f.at(row, back), f.at(f.at(row, back), shape.words), -shape.turn)


def _turned(f: Function, source: str, target: str, left: int) -> None:
    """Copy a word, rotated."""
    word = f.load(source, "i32")
    if left % 32:
        word = f.new(f"call i32 @llvm.fshl.i32(i32 {word}, i32 {word}, i32 {left % 32})")
    f.store(word, target, "i32")


def _census(shape: Shape, which: int, environment: GasEnvironment) -> Function:
    """Count the atoms of all rows of an environment, which are listed from ``%rows``."""
    f = Function(f"census{which}", "ptr %state, ptr %rows, ptr %sums", shape.vector)
    gates = EmittedGates(f, ternary=shape.ternary)
    digits = shape.counters.number
    with f.loop(shape.rows[which]) as row:
        at = f.at("%rows", f.new(f"mul i64 {row}, 2"))
        first, counter = (f.new(f"zext i32 {f.load(f.at(at, k), 'i32')} to i64") for k in (0, 1))
        with f.loop(shape.words, shape.vector) as word:
            own = f.at(f.at("%state", first), word)
            sums = f.at(f.at("%sums", counter), word)
            for code in range(1, environment.species):
                bit = Plane(f.load(f.at(own, (code - 1) * shape.width)))
                place = f.at(sums, (code - 1) * digits * shape.words)
                accumulate(gates, f, shape, place, [bit], digits)
    return f


def _sweep(shape: Shape, environments: Sequence[GasEnvironment]) -> Function:
    """All visits in order, and the census."""
    f = Function("all_visits", "ptr %state, ptr %counters, ptr %reals, ptr %units, ptr %rows, "
                 "ptr %sums", shape.vector)  # fmt: skip
    total = 4 * shape.counters.planes * shape.words
    f.line(f"call void @llvm.memset.p0.i64(ptr %sums, i8 0, i64 {total}, i1 0)")
    for v in range(len(shape.couples)):
        f.line(f"call void @visit{v}(ptr %state, ptr %counters, ptr %reals, ptr %units, ptr %sums)")
    first = 0
    for k in range(len(environments)):
        f.line(f"call void @census{k}(ptr %state, ptr {f.at('%rows', 2 * first)}, ptr %sums)")
        first += shape.rows[k]
    return f

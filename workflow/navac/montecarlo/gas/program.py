"""The sweep of a lattice gas as a program for the CPU at hand.

It makes the moves of :class:`navac.montecarlo.gas.bytes.ByteKernel`, to the bit. The fields of all
species of a site are computed together, from the same counts of neighbours, and serve all changes
that are tried there.
"""

from __future__ import annotations

from collections.abc import Sequence

from navac.montecarlo import acceptance
from navac.montecarlo.emitter import EmittedGates, Function
from navac.montecarlo.gas import changes
from navac.montecarlo.gas.environment import GasEnvironment
from navac.montecarlo.gas.fields import FIELD_DIGITS, emit_fields
from navac.montecarlo.gas.model import DIGITS
from navac.montecarlo.gas.moves import rule_of
from navac.montecarlo.gas.shape import Shape
from navac.montecarlo.planes import Plane
from navac.montecarlo.programs import accumulate, declarations, handler, margins, transpose

ARGUMENTS = ("state", "counters", "reals", "units", "rows")
"""What the program is handed."""


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
    rules = {rule_of(len(c.environments), shape.rule) for c in shape.couples}
    functions = [_thresholds(shape, rule) for rule in sorted(rules)]
    functions += [transpose(shape, DIGITS), margins(shape)]
    functions += [emit_fields(shape, k, e) for k, e in enumerate(environments)]
    known: dict[tuple, str] = {}
    for couples in shape.couples:
        sizes = tuple(environments[e].species for e in couples.environments)
        for change in couples.changes:
            if (sizes, change.pairs) not in known:
                name = known[sizes, change.pairs] = f"change{len(known)}"
                make = changes.emit_change if change.pairs else changes.emit_swap
                functions.append(make(shape, name, sizes, change.pairs))
    functions += [_visit(shape, v, environments, known) for v in range(len(shape.couples))]
    functions += [_census(shape, k, e) for k, e in enumerate(environments)]
    functions.append(_sweep(shape, environments))
    entry = handler("all_visits", ARGUMENTS, version)
    return "\n".join([declarations(shape), *(f.text() for f in functions), entry])


def _thresholds(shape: Shape, rule: str) -> Function:
    """Thresholds of two units, replica by replica: ``[unit, 32, word]``."""
    f = Function(f"thresholds_{rule}", "ptr %counters, ptr %kt, ptr %gain, i32 %site, ptr %one, "
                 "ptr %two, ptr %to", shape.vector)  # fmt: skip
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
            t = acceptance.emit_threshold(f, words[unit], gain, kt, sign, rule, DIGITS)
            place = f.new(f"add i64 {f.new(f'mul i64 {bit}, {shape.vector}')}, "
                          f"{unit * 32 * shape.vector}")  # fmt: skip
            f.store(t, f.at("%to", place))
    return f


def _visit(shape: Shape, which: int, environments, known: dict[tuple, str]) -> Function:
    """Try the units of a visit, two at a time."""
    couples = shape.couples[which]
    own = [environments[e] for e in couples.environments]
    thresholds = f"thresholds_{rule_of(len(own), shape.rule)}"
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
                f.line(f"call void @{thresholds}(ptr {counters}, ptr {kt}, ptr {gain}, i32 {name}, "
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

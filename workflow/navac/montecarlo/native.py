"""A sweep of bit planes as a program for the CPU at hand.

XLA's compiler for CPUs computes every result of a graph of gates by itself, with all that leads
to it, so that the digits of a field, which are all needed for the energy, cost it many times the
work. The sweep is therefore written out as LLVM instructions on vectors of words, and called from
within the JAX program. It flips what :mod:`navac.montecarlo.sweep` flips, to the bit.
"""

from __future__ import annotations

from dataclasses import dataclass

from navac.montecarlo import acceptance
from navac.montecarlo.acceptance import DIGITS
from navac.montecarlo.emitter import EmittedGates, Function
from navac.montecarlo.model import Environment
from navac.montecarlo.planes import Plane, field, less
from navac.montecarlo.programs import (
    RowShape,
    accumulate,
    declarations,
    handler,
    margins,
    transpose,
)


@dataclass(frozen=True)
class Counters:
    """Where a sweep leaves its sums, in planes.

    Attributes:
        energy: digits of Σ over flips of half the change of energy, see :func:`energy_change`.
        accepted: digits of the number of flips.
        number: digits of the gain of atoms of the first species, per sublattice, signed.
        sublattices: number of sublattices.
    """

    energy: int
    accepted: int
    number: int
    sublattices: int

    @property
    def planes(self) -> int:
        """How many there are in all."""
        return self.energy + self.accepted + self.number * self.sublattices


@dataclass(frozen=True)
class Shape(RowShape):
    """What a program is made for.

    Attributes:
        rows: rows of each environment.
        group: rows of a group that share random numbers in pairs.
        counters: the sums.
    """

    rows: tuple[int, ...]
    group: int
    counters: Counters


def program(shape: Shape, environments: tuple[Environment, ...], version: tuple[int, int]) -> str:
    """The text of the program, whose entry ``sweep`` is an XLA handler."""
    functions = [_thresholds(shape), transpose(shape, DIGITS)]
    functions += [_update(shape, k, e) for k, e in enumerate(environments)]
    functions.append(margins(shape))
    functions.append(_sweep(shape, environments))
    return "\n".join(
        [
            declarations(shape),
            *(f.text() for f in functions),
            handler("all_rows", ARGUMENTS, version),
        ]
    )


def _thresholds(shape: Shape) -> Function:
    """Thresholds of two rows, replica by replica: ``[row, 32, word]``."""
    f = Function("thresholds", "ptr %counters, ptr %reals, i32 %site, ptr %one, ptr %two, ptr %to",
                 shape.vector)  # fmt: skip
    site, own = f.splat("%site"), [f.load("%one"), f.load("%two")]
    with f.loop(32) as bit:
        here = f.new(f"mul i64 {bit}, {shape.words}")
        base = f.at("%counters", here)
        step = 32 * shape.words
        first, second, k0, k1 = (f.load(f.at(base, k * step)) for k in range(4))
        pair = acceptance.emit_threefry(f, f.integer("add", first, site), second, k0, k1)
        at = f.at("%reals", here)
        mu, kt = (f.load(f.at(at, k * step), f.reals) for k in range(2))
        up = f.splat(f.new(f"trunc i64 {f.new(f'sub i64 31, {bit}')} to i32"))
        for row in (0, 1):
            sign = f.integer("and", f.integer("shl", own[row], up), f.splat(-(2**31)))
            t = acceptance.emit_threshold(f, pair[row], mu, kt, sign, shape.rule)
            place = f.new(f"add i64 {f.new(f'mul i64 {bit}, {shape.vector}')}, "
                          f"{row * 32 * shape.vector}")  # fmt: skip
            f.store(t, f.at("%to", place))
    return f


def _update(shape: Shape, which: int, environment: Environment) -> Function:
    """Try the sites of a row: ``%own`` are their words, ``%near`` what offsets count from."""
    f = Function(f"update{which}", "ptr %own, ptr %near, ptr %starts, ptr %thresholds, "
                 "ptr %energy, ptr %accepted, ptr %number", shape.vector)  # fmt: skip
    gates = EmittedGates(f, ternary=shape.ternary)
    neighbours = []
    for k in range(environment.neighbours):
        offset = f.new(f"zext i32 {f.load(f.at('%starts', 1 + k), 'i32')} to i64")
        neighbours.append(Plane(f.load(f.at("%near", offset))))
    first = Plane(f.load("%own"))
    h = field(gates, environment, neighbours, DIGITS)
    # σ = −1 where the first species is: flipping costs h there and −h = ¬h + 1 elsewhere.
    cost = [gates.xor(digit, ~first) for digit in h]
    limit = [Plane(f.load(f.at("%thresholds", k * shape.vector))) for k in range(DIGITS)]
    flip = less(gates, cost, limit, first)
    f.store(gates.word(gates.xor(first, flip)), "%own")
    positive = [*cost[:-1], ~cost[-1]]
    accumulate(gates, f, shape, "%energy", [gates.both(flip, p) for p in positive],
                shape.counters.energy)  # fmt: skip
    accumulate(gates, f, shape, "%accepted", [flip], shape.counters.accepted)
    loss = gates.both(flip, first)
    accumulate(gates, f, shape, "%number", [flip] + [loss] * (shape.counters.number - 1),
                shape.counters.number)  # fmt: skip
    return f


ARGUMENTS = ("state", "counters", "reals", "rows", "starts")
"""What the program is handed."""


def _sweep(shape: Shape, environments: tuple[Environment, ...]) -> Function:
    """Visit all rows in order, two at a time."""
    f = Function("all_rows", "ptr %state, ptr %counters, ptr %reals, ptr %rows, ptr %starts, "
                 "ptr %sums", shape.vector)  # fmt: skip
    vectors = f"[{2 * 32 * shape.vector} x i32]"
    raw, planes = f.room(vectors), f.room(vectors)
    total = 4 * shape.counters.planes * shape.words
    f.line(f"call void @llvm.memset.p0.i64(ptr %sums, i8 0, i64 {total}, i1 0)")
    first_row, first_start = 0, 0
    for which, (environment, rows) in enumerate(zip(environments, shape.rows, strict=True)):
        length = 1 + environment.neighbours
        with f.loop(rows, shape.group) as group, f.loop(shape.group, 2) as inside:
            row = f.new(f"add i64 {f.new(f'add i64 {group}, {inside}')}, {first_row}")
            single = f.new(f"icmp eq i64 {inside}, {shape.group - 1}")
            next_row = f.new(f"select i1 {single}, i64 0, i64 1")
            other = f.new(f"add i64 {row}, {next_row}")
            many = f.new(f"add i64 {next_row}, 1")
            owns = [f.at(f.at("%state", f.new(f"mul i64 {r}, {shape.width}")), shape.margin[0])
                    for r in (row, other)]  # fmt: skip
            site = f.load(f.at("%rows", f.new(f"mul i64 {row}, 2")), "i32")
            with f.loop(shape.words, shape.vector) as word:
                pair = [f.at(own, word) for own in owns]
                lanes = [f.at(p, word) for p in ("%counters", "%reals")]
                f.line(f"call void @thresholds(ptr {lanes[0]}, ptr {lanes[1]}, i32 {site}, "
                       f"ptr {pair[0]}, ptr {pair[1]}, ptr {raw})")  # fmt: skip
                near = f.at("%state", word)
                sums = f.at("%sums", word)
                accepted = f.at(sums, shape.counters.energy * shape.words)
                with f.loop(many) as k:
                    place = f.new(f"mul i64 {k}, {32 * shape.vector}")
                    f.line(f"call void @transpose(ptr {f.at(raw, place)}, ptr {planes})")
                    r = f.new(f"add i64 {row}, {k}")
                    here = f.new(f"mul i64 {f.new(f'sub i64 {r}, {first_row}')}, {length}")
                    starts = f.at("%starts", f.new(f"add i64 {here}, {first_start}"))
                    info = f.at("%rows", f.new(f"add i64 {f.new(f'mul i64 {r}, 2')}, 1"))
                    number = f.new(f"zext i32 {f.load(info, 'i32')} to i64")
                    own = f.at(f.at(f.at("%state", f.new(f"mul i64 {r}, {shape.width}")),
                                    shape.margin[0]), word)  # fmt: skip
                    f.line(f"call void @update{which}(ptr {own}, ptr {near}, ptr {starts}, "
                           f"ptr {planes}, ptr {sums}, ptr {accepted}, "
                           f"ptr {f.at(sums, number)})")  # fmt: skip
            with f.loop(many) as k:
                r = f.new(f"add i64 {row}, {k}")
                whole = f.at("%state", f.new(f"mul i64 {r}, {shape.width}"))
                f.line(f"call void @margins(ptr {whole})")
        first_row += rows
        first_start += rows * length
    return f

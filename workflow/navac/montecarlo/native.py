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
        couples: bundles of each environment, two by two.
        counters: the sums.
    """

    couples: tuple[int, ...]
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
    """Thresholds of the units of a couple, replica by replica: ``[unit, 32, word]``."""
    f = Function("thresholds", "ptr %counters, ptr %reals, ptr %sites, ptr %own, ptr %to",
                 shape.vector)  # fmt: skip
    site, own = f.load("%sites"), [f.load(f.at("%own", k * shape.vector)) for k in (0, 1)]
    with f.loop(32) as bit:
        here = f.new(f"mul i64 {bit}, {shape.lanes}")
        base = f.at("%counters", here)
        step = 32 * shape.lanes
        first, second, k0, k1 = (f.load(f.at(base, k * step)) for k in range(4))
        pair = acceptance.emit_threefry(f, f.integer("add", first, site), second, k0, k1)
        at = f.at("%reals", here)
        mu, kt = (f.load(f.at(at, k * step), f.reals) for k in range(2))
        up = f.splat(f.new(f"trunc i64 {f.new(f'sub i64 31, {bit}')} to i32"))
        for unit in (0, 1):
            sign = f.integer("and", f.integer("shl", own[unit], up), f.splat(-(2**31)))
            t = acceptance.emit_threshold(f, pair[unit], mu, kt, sign, shape.rule)
            place = f.new(f"add i64 {f.new(f'mul i64 {bit}, {shape.vector}')}, "
                          f"{unit * 32 * shape.vector}")  # fmt: skip
            f.store(t, f.at("%to", place))
    return f


def _update(shape: Shape, which: int, environment: Environment) -> Function:
    """Try the sites of a bundle of rows.

    ``%own`` are their words, ``%rows`` what is known of the rows, ``%near`` what offsets count
    from.
    """
    f = Function(f"update{which}", "ptr %own, ptr %near, ptr %rows, ptr %thresholds, "
                 "ptr %energy, ptr %accepted, ptr %number", shape.vector)  # fmt: skip
    gates = EmittedGates(f, ternary=shape.ternary)
    neighbours = [
        Plane(f.gathered([
            f.at("%near", f.offset(f.at("%rows", g * (1 + environment.neighbours) + 1 + k)))
            for g in range(shape.bundle)
        ]))
        for k in range(environment.neighbours)
    ]  # fmt: skip
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


def record(environment: Environment, bundle: int) -> int:
    """Words of two bundles of rows that share random numbers: the sites that call the generator,
    whether there is a second bundle, the sums of the sublattice; and for every row where it begins
    and where its neighbours do."""
    return bundle + 2 + 2 * bundle * (1 + environment.neighbours)


ARGUMENTS = ("state", "counters", "reals", "couples")
"""What the program is handed."""


def _sweep(shape: Shape, environments: tuple[Environment, ...]) -> Function:
    """Visit all rows in order, two bundles at a time."""
    f = Function("all_rows", "ptr %state, ptr %counters, ptr %reals, ptr %couples, ptr %sums",
                 shape.vector)  # fmt: skip
    own, raw = f.room(f"[{2 * shape.vector} x i32]"), f.room(f"[{64 * shape.vector} x i32]")
    planes, sites = f.room(f"[{DIGITS * shape.vector} x i32]"), f.room(f"{f.words}")
    total = 4 * shape.counters.planes * shape.lanes
    f.line(f"call void @llvm.memset.p0.i64(ptr %sums, i8 0, i64 {total}, i1 0)")
    first = 0
    for which, (environment, couples) in enumerate(zip(environments, shape.couples, strict=True)):
        length = record(environment, shape.bundle)
        row_length = 1 + environment.neighbours
        with f.loop(couples) as couple:
            at = f.at(f.at("%couples", f.new(f"mul i64 {couple}, {length}")), first)
            f.store(f.repeated([f.load(f.at(at, g), "i32") for g in range(shape.bundle)]), sites)
            many = f.offset(f.at(at, shape.bundle))
            number = f.offset(f.at(at, shape.bundle + 1))
            rows = f.at(at, shape.bundle + 2)

            def row(unit: str, g: int, rows=rows, row_length=row_length) -> str:
                here = f.new(f"mul i64 {unit}, {shape.bundle * row_length}")
                return f.at(f.at(rows, here), g * row_length)

            def begins(unit: str, row=row) -> list[str]:
                return [f.at("%state", f.offset(row(unit, g))) for g in range(shape.bundle)]

            last = f.new(f"sub i64 {many}, 1")
            with f.loop(shape.words // shape.piece) as chunk:
                word = f.new(f"mul i64 {chunk}, {shape.piece}")
                lane = f.new(f"mul i64 {chunk}, {shape.vector}")
                for n, unit in enumerate(("0", last)):
                    words = f.gathered([f.at(p, word) for p in begins(unit)])
                    f.store(words, f.at(own, n * shape.vector))
                counters, reals, sums = (f.at(p, lane) for p in ("%counters", "%reals", "%sums"))
                f.line(f"call void @thresholds(ptr {counters}, ptr {reals}, ptr {sites}, "
                       f"ptr {own}, ptr {raw})")  # fmt: skip
                near = f.at("%state", word)
                accepted = f.at(sums, shape.counters.energy * shape.lanes)
                with f.loop(many) as k:
                    place = f.new(f"mul i64 {k}, {32 * shape.vector}")
                    f.line(f"call void @transpose(ptr {f.at(raw, place)}, ptr {planes})")
                    mine = f.at(own, f.new(f"mul i64 {k}, {shape.vector}"))
                    f.line(f"call void @update{which}(ptr {mine}, ptr {near}, ptr {row(k, 0)}, "
                           f"ptr {planes}, ptr {sums}, ptr {accepted}, "
                           f"ptr {f.at(sums, number)})")  # fmt: skip
                    f.scatter(f.load(mine), [f.at(p, word) for p in begins(k)])
            with f.loop(many) as k:
                for begin in begins(k):
                    f.line(f"call void @margins(ptr {f.at(begin, -shape.margin[0])})")
        first += couples * length
    return f

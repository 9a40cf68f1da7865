"""The fields of a site of a lattice gas in bit planes, and as part of a program."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from navac.montecarlo.emitter import EmittedGates, Function
from navac.montecarlo.gas.environment import GasEnvironment
from navac.montecarlo.gas.model import DIGITS
from navac.montecarlo.gas.shape import Shape
from navac.montecarlo.planes import ONE, Gates, Plane, compress, count, signed_powers

FIELD_DIGITS = DIGITS - 2
"""Binary digits of a field."""


def emit_fields(shape: Shape, which: int, environment: GasEnvironment) -> Function:
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

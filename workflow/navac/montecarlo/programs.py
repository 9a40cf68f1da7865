"""What programs of bit planes have in common: rows, their margins, transposed thresholds, sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from navac.montecarlo.emitter import Function
from navac.montecarlo.planes import ZERO, Gates, Plane, add


@dataclass(frozen=True)
class RowShape:
    """The rows of a program.

    Attributes:
        words: words of a row.
        margin: words before and after them that repeat the other end.
        turn: bits by which the words of a margin are rotated to the left of where they come
            from, before; and to the right, after.
        vector: words of a vector.
        bundle: rows whose words share a vector, a *piece* of each; where rows are shorter than
            vectors.
        ternary: whether the machine has AVX-512.
        rule: of acceptance.
    """

    words: int
    margin: tuple[int, int]
    turn: int
    vector: int
    bundle: int
    ternary: bool
    rule: str

    @property
    def width(self) -> int:
        """Words of a row with its margin."""
        return self.words + sum(self.margin)

    @property
    def piece(self) -> int:
        """Words of a row in a vector; divides ``words``."""
        return self.vector // self.bundle

    @property
    def lanes(self) -> int:
        """Words of all rows of a bundle; vector after vector, in it piece after piece."""
        return self.words * self.bundle


def declarations(shape: RowShape) -> str:
    """Intrinsics that the functions below, and thresholds, call."""
    words, reals = f"<{shape.vector} x i32>", f"<{shape.vector} x float>"
    known = [
        f"{words} @llvm.fshl.v{shape.vector}i32({words}, {words}, {words})",
        f"{reals} @llvm.fma.v{shape.vector}f32({reals}, {reals}, {reals})",
        f"{reals} @llvm.floor.v{shape.vector}f32({reals})",
        "i32 @llvm.fshl.i32(i32, i32, i32)",
        "void @llvm.memset.p0.i64(ptr, i8, i64, i1)",
    ]
    if shape.ternary and shape.vector >= 4:
        kind = f"@llvm.x86.avx512.pternlog.d.{32 * shape.vector}"
        known.append(f"{words} {kind}({words}, {words}, {words}, i32)")
    return "\n".join(f"declare {k}" for k in known) + "\n"


def transpose(shape: RowShape, digits: int) -> Function:
    """32 words of 32 bits, replica by replica, to planes (Warren, Hacker's Delight, 7-3)."""
    f = Function("transpose", "ptr %from, ptr %to", shape.vector)
    words = [f.load(f.at("%from", k * shape.vector)) for k in range(32)]
    width, mask = 16, 0x0000FFFF
    while width:
        shift, keep = f.splat(width), f.splat(mask - 2**32 if mask >= 2**31 else mask)
        for k in range(32):
            if k & width:
                continue
            low, high = words[k], words[k + width]
            t = f.integer("and", f.integer("xor", f.integer("lshr", low, shift), high), keep)
            words[k + width] = f.integer("xor", high, t)
            words[k] = f.integer("xor", low, f.integer("shl", t, shift))
        width //= 2
        mask ^= mask << width & 0xFFFFFFFF
    for k in range(digits):
        f.store(words[k], f.at("%to", k * shape.vector))
    return f


def accumulate(
    gates: Gates,
    f: Function,
    shape: RowShape,
    pointer: str,
    planes: Sequence[Plane],
    digits: int,
    carry: Plane = ZERO,
) -> None:
    """Add a number in planes, and a carry, to a counter."""
    places = [f.at(pointer, k * shape.lanes) for k in range(digits)]
    total = add(gates, [Plane(f.load(p)) for p in places], planes, carry)
    for place, plane in zip(places, total, strict=True):
        f.store(gates.word(plane), place)


def margins(shape: RowShape) -> Function:
    """Repeat the ends of a row, which begins at ``%row``."""
    f = Function("margins", "ptr %row", 1, inline=True)
    before, after = shape.margin

    def copy(source: int, target: int, turn: int) -> None:
        word = f.load(f.at("%row", source), "i32")
        if turn:
            word = f.new(f"call i32 @llvm.fshl.i32(i32 {word}, i32 {word}, i32 {turn})")
        f.store(word, f.at("%row", target), "i32")

    for k in range(before):
        copy(shape.words + k, k, shape.turn)
    for k in range(after):
        copy(before + k, before + shape.words + k, (32 - shape.turn) % 32)
    return f


def handler(entry: str, arguments: Sequence[str], version: tuple[int, int]) -> str:
    """The entry ``sweep``, an XLA_FFI_Handler; offsets are those of xla/ffi/api/c_api.h.

    Args:
        entry: the function that it calls.
        arguments: buffers that it is handed; the first, the state, is also the first result, and
            sums are the second.
    """
    buffers = [("args", k, name) for k, name in enumerate(arguments) if k]
    buffers += [("rets", 0, arguments[0]), ("rets", 1, "sums")]
    pointers = "".join(
        f"""
  %{name}.place = getelementptr ptr, ptr %{where}, i64 {k}
  %{name}.buffer = load ptr, ptr %{name}.place
  %{name}.at = getelementptr i8, ptr %{name}.buffer, i64 24
  %{name} = load ptr, ptr %{name}.at"""
        for where, k, name in buffers
    )
    given = ", ".join(f"ptr %{name}" for name in (*arguments, "sums"))
    return f"""define ptr @sweep(ptr %frame) {{
  %extension.at = getelementptr i8, ptr %frame, i64 8
  %extension = load ptr, ptr %extension.at
  %asked = icmp ne ptr %extension, null
  br i1 %asked, label %about, label %run
about:
  %metadata.at = getelementptr i8, ptr %extension, i64 24
  %metadata = load ptr, ptr %metadata.at
  %major = getelementptr i8, ptr %metadata, i64 24
  store i32 {version[0]}, ptr %major
  %minor = getelementptr i8, ptr %metadata, i64 28
  store i32 {version[1]}, ptr %minor
  ret ptr null
run:
  %args.at = getelementptr i8, ptr %frame, i64 72
  %args = load ptr, ptr %args.at
  %rets.at = getelementptr i8, ptr %frame, i64 112
  %rets = load ptr, ptr %rets.at{pointers}
  call void @{entry}({given})
  ret ptr null
}}
"""

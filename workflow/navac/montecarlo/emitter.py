"""Text of LLVM programs on vectors of 32-bit words, and gates that write it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import product

from navac.montecarlo.planes import Gates, Plane


class Function:
    """The text of one LLVM function that returns nothing.

    Values are names of LLVM values; vectors have ``width`` 32-bit words.
    """

    def __init__(self, name: str, arguments: str, width: int, *, inline: bool = False) -> None:
        self.width = width
        self.words, self.reals = f"<{width} x i32>", f"<{width} x float>"
        kind = "alwaysinline" if inline else "noinline"
        vectors = '"prefer-vector-width"="512" "min-legal-vector-width"="512"'
        self._head = [f"define internal void @{name}({arguments}) {kind} nounwind {vectors} {{"]
        self._lines: list[str] = []
        self._names = 0

    def text(self) -> str:
        """The finished function."""
        return "\n".join([*self._head, *self._lines, "  ret void", "}", ""])

    def room(self, kind: str) -> str:
        """The address of memory of its own."""
        self._names += 1
        name = f"%v{self._names}"
        self._head.append(f"  {name} = alloca {kind}, align 64")
        return name

    def line(self, text: str) -> None:
        """Add an instruction without a value."""
        self._lines.append(f"  {text}")

    def new(self, text: str) -> str:
        """Add an instruction and name its value."""
        self._names += 1
        name = f"%v{self._names}"
        self.line(f"{name} = {text}")
        return name

    def splat(self, value: int | str, kind: str = "i32") -> str:
        """A vector of equal words; the text of a constant, or from a scalar value."""
        if isinstance(value, str) and value.startswith("%"):
            vector = f"<{self.width} x {kind}>"
            first = self.new(f"insertelement {vector} poison, {kind} {value}, i32 0")
            zeros = f"<{self.width} x i32> zeroinitializer"
            return self.new(f"shufflevector {vector} {first}, {vector} poison, {zeros}")
        return "<" + ", ".join([f"{kind} {value}"] * self.width) + ">"

    def integer(self, op: str, a: str, b: str) -> str:
        """An operation on vectors of integers."""
        return self.new(f"{op} {self.words} {a}, {b}")

    def real(self, op: str, a: str, b: str) -> str:
        """An operation on vectors of floats, rounded by itself."""
        return self.new(f"{op} {self.reals} {a}, {b}")

    def rotated(self, a: str, left: int) -> str:
        """Every word rotated to the left."""
        shift = self.splat(left)
        return self.called("fshl", self.words, f"{self.words} {a}, {self.words} {a}, "
                           f"{self.words} {shift}")  # fmt: skip

    def called(self, intrinsic: str, kind: str, arguments: str) -> str:
        """The value of an LLVM intrinsic that is overloaded on vectors of ``kind``."""
        suffix = f"v{self.width}{'f32' if 'float' in kind else 'i32'}"
        return self.new(f"call {kind} @llvm.{intrinsic}.{suffix}({arguments})")

    def at(self, pointer: str, words: int | str) -> str:
        """The address so many words on."""
        return self.new(f"getelementptr i32, ptr {pointer}, i64 {words}")

    def load(self, pointer: str, kind: str | None = None) -> str:
        """What is at an address; a vector of words if nothing else is said."""
        return self.new(f"load {kind or self.words}, ptr {pointer}, align 4")

    def store(self, value: str, pointer: str, kind: str | None = None) -> None:
        """Write to an address."""
        self.line(f"store {kind or self.words} {value}, ptr {pointer}, align 4")

    def offset(self, pointer: str) -> str:
        """A word at an address, as a number of words."""
        return self.new(f"zext i32 {self.load(pointer, 'i32')} to i64")

    def repeated(self, scalars: Sequence[str]) -> str:
        """A vector of pieces, equally long, in each of which one scalar is repeated."""
        if len(scalars) == 1:
            return self.splat(scalars[0])
        vector = f"<{len(scalars)} x i32>"
        each = "poison"
        for k, scalar in enumerate(scalars):
            each = self.new(f"insertelement {vector} {each}, i32 {scalar}, i32 {k}")
        length = self.width // len(scalars)
        order = ", ".join(f"i32 {k // length}" for k in range(self.width))
        return self.new(f"shufflevector {vector} {each}, {vector} poison, "
                        f"<{self.width} x i32> <{order}>")  # fmt: skip

    def gathered(self, pointers: Sequence[str]) -> str:
        """A vector of pieces, equally long, from as many addresses."""
        length = self.width // len(pointers)
        parts = [self.load(p, f"<{length} x i32>") for p in pointers]
        while len(parts) > 1:
            both = ", ".join(f"i32 {k}" for k in range(2 * length))
            parts = [
                self.new(f"shufflevector <{length} x i32> {a}, <{length} x i32> {b}, "
                         f"<{2 * length} x i32> <{both}>")
                for a, b in zip(parts[::2], parts[1::2], strict=True)
            ]  # fmt: skip
            length *= 2
        return parts[0]

    def scatter(self, value: str, pointers: Sequence[str]) -> None:
        """Write the pieces of a vector to as many addresses."""
        if len(pointers) == 1:
            self.store(value, pointers[0])
            return
        length = self.width // len(pointers)
        for g, pointer in enumerate(pointers):
            own = ", ".join(f"i32 {g * length + k}" for k in range(length))
            piece = self.new(f"shufflevector {self.words} {value}, {self.words} poison, "
                             f"<{length} x i32> <{own}>")  # fmt: skip
            self.store(piece, pointer, f"<{length} x i32>")

    @contextmanager
    def loop(self, count: int | str, step: int = 1) -> Iterator[str]:
        """Instructions that are repeated for 0, step, … < count, a constant or a value."""
        self._names += 1
        label = f"loop{self._names}"
        place = self.room("i64")
        self.store("0", place, "i64")
        self.line(f"br label %{label}.head")
        self._lines.append(f"{label}.head:")
        at = self.load(place, "i64")
        inside = self.new(f"icmp ult i64 {at}, {count}")
        self.line(f"br i1 {inside}, label %{label}.body, label %{label}.end")
        self._lines.append(f"{label}.body:")
        yield at
        self.store(self.new(f"add i64 {at}, {step}"), place, "i64")
        self.line(f"br label %{label}.head")
        self._lines.append(f"{label}.end:")


class EmittedGates(Gates[str]):
    """Gates that add instructions to a function.

    Args:
        ternary: whether the machine has AVX-512's operations of three inputs.
    """

    def __init__(self, function: Function, *, ternary: bool) -> None:
        self.function = function
        bits = 32 * function.width
        self._ternary = f"@llvm.x86.avx512.pternlog.d.{bits}" if ternary and bits >= 128 else None

    def xor_words(self, a, b):
        return self.function.integer("xor", a, b)

    def and_words(self, a, b):
        return self.function.integer("and", a, b)

    def invert_word(self, a):
        return self.xor_words(a, self.constant_word(ones=True))

    def constant_word(self, ones):
        return self.function.splat(-1 if ones else 0)

    def xor3_words(self, a, b, c):
        if not self._ternary:
            return super().xor3_words(a, b, c)
        return self._of_three(a, b, c, [(i + j + k) % 2 for i, j, k in product((0, 1), repeat=3)])

    def majority_words(self, a: Plane, b: Plane, c: Plane) -> str:
        if not self._ternary or None in (a.word, b.word, c.word):
            return super().majority_words(a, b, c)
        table = [
            (i ^ a.inverted) + (j ^ b.inverted) + (k ^ c.inverted) >= 2
            for i, j, k in product((0, 1), repeat=3)
        ]
        return self._of_three(a.word, b.word, c.word, table)

    def _of_three(self, a, b, c, table) -> str:
        """The function of three inputs with this table of truth, first input slowest."""
        mask = sum(int(out) << k for k, out in enumerate(table))
        words = self.function.words
        return self.function.new(
            f"call {words} {self._ternary}({words} {a}, {words} {b}, {words} {c}, i32 {mask})"
        )

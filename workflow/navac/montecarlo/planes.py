"""Arithmetic on bit planes: one number per replica, one word of 32 replicas per binary digit.

A *plane* is one binary digit of a number that every replica has; integers are lists of planes in
two's complement, least digit first. Adders are built from two gates of three inputs, the exclusive
or (sum) and the majority (carry), of which AVX-512 does either in one instruction. What a gate
does is left to :class:`Gates`, so that the same adders serve arrays and generated programs.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Generic, TypeVar

import numpy as np

from navac.montecarlo.model import Environment

Word = TypeVar("Word")


@dataclass(frozen=True)
class Plane(Generic[Word]):
    """One binary digit of every replica.

    Attributes:
        word: the words that hold it; None if the digit is the same for all replicas.
        inverted: whether the digit is the opposite of what ``word`` holds, or, without a word,
            the digit itself.
    """

    word: Word | None
    inverted: bool = False

    def __invert__(self) -> Plane[Word]:
        return Plane(self.word, not self.inverted)


ZERO: Plane = Plane(None, False)
ONE: Plane = Plane(None, True)


class Gates(ABC, Generic[Word]):
    """Logic on planes. Constants and inversions cost nothing until words are needed."""

    @abstractmethod
    def xor_words(self, a: Word, b: Word) -> Word:
        """a ⊕ b."""

    @abstractmethod
    def and_words(self, a: Word, b: Word) -> Word:
        """a ∧ b."""

    @abstractmethod
    def invert_word(self, a: Word) -> Word:
        """¬a."""

    @abstractmethod
    def constant_word(self, ones: bool) -> Word:
        """A word of zeros or ones."""

    def xor3_words(self, a: Word, b: Word, c: Word) -> Word:
        """a ⊕ b ⊕ c."""
        return self.xor_words(self.xor_words(a, b), c)

    def majority_words(self, a: Plane, b: Plane, c: Plane) -> Word:
        """What at least two of three planes have."""
        a_, b_, c_ = (self.word(p) for p in (a, b, c))
        differ = self.xor_words(a_, b_)
        return self.xor_words(a_, self.and_words(differ, self.xor_words(a_, c_)))

    def word(self, plane: Plane) -> Word:
        """The words of a plane."""
        if plane.word is None:
            return self.constant_word(plane.inverted)
        return self.invert_word(plane.word) if plane.inverted else plane.word

    def xor(self, *planes: Plane) -> Plane:
        """The parity of any number of planes."""
        inverted = reduce(lambda odd, p: odd ^ p.inverted, planes, False)
        words = [p.word for p in planes if p.word is not None]
        while len(words) > 2:
            words.append(self.xor3_words(words.pop(0), words.pop(0), words.pop(0)))
        if len(words) == 2:
            words = [self.xor_words(*words)]
        return Plane(words[0] if words else None, inverted)

    def both(self, a: Plane, b: Plane) -> Plane:
        """a ∧ b."""
        for one, other in ((a, b), (b, a)):
            if one.word is None:
                return other if one.inverted else ZERO
        return Plane(self.and_words(self.word(a), self.word(b)))

    def majority(self, a: Plane, b: Plane, c: Plane) -> Plane:
        """What at least two of three planes have."""
        for one, x, y in ((a, b, c), (b, a, c), (c, a, b)):
            if one.word is None:
                return ~self.both(~x, ~y) if one.inverted else self.both(x, y)
        return Plane(self.majority_words(a, b, c))


def add(gates: Gates, a: Sequence[Plane], b: Sequence[Plane], carry: Plane = ZERO) -> list[Plane]:
    """a + b + carry, as long as ``a``; ``b`` may be shorter and is then not negative."""
    total = []
    for k, own in enumerate(a):
        other = b[k] if k < len(b) else ZERO
        total.append(gates.xor(own, other, carry))
        carry = gates.majority(own, other, carry)
    return total


def less(gates: Gates, a: Sequence[Plane], b: Sequence[Plane], more: Plane = ZERO) -> Plane:
    """a < b + more, for numbers of equal length in two's complement."""
    borrow = more
    for x, y in zip(a[:-1], b[:-1], strict=True):
        borrow = gates.majority(~x, y, borrow)
    # The last digit is negative.
    return gates.majority(a[-1], ~b[-1], borrow)


def field(
    gates: Gates, environment: Environment, neighbours: Sequence[Plane], digits: int
) -> list[Plane]:
    """Site field in quanta.

    The product of some σ is 1 − 2 × parity of their occupations. Clusters of one orbit are
    counted first; their number is multiplied by the interaction as signed powers of two, no two
    of which are neighbours; carry-save adders take all that is of one power together.

    Args:
        neighbours: occupations of the neighbours, 1 for their first species.
        digits: of the result.
    """
    columns: list[list[Plane]] = [[] for _ in range(digits)]
    constant = environment.point
    for eci, clusters in environment.terms:
        constant += eci * len(clusters)
        parities = [gates.xor(*(neighbours[k] for k in own)) for own in clusters]
        for k, plane in enumerate(count(gates, parities)):
            for power, sign in signed_powers(-2 * eci * 2**k):
                if power < digits:
                    columns[power].append(plane if sign > 0 else ~plane)
                    constant -= 2**power if sign < 0 else 0
    for k in range(digits):
        if constant >> k & 1:
            columns[k].append(ONE)
    return compress(gates, columns)[:digits]


def count(gates: Gates, planes: Sequence[Plane]) -> list[Plane]:
    """How many of the planes are 1."""
    columns: list[list[Plane]] = [list(planes)] + [[] for _ in range(len(planes).bit_length() - 1)]
    return compress(gates, columns)


def compress(gates: Gates, columns: list[list[Plane]]) -> list[Plane]:
    """The sum of Σ 2ᵏ × the planes of column k, modulo 2 to the number of columns."""
    total = []
    waiting: list[Plane] = []
    for column in columns:
        own = [*waiting, *column]
        waiting = []
        while len(own) > 1:
            a, b, *rest = own
            c = rest.pop(0) if rest else ZERO
            waiting.append(gates.majority(a, b, c))
            own = [*rest, gates.xor(a, b, c)]
        total.append(own[0] if own else ZERO)
    return total


def signed_powers(number: int) -> list[tuple[int, int]]:
    """A number as a sum of ± 2ᵏ, no two k adjacent: its canonical signed digits, (k, ±1)."""
    powers, k = [], 0
    while number:
        if number & 1:
            digit = 2 - (number & 3)
            powers.append((k, digit))
            number -= digit
        number >>= 1
        k += 1
    return powers


class ArrayGates(Gates[np.ndarray]):
    """Gates on arrays of unsigned words, of NumPy or JAX."""

    def xor_words(self, a, b):
        return a ^ b

    def and_words(self, a, b):
        return a & b

    def invert_word(self, a):
        return ~a

    def constant_word(self, ones):
        return np.uint32(0xFFFFFFFF if ones else 0)

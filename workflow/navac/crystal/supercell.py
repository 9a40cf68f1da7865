"""Supercells of a prim: which lattice cells they hold and how cells wrap into them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from math import lcm

import numpy as np

from navac import NavacError


class SupercellError(NavacError):
    """Vectors that do not span a supercell."""


@dataclass(frozen=True)
class Supercell:
    """A supercell given by a lower-triangular Hermite normal form.

    The supercell's lattice vectors are the rows of ``hnf @ prim.lattice``. Sites are numbered
    sublattice by sublattice: ``site = sublattice * size + cell``.

    Attributes:
        hnf: ``((a, 0, 0), (b, c, 0), (d, e, f))`` with positive diagonal.
    """

    hnf: tuple[tuple[int, int, int], ...]

    @classmethod
    def diagonal(cls, a: int, b: int, c: int) -> Supercell:
        """The supercell of ``a × b × c`` prims."""
        return cls(((a, 0, 0), (0, b, 0), (0, 0, c)))

    @property
    def diag(self) -> tuple[int, int, int]:
        """The diagonal of the Hermite normal form."""
        (a, *_), (_, c, _), (*_, f) = self.hnf
        return a, c, f

    @property
    def size(self) -> int:
        """Number of prims in the supercell."""
        return int(np.prod(self.diag))

    @property
    def periods(self) -> tuple[int, int, int]:
        """Along each vector of the prim, the cells after which this supercell repeats itself."""
        a, b, c = (
            next(n for n in range(1, self.size + 1) if self.wrap(n * axis) == 0)
            for axis in np.eye(3, dtype=int)
        )
        return a, b, c

    @cached_property
    def cells(self) -> np.ndarray:
        """``[cell, 3]`` the lattice cells inside, last axis fastest."""
        return np.stack(np.meshgrid(*map(np.arange, self.diag), indexing="ij"), axis=-1).reshape(
            -1, 3
        )

    def wrap(self, cells: np.ndarray) -> np.ndarray:
        """Index of the cell of this supercell equivalent to each of ``cells[..., 3]``."""
        n = np.array(cells)
        h = np.array(self.hnf)
        for axis in (2, 1, 0):
            n -= (n[..., axis] // h[axis, axis])[..., None] * h[axis]
        _, b, c = self.diag
        return (n[..., 0] * b + n[..., 1]) * c + n[..., 2]

    def repeats_in(self, larger: Supercell) -> bool:
        """Whether this supercell fills a larger one, whatever the shape of either."""
        return not self.wrap(np.array(larger.hnf)).any()

    def site(self, sublattice: np.ndarray, cells: np.ndarray) -> np.ndarray:
        """Site index of ``sublattice[...]`` in ``cells[..., 3]``."""
        return np.asarray(sublattice) * self.size + self.wrap(cells)


def enclosing(supercells: Iterable[Supercell], least: tuple[int, int, int]) -> tuple[int, int, int]:
    """The diagonal supercell of at least so many cells in which every one of some repeats."""
    repeats = [lcm(*periods) for periods in zip(*(s.periods for s in supercells), strict=True)]
    a, b, c = (-(-n // each) * each for n, each in zip(least, repeats, strict=True))
    return a, b, c


def spanned(vectors: np.ndarray) -> Supercell:
    """The supercell whose lattice ``vectors[vector, 3]``, in units of the prim's, span.

    Raises:
        SupercellError: they lie in a plane.
    """
    rest, basis = np.array(vectors, dtype=int), np.zeros((3, 3), int)
    for axis in (2, 1, 0):
        # Euclid's algorithm on the column leaves its greatest common divisor in one row.
        while len(filled := np.flatnonzero(rest[:, axis])) > 1:
            least = filled[np.abs(rest[filled, axis]).argmin()]
            others = filled[filled != least]
            rest[others] -= rest[others, axis, None] // rest[least, axis] * rest[least]
        if not len(filled):
            raise SupercellError(
                f"the vectors {np.asarray(vectors).tolist()} lie in a plane or on a line; a "
                "supercell needs three linearly independent ones"
            )
        basis[axis] = rest[filled[0]] * np.sign(rest[filled[0], axis])
        rest = np.delete(rest, filled[0], axis=0)
    for row, axis in ((1, 0), (2, 1), (2, 0)):
        basis[row] -= basis[row, axis] // basis[axis, axis] * basis[axis]
    return Supercell(tuple((int(a), int(b), int(c)) for a, b, c in basis))


def hermite_normal_forms(size: int) -> Iterator[tuple[tuple[int, int, int], ...]]:
    """Every lower-triangular Hermite normal form of determinant ``size``.

    One per distinct sublattice of that index (Hart and Forcade, Phys. Rev. B 77, 224115).
    """
    for a in (d for d in range(1, size + 1) if size % d == 0):
        for c in (d for d in range(1, size // a + 1) if (size // a) % d == 0):
            f = size // (a * c)
            for b in range(a):
                for d in range(a):
                    for e in range(c):
                        yield ((a, 0, 0), (b, c, 0), (d, e, f))

"""Which supercells of a prim a strained and rotated cell may be.

Two short vectors of the given cell are looked for among those of the prim's lattice, by length and
angle; the third follows from the volume, up to the plane of the other two. Every rotation, choice
of vectors and, within limits, strain is found that way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from math import gcd

import numpy as np
from pymatgen.core import Lattice

from navac.orderings.mapping import principal_strain

STEPS = (0.03, 0.06)
"""Strains up to which supercells are looked for first; the larger the limit, the more there are."""


@dataclass(frozen=True)
class Match:
    """A supercell that a cell may be.

    Attributes:
        basis: ``[3, 3]`` integer: ``basis @ prim.lattice`` are the unstrained vectors of the cell.
        strain: ``[3]`` principal elongations, rising.
    """

    basis: np.ndarray
    strain: np.ndarray

    @property
    def largest(self) -> float:
        """Largest elongation or shortening."""
        return float(np.abs(self.strain).max())


def limits(largest: float) -> list[float]:
    """Rising limits of strain, the last one ``largest``."""
    return [step for step in STEPS if step < largest] + [largest]


def matches(
    lattice: np.ndarray, cell: np.ndarray, size: int, limit: float, rotations: np.ndarray
) -> list[Match]:
    """Every supercell of ``size`` cells that ``cell`` may be, least strained first.

    Args:
        lattice: ``[3, 3]`` vectors of the primitive cell as rows, Å.
        cell: ``[3, 3]`` vectors as rows, Å; compact, such as LLL-reduced.
        limit: largest elongation or shortening.
        rotations: ``[op, 3, 3]`` of the space group; of equivalent supercells one is returned.
    """
    order = np.argsort(np.linalg.norm(cell, axis=1), kind="stable")
    one, two, _ = cell[order]
    compact = np.array(Lattice(lattice).get_lll_reduced_lattice().matrix)
    back = np.rint(compact @ np.linalg.inv(lattice)).astype(int)
    hands = np.linalg.det(cell[order]) * np.linalg.det(compact)
    signed = size if hands > 0 else -size
    found: dict[bytes, Match] = {}
    for first, second in _planes(compact, one, two, limit):
        for third in _thirds(compact, first, second, cell[order], signed, limit):
            ordered = np.array([first, second, third])
            basis = np.empty((3, 3), int)
            basis[order] = ordered @ back
            strain = principal_strain(basis @ lattice, cell)
            if np.abs(strain).max() <= limit:
                key = min((basis @ r.T).tobytes() for r in rotations)
                found.setdefault(key, Match(basis, strain))
    return sorted(found.values(), key=lambda m: (round(m.largest, 9), m.basis.tobytes()))


def _planes(
    compact: np.ndarray, one: np.ndarray, two: np.ndarray, limit: float
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Pairs of lattice vectors whose lengths and whose sum and difference are those given."""
    firsts = _vectors(compact, float(np.linalg.norm(one)), limit)
    seconds = _vectors(compact, float(np.linalg.norm(two)), limit)
    a, b = firsts @ compact, seconds @ compact
    fits = np.ones((len(a), len(b)), bool)
    for sign in (1, -1):
        length = np.linalg.norm(a[:, None] + sign * b[None], axis=-1)
        given = np.linalg.norm(one + sign * two)
        fits &= (length * (1 - limit) <= given + 1e-9) & (given <= length * (1 + limit) + 1e-9)
    for i, j in np.argwhere(fits):
        if np.any(np.cross(firsts[i], seconds[j])):
            yield firsts[i], seconds[j]


def _vectors(compact: np.ndarray, length: float, limit: float) -> np.ndarray:
    """``[vector, 3]`` integer vectors that strain may give a length."""
    low, high = length / (1 + limit) - 1e-9, length / (1 - limit) + 1e-9
    reach = np.floor(high * np.linalg.norm(np.linalg.inv(compact), axis=0)).astype(int)
    grid = np.stack(np.meshgrid(*(np.arange(-n, n + 1) for n in reach), indexing="ij"), axis=-1)
    grid = grid.reshape(-1, 3)
    norms = np.linalg.norm(grid @ compact, axis=1)
    return grid[(norms >= low) & (norms <= high)]


def _thirds(
    compact: np.ndarray, first: np.ndarray, second: np.ndarray, cell: np.ndarray, signed: int,
    limit: float,
) -> Iterator[np.ndarray]:  # fmt: skip
    """Third vectors that give the volume and, within the strain, the place above the plane."""
    normal = np.cross(first, second)
    some = _above(normal, signed)
    if some is None:
        return
    net = _net(normal, compact)
    # Where the given third vector would be without strain, in units of the net.
    along = _in_plane(cell[:2], cell[2]) @ np.array([first, second]) @ compact
    wanted = _in_plane(net @ compact, along - some @ compact)
    lengths = np.linalg.norm(net @ compact, axis=1)
    slack = 3 * limit * np.linalg.norm(cell[2]) / lengths / _sine(*(net @ compact)) + 1e-6
    grids = [
        np.arange(np.ceil(w - s), np.floor(w + s) + 1) for w, s in zip(wanted, slack, strict=True)
    ]
    for i, j in product(*grids):
        yield some + int(i) * net[0] + int(j) * net[1]


def _in_plane(plane: np.ndarray, vector: np.ndarray) -> np.ndarray:
    """Components of a vector along two others, what is normal to them left out."""
    found: np.ndarray = np.linalg.lstsq(plane.T, vector, rcond=None)[0]
    return found


def _sine(one: np.ndarray, two: np.ndarray) -> float:
    area = np.linalg.norm(np.cross(one, two))
    return float(area / np.linalg.norm(one) / np.linalg.norm(two))


def _above(normal: np.ndarray, signed: int) -> np.ndarray | None:
    """An integer vector whose product with an integer ``normal[3]`` is ``signed``."""
    p, q, r = map(int, normal)
    pq, u, v = _bezout(p, q)
    whole, s, t = _bezout(pq, r)
    if signed % whole:
        return None
    return np.array([s * u, s * v, t]) * (signed // whole)


def _net(normal: np.ndarray, compact: np.ndarray) -> np.ndarray:
    """``[2, 3]`` compact integer vectors that span all lattice vectors normal to ``normal[3]``."""
    p, q, r = (int(n) for n in normal // np.gcd.reduce(normal))
    if p == q == 0:
        one, two = np.array([1, 0, 0]), np.array([0, 1, 0])
    else:
        pq, u, v = _bezout(p, q)
        one, two = np.array([q // pq, -p // pq, 0]), np.array([-r * u, -r * v, pq])
    while True:
        if np.linalg.norm(one @ compact) > np.linalg.norm(two @ compact):
            one, two = two, one
        a, b = one @ compact, two @ compact
        turns = a @ b / (a @ a)
        if abs(turns) <= 0.5 + 1e-9:  # a half would be turned to and fro
            return np.array([one, two])
        two = two - int(np.rint(turns)) * one


def _bezout(a: int, b: int) -> tuple[int, int, int]:
    """``(g, u, v)`` with ``u a + v b = g``, the greatest common divisor."""
    old, new, s, t = a, b, (1, 0), (0, 1)
    while new:
        quotient = old // new
        old, new = new, old - quotient * new
        s, t = t, (s[0] - quotient * t[0], s[1] - quotient * t[1])
    sign = -1 if old < 0 else 1
    assert abs(old) == gcd(a, b)
    return sign * old, sign * s[0], sign * s[1]

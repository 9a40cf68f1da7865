"""Matrices of finite elements: sparse ones, and bands where elements follow each other on a line.

Both have the same operations. Bands are ten times as fast: what scipy does about a small sparse
matrix takes longer than solving it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from scipy.linalg import solve_banded
from scipy.sparse import csc_array, diags_array
from scipy.sparse.linalg import splu

Solver = Callable[[np.ndarray], np.ndarray]


class Matrix(Protocol):
    """What a step in time asks of a matrix."""

    def scaled(self, factor: float) -> Matrix:
        """All of it times a number."""

    def columns_scaled(self, factors: np.ndarray) -> Matrix:
        """Every column times a number of its own."""

    def plus(self, other: Any) -> Matrix:
        """Sum with another of its own kind."""

    def plus_diagonal(self, values: np.ndarray) -> Matrix:
        """Sum with a diagonal matrix."""

    def times(self, other: Any) -> Matrix:
        """Product with another of its own kind."""

    def __matmul__(self, vector: np.ndarray) -> np.ndarray:
        """Product with a vector."""

    def solver(self) -> Solver:
        """The vector whose product with it is the one given, as a function of that."""


@dataclass(frozen=True)
class Sparse:
    """A sparse matrix."""

    matrix: csc_array

    def scaled(self, factor: float) -> Sparse:
        """All of it times a number."""
        return Sparse(self.matrix * factor)

    def columns_scaled(self, factors: np.ndarray) -> Sparse:
        """Every column times a number of its own."""
        found = self.matrix.copy()
        found.data *= np.repeat(factors, np.diff(found.indptr))
        return Sparse(found)

    def plus(self, other: Sparse) -> Sparse:
        """Sum with another."""
        return Sparse(csc_array(self.matrix + other.matrix))

    def plus_diagonal(self, values: np.ndarray) -> Sparse:
        """Sum with a diagonal matrix."""
        return Sparse(csc_array(self.matrix + diags_array(values)))

    def times(self, other: Sparse) -> Sparse:
        """Product with another."""
        return Sparse(csc_array(self.matrix @ other.matrix))

    def __matmul__(self, vector: np.ndarray) -> np.ndarray:
        return self.matrix @ vector

    def solver(self) -> Solver:
        """The vector whose product with it is the one given, as a function of that."""
        return splu(self.matrix).solve


@dataclass(frozen=True)
class Bands:
    """A matrix with as many bands above its diagonal as below.

    Attributes:
        data: ``[band, column]``, the highest first: that of a row i and column j is in the middle
            band plus i − j. What lies outside the matrix is 0.
    """

    data: np.ndarray

    @property
    def width(self) -> int:
        """Bands on either side of the diagonal."""
        return len(self.data) // 2

    def scaled(self, factor: float) -> Bands:
        """All of it times a number."""
        return Bands(self.data * factor)

    def columns_scaled(self, factors: np.ndarray) -> Bands:
        """Every column times a number of its own."""
        return Bands(self.data * factors)

    def plus(self, other: Bands) -> Bands:
        """Sum with another."""
        wide, slim = (self, other) if self.width >= other.width else (other, self)
        data, apart = wide.data.copy(), wide.width - slim.width
        data[apart : len(data) - apart] += slim.data
        return Bands(data)

    def plus_diagonal(self, values: np.ndarray) -> Bands:
        """Sum with a diagonal matrix."""
        return self.plus(Bands(values[None]))

    def times(self, other: Bands) -> Bands:
        """Product with another."""
        columns, width = self.data.shape[1], self.width + other.width
        data = np.zeros((2 * width + 1, columns))
        for band, row in enumerate(other.data):
            down = band - other.width  # from the column of the product to that of the first matrix
            to = slice(max(0, -down), columns - max(0, down))
            of = slice(max(0, down), columns - max(0, -down))
            data[band : band + len(self.data), to] += self.data[:, of] * row[to]
        return Bands(data)

    def __matmul__(self, vector: np.ndarray) -> np.ndarray:
        middle, found = self.width, self.data[self.width] * vector
        for k in range(1, middle + 1):
            found[:-k] += self.data[middle - k, k:] * vector[k:]
            found[k:] += self.data[middle + k, :-k] * vector[:-k]
        return found

    def solver(self) -> Solver:
        """The vector whose product with it is the one given, as a function of that."""
        width = self.width
        return lambda vector: solve_banded((width, width), self.data, vector, check_finite=False)

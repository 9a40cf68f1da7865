"""Bands and sparse matrices do what dense ones do."""

import numpy as np
import pytest
from scipy.sparse import csc_array

from navac.cell.matrices import Bands, Sparse

SIZE = 7


def dense(width, seed):
    """A matrix with so many bands on either side of its diagonal."""
    rows, columns = np.indices((SIZE, SIZE))
    some = np.random.default_rng(seed).normal(size=(SIZE, SIZE)) + 6 * np.eye(SIZE)
    return np.where(np.abs(rows - columns) <= width, some, 0.0)


def bands(full, width):
    data = np.zeros((2 * width + 1, SIZE))
    for i, j in np.argwhere(full):
        data[width + i - j, j] = full[i, j]
    return Bands(data)


def sparse(full, _):
    return Sparse(csc_array(full))


def of(matrix):
    """The matrix as a dense one, by its products with unit vectors."""
    return np.stack([matrix @ unit for unit in np.eye(SIZE)], axis=1)


@pytest.mark.parametrize("made", [bands, sparse])
def test_operations(made):
    first, second, vector = dense(1, 1), dense(1, 2), np.arange(1.0, SIZE + 1)
    a, b = made(first, 1), made(second, 1)
    np.testing.assert_allclose(of(a), first)
    np.testing.assert_allclose(of(a.scaled(3.0)), 3 * first)
    np.testing.assert_allclose(of(a.columns_scaled(vector)), first * vector)
    np.testing.assert_allclose(of(a.plus(b)), first + second)
    np.testing.assert_allclose(of(a.plus_diagonal(vector)), first + np.diag(vector))
    product = a.times(b)
    np.testing.assert_allclose(of(product), first @ second)
    np.testing.assert_allclose(of(product.plus(a)), first @ second + first)
    np.testing.assert_allclose(of(a.plus(product)), first @ second + first)
    np.testing.assert_allclose(a.solver()(vector), np.linalg.solve(first, vector))
    np.testing.assert_allclose(product.solver()(vector), np.linalg.solve(first @ second, vector))

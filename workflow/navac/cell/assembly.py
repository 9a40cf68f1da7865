"""Mass and stiffness of linear elements of a body, by scikit-fem or, along a line, as bands."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from scipy.sparse import csc_array

from navac.cell.body import Body, linear_element
from navac.cell.matrices import Bands, Matrix, Sparse

ORDER = 4
"""Polynomials of this degree are integrated exactly."""
GAUSS = np.polynomial.legendre.leggauss(3)
"""Points in an element of a line, from −1 to 1, and their weights."""


class Assembly(Protocol):
    """What matrices are put together by."""

    def mass(self) -> Matrix:
        """∫ u v."""

    def at_points(self, nodal: np.ndarray) -> np.ndarray:
        """A nodal quantity at the points of integration."""

    def stiffness(self, factor: np.ndarray | float) -> Matrix:
        """∫ k ∇u·∇v, with k at the points of integration or a number."""


def assembly(body: Body) -> Assembly:
    """That of a body."""
    if body.mesh.dim() == 1 and (np.diff(body.mesh.p[0]) > 0).all():
        return Line(body)
    return Elements(body)


class Elements:
    """Of any mesh."""

    def __init__(self, body: Body):
        from skfem import Basis

        self._body = body
        self._basis = Basis(body.mesh, linear_element(body.mesh), intorder=ORDER)

    def mass(self) -> Sparse:
        """∫ u v."""
        from skfem import BilinearForm

        weight = self._body.weight
        form = BilinearForm(lambda u, v, w: weight(w.x) * u * v)
        return Sparse(csc_array(form.assemble(self._basis)))

    def at_points(self, nodal: np.ndarray) -> np.ndarray:
        """A nodal quantity at the points of integration."""
        return np.asarray(self._basis.interpolate(nodal))

    def stiffness(self, factor: np.ndarray | float) -> Sparse:
        """∫ k ∇u·∇v."""
        from skfem import BilinearForm

        weight = self._body.weight
        form = BilinearForm(lambda u, v, w: w["k"] * weight(w.x) * _dot(u, v))
        k: Any = factor if np.ndim(factor) else np.full(self._basis.dx.shape, factor)
        return Sparse(csc_array(form.assemble(self._basis, k=k)))


def _dot(u: Any, v: Any) -> np.ndarray:
    """Product of two gradients."""
    return np.einsum("i...,i...->...", u.grad, v.grad)


class Line:
    """Of elements that follow each other."""

    def __init__(self, body: Body):
        nodes = body.mesh.p[0]
        self._length = np.diff(nodes)
        points, weights = GAUSS
        self._share = (1 + points[:, None]) / 2
        """``[point, 1]`` of the second node of an element."""
        x = nodes[:-1] + self._share * self._length
        self._weight = weights[:, None] / 2 * self._length * body.weight(x[None])

    def mass(self) -> Bands:
        """∫ u v."""
        first, second = 1 - self._share, self._share
        pairs = (first * first, first * second, second * second)
        return _bands(*((self._weight * pair).sum(axis=0) for pair in pairs))

    def at_points(self, nodal: np.ndarray) -> np.ndarray:
        """``[point, element]`` a nodal quantity at the points of integration."""
        return nodal[:-1] + self._share * np.diff(nodal)

    def stiffness(self, factor: np.ndarray | float) -> Bands:
        """∫ k ∇u·∇v."""
        each = (self._weight * factor).sum(axis=0) / self._length**2
        return _bands(each, -each, each)


def _bands(first: np.ndarray, across: np.ndarray, second: np.ndarray) -> Bands:
    """``[element]`` integrals of the first node, of both, and of the second."""
    data = np.zeros((3, len(first) + 1))
    data[0, 1:], data[2, :-1] = across, across
    data[1, :-1] += first
    data[1, 1:] += second
    return Bands(data)

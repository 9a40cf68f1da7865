"""Tensor products of cubic B-splines, as sparse rows of a linear fit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import BSpline
from scipy.sparse import csr_array, diags_array, eye_array

DEGREE = 3

ALONE = 0.1
"""Relative distance of the second knot where there is but one point."""


@dataclass(frozen=True, kw_only=True)
class Axis:
    """Cubic B-splines along one axis.

    Attributes:
        knots: ``[knot]`` rising, the outer ones repeated.
    """

    knots: np.ndarray

    @classmethod
    def through(cls, points: np.ndarray) -> Axis:
        """With a knot at every point of a rising grid, and a second one beside a single point.

        A single point has derivatives, from which a cubic follows.
        """
        if len(points) == 1:
            points = np.append(points, points[0] + ALONE * max(abs(points[0]), ALONE))
        return cls(knots=np.concatenate([[points[0]] * DEGREE, points, [points[-1]] * DEGREE]))

    @property
    def size(self) -> int:
        """Number of splines."""
        return len(self.knots) - DEGREE - 1

    def rows(self, points: np.ndarray, derivative: int = 0) -> csr_array:
        """``[point, spline]`` values or derivatives; beyond the ends the last cubics go on."""
        unique, inverse = np.unique(points, return_inverse=True)
        splines = BSpline(self.knots, np.eye(self.size), DEGREE)
        values = splines.derivative(derivative)(unique) if derivative else splines(unique)
        return csr_array(values)[inverse]

    def cubes(self) -> csr_array:
        """``[interval, spline]`` third derivative times the width of the interval cubed, over 6."""
        inner = self.knots[DEGREE:-DEGREE]
        width = np.diff(inner)
        return csr_array(diags_array(width**3 / 6) @ self.rows((inner[1:] + inner[:-1]) / 2, 3))

    def identity(self) -> csr_array:
        """``[spline, spline]``."""
        return csr_array(eye_array(self.size))


def products(first: csr_array, second: csr_array) -> csr_array:
    """``[row, i·n + j]`` products of the entries ``i`` and ``j`` of each row of two matrices."""
    per_row = np.diff(second.indptr)
    counts = np.diff(first.indptr) * per_row
    row = np.repeat(np.arange(len(counts)), counts)
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    i = first.indptr[row] + within // per_row[row]
    j = second.indptr[row] + within % per_row[row]
    shape = first.shape[0], first.shape[1] * second.shape[1]
    columns = first.indices[i] * second.shape[1] + second.indices[j]
    return csr_array((first.data[i] * second.data[j], (row, columns)), shape=shape)

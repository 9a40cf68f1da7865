"""Bodies that finite elements are built on.

A body is a mesh with a symmetry: ``solid`` in three dimensions, ``prism`` for the section of an
endless one, ``axisymmetric`` about z in (r, z), ``radial`` along r. Integrals over it are integrals
over the mesh with the weight of its symmetry; those of a prism are per metre of its length. Lengths
are in m.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

SYMMETRIES = {
    "solid": (0, 1.0), "prism": (0, 1.0), "axisymmetric": (1, 2 * np.pi), "radial": (2, 4 * np.pi),
}  # fmt: skip
"""Power of r in the weight of an integral, and its factor."""


@dataclass(frozen=True, kw_only=True)
class Body:
    """A mesh of scikit-fem with its symmetry.

    Attributes:
        mesh: MeshLine, MeshTri or MeshTet; coordinates in m.
        symmetry: a key of :data:`SYMMETRIES`.
    """

    mesh: Any
    symmetry: str = "solid"

    def weight(self, x: np.ndarray) -> np.ndarray | float:
        """Weight of an integral at coordinates ``[axis, …]``."""
        power, factor = SYMMETRIES[self.symmetry]
        return factor * x[0] ** power if power else factor

    @cached_property
    def surface(self) -> np.ndarray:
        """Facets through which the body exchanges: its boundary without planes of symmetry."""
        facets = self.mesh.boundary_facets()
        if self.symmetry in ("solid", "prism"):
            return facets
        middle = self.mesh.p[:, self.mesh.facets[:, facets]].mean(axis=1)
        near = 1e-9 * np.abs(self.mesh.p).max()
        return facets[(middle > near).all(axis=0)]

    @cached_property
    def volume(self) -> float:
        """m³; of the half z > 0 for an axisymmetric body."""
        from skfem import Basis, Functional

        element = linear_element(self.mesh)
        one = Functional(lambda w: self.weight(w.x))
        return float(one.assemble(Basis(self.mesh, element, intorder=3)))

    @cached_property
    def area(self) -> float:
        """Of the surface, m²; of the half z > 0 for an axisymmetric body."""
        from skfem import FacetBasis, Functional

        if self.symmetry == "radial":
            return float(4 * np.pi * self.mesh.p.max() ** 2)
        basis = FacetBasis(self.mesh, linear_element(self.mesh), facets=self.surface, intorder=3)
        return float(Functional(lambda w: self.weight(w.x)).assemble(basis))


def linear_element(mesh: Any) -> Any:
    """The linear element of a mesh."""
    import skfem

    return {1: skfem.ElementLineP1, 2: skfem.ElementTriP1, 3: skfem.ElementTetP1}[mesh.dim()]()

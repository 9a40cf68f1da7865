"""Stress of a body from its concentration: small strains, isotropic, free of traction.

The strain free of stress is Ω (c − c̄)/3 in every direction; a uniform part of it makes no stress,
so that the mean c̄ is taken away. Displacements are quadratic elements, so that stresses converge
as the concentration does.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.sparse import csc_array
from scipy.sparse.linalg import LinearOperator, cg, splu

from navac.cell.body import Body, linear_element
from navac.cell.quantity import CellError

BALANCED = 1e-10
"""Residual force, over the load, at which displacements of a solid are found."""
MOST = 5000
"""Iterations until then."""


@dataclass(frozen=True, kw_only=True)
class Elastic:
    """An isotropic material.

    Attributes:
        young: modulus, Pa.
        poisson: ratio, between −1 and 1/2.
        molar_volume: partial molar volume Ω of the species, m³/mol.
    """

    young: float
    poisson: float
    molar_volume: float

    def __post_init__(self) -> None:
        if not self.young > 0:
            raise CellError(
                f"Young's modulus {self.young:g} Pa is not positive; give cell.young_modulus_GPa a "
                "positive value"
            )
        if not -1 < self.poisson < 0.5:
            raise CellError(
                f"Poisson's ratio {self.poisson:g} is not between −1 and 0.5; correct "
                "cell.poisson_ratio"
            )

    @property
    def lame(self) -> tuple[float, float]:
        """Lamé's λ and μ, Pa."""
        shear = self.young / (2 * (1 + self.poisson))
        return 2 * shear * self.poisson / (1 - 2 * self.poisson), shear

    @property
    def bulk(self) -> float:
        """Bulk modulus, Pa."""
        return self.young / (3 * (1 - 2 * self.poisson))


@dataclass(frozen=True, kw_only=True)
class Stress:
    """Stress at the nodes.

    Attributes:
        hydrostatic: ``[node]`` mean of the normal stresses, tension positive, Pa.
        von_mises: ``[node]`` Pa.
    """

    hydrostatic: np.ndarray
    von_mises: np.ndarray


class Elasticity:
    """Stresses of one body; the matrix is factorised once."""

    def __init__(self, body: Body, material: Elastic):
        if body.symmetry not in ("solid", "axisymmetric"):
            raise CellError(
                f"a {body.symmetry} body has no three displacements: take a solid or axisymmetric "
                "one, or navac.cell.sphere"
            )
        from skfem import Basis, ElementTetP2, ElementTriP2, ElementVector

        quadratic = ElementTriP2() if body.mesh.dim() == 2 else ElementTetP2()
        self.body, self.material = body, material
        # Exact for strains that are linear; the weights of a symmetry want more.
        order = 2 if body.symmetry == "solid" else 4
        self._u = Basis(body.mesh, ElementVector(quadratic), intorder=order)
        self._c = self._u.with_element(linear_element(body.mesh))

    def stress(self, c: np.ndarray) -> Stress:
        """Stress by ``[node]`` concentrations in mol/m³.

        It is averaged at the quadrature points of the elements and brought to the nodes by least
        squares.
        """
        c_here = self._c.interpolate(c - self._mean(c))
        u = self._displacement(self._load(c_here))
        strain = _strain(self._u.interpolate(u), self._u.global_coordinates(), self.body)
        lame, shear = self.material.lame
        swelling = self.material.molar_volume / 3 * np.asarray(c_here)
        normal = strain.normal - swelling
        stress = lame * normal.sum(axis=0) + 2 * shear * normal
        hydrostatic = stress.mean(axis=0)
        deviator = stress - hydrostatic
        squares = (deviator**2).sum(axis=0) + 2 * ((2 * shear * strain.shear) ** 2).sum(axis=0)
        mises = np.sqrt(1.5 * squares)
        return Stress(hydrostatic=self._to_nodes(hydrostatic), von_mises=self._to_nodes(mises))

    def _mean(self, c: np.ndarray) -> float:
        return float(self._projection[1] @ c / self._projection[1].sum())

    def _to_nodes(self, values: np.ndarray) -> np.ndarray:
        """``[node]`` least-squares fit to values at quadrature points."""
        from skfem import LinearForm

        weight = self.body.weight
        load = LinearForm(lambda v, w: weight(w.x) * w["f"] * v).assemble(self._c, f=values)
        return self._projection[0].solve(load)

    @cached_property
    def _projection(self) -> tuple[Any, np.ndarray]:
        """The factorised mass matrix, and its sums over the rows."""
        from skfem import BilinearForm

        weight = self.body.weight
        mass = BilinearForm(lambda u, v, w: weight(w.x) * u * v).assemble(self._c)
        return splu(csc_array(mass)), np.asarray(mass.sum(axis=0)).ravel()

    def _displacement(self, load: np.ndarray) -> np.ndarray:
        """Displacements by a load.

        Planes of symmetry hold an axisymmetric body. Nothing holds a solid: swelling is in
        balance, and conjugate gradients leave its rigid motions out.
        """
        if self.body.symmetry == "solid":
            diagonal = self._matrix.diagonal()
            jacobi = LinearOperator(self._matrix.shape, matvec=lambda r: r / diagonal)
            found, failed = cg(self._matrix, load, rtol=BALANCED, maxiter=MOST, M=jacobi)
            if failed:
                raise CellError(
                    f"the displacements of {len(load)} degrees of freedom did not settle in "
                    f"{MOST} iterations; mesh the particle with better tetrahedra"
                )
            return found
        found = np.zeros(self._u.N)
        found[self._free] = self._factors.solve(load[self._free])
        return found

    @cached_property
    def _factors(self) -> Any:
        return splu(csc_array(self._matrix[self._free][:, self._free]))

    @cached_property
    def _matrix(self) -> csc_array:
        from skfem import BilinearForm

        (lame, shear), body = self.material.lame, self.body

        def form(u, v, w):
            a, b = _strain(u, w.x, body), _strain(v, w.x, body)
            product = (a.normal * b.normal).sum(axis=0) + 2 * (a.shear * b.shear).sum(axis=0)
            dilation = a.normal.sum(axis=0) * b.normal.sum(axis=0)
            return body.weight(w.x) * (lame * dilation + 2 * shear * product)

        return csc_array(BilinearForm(form).assemble(self._u))

    def _load(self, c: Any) -> np.ndarray:
        """Work of the swelling, 3K Ω/3 c on the dilation."""
        from skfem import LinearForm

        scale, body = self.material.bulk * self.material.molar_volume, self.body

        def form(v, w):
            return body.weight(w.x) * scale * w["c"] * _strain(v, w.x, body).normal.sum(axis=0)

        return LinearForm(form).assemble(self._u, c=c)

    @cached_property
    def _free(self) -> np.ndarray:
        """Degrees of freedom that the planes of symmetry r = 0 and z = 0 do not hold."""
        x = self._u.doflocs
        near = 1e-9 * np.abs(x).max()
        dofs = self._u.get_dofs(elements=True)
        held = [
            np.intersect1d(dofs.all([f"u^{k + 1}"]), np.flatnonzero(np.abs(x[k]) < near))
            for k in (0, 1)
        ]
        return np.setdiff1d(np.arange(self._u.N), np.concatenate(held))


@dataclass(frozen=True)
class _Strain:
    """Normal strains ``[axis, …]`` (with the hoop strain) and shear strains ``[pair, …]``."""

    normal: np.ndarray
    shear: np.ndarray


def _strain(u: Any, x: np.ndarray, body: Body) -> _Strain:
    grad = u.grad
    axes = range(len(grad))
    normal = [grad[i][i] for i in axes]
    if body.symmetry == "axisymmetric":
        normal.append(u[0] / x[0])
    pairs = [(i, j) for i in axes for j in axes if i < j]
    return _Strain(np.array(normal), np.array([(grad[i][j] + grad[j][i]) / 2 for i, j in pairs]))

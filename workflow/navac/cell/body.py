"""Bodies that finite elements are built on: shapes, their meshes, and what is refused.

A body is a mesh with a symmetry: ``solid`` in three dimensions, ``axisymmetric`` about z in (r, z),
``radial`` along r. Integrals over it are integrals over the mesh with the weight of its symmetry.
Lengths are in m. A sphere is a quarter of a disc in (r, z).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from navac.cell.quantity import CellError

SYMMETRIES = {"solid": (0, 1.0), "axisymmetric": (1, 2 * np.pi), "radial": (2, 4 * np.pi)}
"""Power of r in the weight of an integral, and its factor."""

FLATTEST = 1e-3
"""Least volume of an element over that of a regular one with the same longest edge."""


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
        if self.symmetry == "solid":
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


def sphere(radius: float, refinements: int = 4) -> Body:
    """A sphere as a quarter of a disc, refined so many times."""
    import skfem

    mesh = skfem.MeshTri.init_circle(1)
    for _ in range(refinements):
        mesh = _rounded(mesh.refined())
    inside = (mesh.p[:, mesh.t].mean(axis=1) > 0).all(axis=0)
    quarter = mesh.restrict(np.flatnonzero(inside))
    return Body(mesh=_scaled(quarter, radius), symmetry="axisymmetric")


def _rounded(mesh: Any) -> Any:
    """The nodes of the boundary moved onto the unit circle."""
    p, edge = mesh.p.copy(), mesh.boundary_nodes()
    p[:, edge] /= np.linalg.norm(p[:, edge], axis=0)
    return type(mesh)(p, mesh.t)


def radial(radius: float, elements: int = 200) -> Body:
    """A sphere along r, for what depends on r alone."""
    import skfem

    return Body(mesh=skfem.MeshLine(np.linspace(0, radius, elements + 1)), symmetry="radial")


def ball(radius: float, refinements: int = 3) -> Body:
    """A sphere of tetrahedra."""
    import skfem

    return Body(mesh=_scaled(skfem.MeshTet.init_ball(refinements), radius))


def octahedron(radius: float, refinements: int = 3) -> Body:
    """A regular octahedron with its corners at ``radius``."""
    import skfem

    mesh = skfem.MeshTet.init_ball(0).refined(refinements)
    return Body(mesh=_scaled(mesh, radius))


def agglomerate(centres: np.ndarray, radius: float, spacing: float) -> Body:
    """Equal spheres that overlap, as one body of tetrahedra.

    The points are a body-centred lattice inside and a spiral on every sphere; what Delaunay's
    tetrahedra cover outside the spheres is left out.

    Args:
        centres: ``[sphere, 3]`` m.
        spacing: of the points, m.
    """
    import skfem
    from scipy.spatial import Delaunay

    centres = np.asarray(centres, float)

    def depth(p: np.ndarray) -> np.ndarray:
        """How deep points lie in the nearest sphere, m; negative outside."""
        apart = np.linalg.norm(p[:, None] - centres, axis=2)
        return radius - apart.min(axis=1)

    count = int(4 * np.pi * (radius / spacing) ** 2 / 0.87)
    shell = np.vstack([c + radius * _spiral(count) for c in centres])
    low, high = centres.min(axis=0) - radius, centres.max(axis=0) + radius
    axes = [np.arange(a, b, 1.26 * spacing) for a, b in zip(low, high, strict=True)]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    lattice = np.vstack([grid, grid + 0.63 * spacing])
    points = np.vstack([
        shell[depth(shell) < 1e-6 * radius], lattice[depth(lattice) > 0.5 * spacing]
    ])  # fmt: skip
    tets = Delaunay(points).simplices
    corners = points[tets]
    keep = (depth(corners.mean(axis=1)) > 0) & (flatness(corners) > 20 * FLATTEST)
    used, new = np.unique(tets[keep], return_inverse=True)
    mesh = skfem.MeshTet(
        np.ascontiguousarray(points[used].T), np.ascontiguousarray(new.reshape(-1, 4).T)
    )
    return Body(mesh=_upright(mesh))


def _spiral(count: int) -> np.ndarray:
    """``[point, 3]`` points spread evenly over the unit sphere by the golden angle."""
    k = np.arange(count) + 0.5
    z, turn = 1 - 2 * k / count, np.pi * (1 + 5**0.5) * k
    r = np.sqrt(1 - z**2)
    return np.stack([r * np.cos(turn), r * np.sin(turn), z], axis=1)


def _scaled(mesh: Any, factor: float) -> Any:
    return type(mesh)(np.ascontiguousarray(mesh.p * factor), mesh.t)


def _upright(mesh: Any) -> Any:
    """Tetrahedra with the corners in the order of a positive volume."""
    t = mesh.t.copy()
    turned = signed_volumes(mesh.p.T[t.T]) < 0
    t[:2, turned] = t[1::-1, turned]
    return type(mesh)(mesh.p, t)


def signed_volumes(corners: np.ndarray) -> np.ndarray:
    """``[tetrahedron]`` volumes, negative where the corners are in the other order.

    Args:
        corners: ``[tetrahedron, corner, 3]``.
    """
    return np.linalg.det(corners[:, 1:] - corners[:, :1]) / 6


def flatness(corners: np.ndarray) -> np.ndarray:
    """``[tetrahedron]`` volume over that of a regular one with the same longest edge."""
    edges = corners[:, :, None] - corners[:, None]
    longest = np.linalg.norm(edges, axis=3).max(axis=(1, 2))
    return np.abs(signed_volumes(corners)) / (longest**3 / (6 * 2**0.5))


def read_body(path: str | Path, unit_m: float = 1.0) -> Body:
    """A body of tetrahedra from a mesh file of any format that meshio reads.

    Args:
        unit_m: length of one unit of its coordinates, m.

    Raises:
        CellError: the file cannot be read, has no tetrahedra, or has some that are inverted or
            flat; with how many and which.
    """
    import meshio
    import skfem

    path = Path(path)
    if not path.is_file():
        raise CellError(f"{path} does not exist; give a mesh file from the folder of the Snakefile")
    try:
        found = meshio.read(path)
    except (Exception, SystemExit) as error:  # its readers raise whatever they meet
        said = " ".join(str(error).split()) or type(error).__name__
        raise CellError(
            f"{path}: meshio cannot read it ({said}); give a mesh of tetrahedra as .vtu or .msh"
        ) from error
    blocks = [block.data for block in found.cells if block.type == "tetra"]
    if not blocks:
        kinds = ", ".join(sorted({block.type for block in found.cells})) or "none"
        raise CellError(
            f"{path}: has no tetrahedra (elements: {kinds}); mesh the volume with linear ones"
        )
    tets = np.vstack(blocks)
    check_tetrahedra(path, found.points[tets])
    used, new = np.unique(tets, return_inverse=True)
    points = np.ascontiguousarray(found.points[used].T * unit_m)
    return Body(mesh=skfem.MeshTet(points, np.ascontiguousarray(new.reshape(tets.shape).T)))


def check_tetrahedra(path: Path, corners: np.ndarray) -> None:
    """Refuse inverted and flat elements.

    Args:
        corners: ``[tetrahedron, corner, 3]``.
    """
    for what, bad in (
        ("inverted", signed_volumes(corners) < 0), ("flat", flatness(corners) < FLATTEST)
    ):  # fmt: skip
        if bad.any():
            raise CellError(
                f"{path}: {bad.sum()} of {len(bad)} tetrahedra are {what}, the first is number "
                f"{int(np.flatnonzero(bad)[0])}; mesh the particle again"
            )


def write_body(body: Body, path: str | Path, unit_m: float = 1.0) -> None:
    """Write the mesh of a solid body, for :func:`read_body`."""
    import meshio

    mesh = _upright(body.mesh)
    meshio.write(path, meshio.Mesh(mesh.p.T / unit_m, [("tetra", mesh.t.T)]))

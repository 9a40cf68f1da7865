"""Shapes of particles with their meshes. Lengths are in m.

A sphere is a quarter of a disc in (r, z), or a line along r, or tetrahedra.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from navac.cell.body import Body
from navac.cell.tetrahedra import FLATTEST, flatness, upright


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


def hexagon(radius: float, refinements: int = 5) -> Body:
    """A prism on a regular hexagon with its corners at ``radius``, in section."""
    import skfem

    turn = np.pi / 3 * np.arange(6)
    points = radius * np.array([[0, *np.cos(turn)], [0, *np.sin(turn)]])
    triangles = np.array([[0, k + 1, (k + 1) % 6 + 1] for k in range(6)]).T
    return Body(mesh=skfem.MeshTri(points, triangles).refined(refinements), symmetry="prism")


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
    return Body(mesh=upright(mesh))


def _spiral(count: int) -> np.ndarray:
    """``[point, 3]`` points spread evenly over the unit sphere by the golden angle."""
    k = np.arange(count) + 0.5
    z, turn = 1 - 2 * k / count, np.pi * (1 + 5**0.5) * k
    r = np.sqrt(1 - z**2)
    return np.stack([r * np.cos(turn), r * np.sin(turn), z], axis=1)


def _scaled(mesh: Any, factor: float) -> Any:
    return type(mesh)(np.ascontiguousarray(mesh.p * factor), mesh.t)

"""Meshes of tetrahedra: read, written, and refused where elements are inverted or flat."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from navac.cell.body import Body
from navac.cell.quantity import CellError

FLATTEST = 1e-3
"""Least volume of an element over that of a regular one with the same longest edge."""


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

    mesh = upright(body.mesh)
    meshio.write(path, meshio.Mesh(mesh.p.T / unit_m, [("tetra", mesh.t.T)]))


def upright(mesh: Any) -> Any:
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

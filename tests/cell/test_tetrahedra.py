"""Meshes of tetrahedra, written and read, and what is refused."""

import numpy as np
import pytest

from navac.cell.quantity import CellError
from navac.cell.shapes import octahedron
from navac.cell.tetrahedra import check_tetrahedra, read_body, write_body

pytestmark = pytest.mark.cell


def test_a_mesh_is_written_and_read(tmp_path):
    path = tmp_path / "particle.vtu"
    write_body(octahedron(0.5, 1), path)
    found = read_body(path, 1e-6)
    assert found.volume == pytest.approx(4 / 3 * (0.5e-6) ** 3)


def test_inverted_and_flat_elements_are_counted(tmp_path):
    import meshio

    points = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1e-9]], float)
    path = tmp_path / "bad.vtu"
    meshio.write(path, meshio.Mesh(points, [("tetra", np.array([[0, 1, 2, 3], [1, 0, 2, 3]]))]))
    with pytest.raises(CellError, match=r"bad.vtu: 1 of 2 tetrahedra are inverted, .* number 1"):
        read_body(path)
    with pytest.raises(CellError, match=r"1 of 1 tetrahedra are flat"):
        check_tetrahedra(path, points[[[0, 1, 2, 4]]])


def test_other_files_are_refused(tmp_path):
    import meshio

    with pytest.raises(CellError, match="does not exist"):
        read_body(tmp_path / "none.vtu")
    text = tmp_path / "text.vtu"
    text.write_text("no mesh")
    with pytest.raises(CellError, match=r"text.vtu: meshio cannot read it"):
        read_body(text)
    path = tmp_path / "surface.vtu"
    points = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], float)
    meshio.write(path, meshio.Mesh(points, [("triangle", np.array([[0, 1, 2]]))]))
    with pytest.raises(CellError, match=r"has no tetrahedra \(elements: triangle\)"):
        read_body(path)


def test_the_meshes_of_the_default_campaign_can_be_used():
    from tests.checkout import ROOT

    for name in ("octahedron", "agglomerate"):
        body = read_body(ROOT / f"config/particles/{name}.vtu", 1e-6)
        # as much as a sphere of half a micrometre
        assert body.volume == pytest.approx(4 / 3 * np.pi * (0.5e-6) ** 3, rel=1e-6)

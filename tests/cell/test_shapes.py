"""Shapes of particles: their volumes and areas."""

import numpy as np
import pytest

from navac.cell.shapes import agglomerate, ball, hexagon, octahedron, radial, sphere
from navac.cell.tetrahedra import flatness, signed_volumes

pytestmark = pytest.mark.cell

VOLUME, AREA = 4 / 3 * np.pi, 4 * np.pi


def test_a_sphere_in_every_symmetry():
    quarter = sphere(2.0, 4)
    assert quarter.volume == pytest.approx(8 * VOLUME / 2, rel=2e-3)  # the half z > 0
    assert quarter.area == pytest.approx(4 * AREA / 2, rel=2e-3)
    line = radial(2.0, 10)
    assert line.volume == pytest.approx(8 * VOLUME, rel=1e-12)
    assert line.area == pytest.approx(4 * AREA)
    coarse, fine = ball(2.0, 2), ball(2.0, 3)
    assert abs(fine.volume / (8 * VOLUME) - 1) < abs(coarse.volume / (8 * VOLUME) - 1) / 3
    assert fine.area == pytest.approx(4 * AREA, rel=2e-2)


def test_an_octahedron():
    body = octahedron(1.5, 2)
    assert body.volume == pytest.approx(4 / 3 * 1.5**3)
    assert body.area == pytest.approx(8 * 3**0.5 / 4 * (1.5 * 2**0.5) ** 2)


def test_a_hexagon():
    """Per metre of the prism."""
    body = hexagon(2.0, 2)
    assert body.volume == pytest.approx(1.5 * 3**0.5 * 2.0**2)
    assert body.area == pytest.approx(6 * 2.0)


def test_spheres_that_overlap_are_one_body():
    centres = np.array([[0, 0, 0], [1.2, 0, 0]])
    body = agglomerate(centres, 1.0, 0.25)
    lens = np.pi * (2 - 1.2) ** 2 * (1.2**2 + 4 * 1.2) / (12 * 1.2)
    assert body.volume == pytest.approx(2 * VOLUME - lens, rel=0.05)
    corners = body.mesh.p.T[body.mesh.t.T]
    assert (signed_volumes(corners) > 0).all()
    assert flatness(corners).min() > 0.01

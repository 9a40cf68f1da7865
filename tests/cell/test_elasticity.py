"""Stress against the analytic sphere, in two and three dimensions; its symmetries."""

import numpy as np
import pytest

from navac.cell.elasticity import Elastic, Elasticity
from navac.cell.quantity import CellError
from navac.cell.shapes import ball, octahedron, radial, sphere
from navac.cell.sphere import Sphere, hydrostatic, stresses, von_mises

pytestmark = pytest.mark.cell

R = 1e-6
MATERIAL = Elastic(young=77e9, poisson=0.26, molar_volume=4.5e-6)
EXACT = Sphere(radius=R, diffusivity=1e-15, flux=1e-6)
TIME = 0.2 * R**2 / 1e-15


def exact(r):
    """Hydrostatic and von Mises stress at distances from the centre."""
    r = np.maximum(r, 1e-4 * R)
    within, [mean] = EXACT.mean_within(r, TIME), EXACT.mean_within(np.array([R]), TIME)
    pair = stresses(
        EXACT.concentration(r, TIME), within, mean, molar_volume=MATERIAL.molar_volume,
        young=MATERIAL.young, poisson=MATERIAL.poisson,
    )  # fmt: skip
    return hydrostatic(*pair), von_mises(*pair)


def misfit(body):
    """Largest and root mean square errors of both stresses, over their largest values."""
    r = np.linalg.norm(body.mesh.p, axis=0)
    found = Elasticity(body, MATERIAL).stress(EXACT.concentration(r, TIME))
    errors = []
    pairs = zip((found.hydrostatic, found.von_mises), exact(r), strict=True)
    for computed, known in pairs:
        error = (computed - known) / np.abs(known).max()
        errors.append((np.abs(error).max(), np.sqrt((error**2).mean())))
    return np.array(errors)


def test_a_sphere_within_half_a_percent():
    assert (misfit(sphere(R, 5))[:, 0] < 0.005).all()


def test_the_error_falls_as_the_square_of_the_mesh():
    errors = np.array([misfit(sphere(R, n))[:, 1] for n in (2, 3, 4)])
    assert (np.log2(errors[:-1] / errors[1:]) > 1.7).all()


def test_three_dimensions():
    coarse, fine = misfit(ball(R, 1)), misfit(ball(R, 2))
    assert (fine[:, 1] < 0.08).all()
    assert (fine[:, 1] < coarse[:, 1] / 1.8).all()


def test_an_even_concentration_makes_no_stress():
    for body in (sphere(R, 2), octahedron(R, 1)):
        found = Elasticity(body, MATERIAL).stress(np.full(body.mesh.p.shape[1], 5000.0))
        assert np.abs(found.hydrostatic).max() < 1.0
        assert found.von_mises.max() < 1.0


def test_stress_is_proportional_and_turns_with_the_sign():
    body = octahedron(R, 1)
    c = 1000 * np.linalg.norm(body.mesh.p, axis=0) / R
    plain = Elasticity(body, MATERIAL)
    once, back = plain.stress(c), plain.stress(-2 * c)
    np.testing.assert_allclose(back.hydrostatic, -2 * once.hydrostatic, rtol=1e-5, atol=10)
    np.testing.assert_allclose(back.von_mises, 2 * once.von_mises, rtol=1e-5, atol=10)
    stiffer = Elastic(young=2 * MATERIAL.young, poisson=0.26, molar_volume=4.5e-6)
    np.testing.assert_allclose(
        Elasticity(body, stiffer).stress(c).von_mises, 2 * once.von_mises, rtol=1e-5, atol=10
    )


def test_materials_that_are_none_are_refused():
    with pytest.raises(CellError, match="Young's modulus 0 Pa is not positive"):
        Elastic(young=0.0, poisson=0.3, molar_volume=1e-6)
    with pytest.raises(CellError, match=r"Poisson's ratio 0\.5 is not between"):
        Elastic(young=1e9, poisson=0.5, molar_volume=1e-6)
    with pytest.raises(CellError, match="a radial body has no three displacements"):
        Elasticity(radial(R, 5), MATERIAL)

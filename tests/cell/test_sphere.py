"""The analytic sphere: it conserves, satisfies Fick's law, and its stress is in balance."""

import numpy as np
import pytest

from navac.cell.sphere import Sphere, hydrostatic, stresses, von_mises

R, D, J = 1e-6, 1e-15, 2e-6
SPHERE = Sphere(radius=R, diffusivity=D, flux=J, initial=50.0)
TIMES = np.array([0.02, 0.2, 2.0]) * R**2 / D


@pytest.mark.parametrize("time", TIMES)
def test_the_mean_is_what_has_flowed_in(time):
    [mean] = SPHERE.mean_within(np.array([R]), time)
    assert mean == pytest.approx(50 + 3 * J * time / R, rel=1e-10)


@pytest.mark.parametrize("time", TIMES)
def test_the_means_are_those_of_the_profile(time):
    r = np.linspace(0, R, 20001)
    c = SPHERE.concentration(r, time)
    integral = np.concatenate([[0], np.cumsum(np.diff(r) * (c * r**2)[1:])])
    at = [5000, 20000]
    expected = 3 * integral[at] / r[at] ** 3
    np.testing.assert_allclose(SPHERE.mean_within(r[at], time), expected, rtol=1e-3)


def test_ficks_law_within():
    """∂c/∂t = D (c″ + 2 c′/r), by differences."""
    r, time, h = np.linspace(0.2, 0.9, 8) * R, TIMES[1], 1e-3 * R
    dt = 1e-4 * R**2 / D
    rate = (SPHERE.concentration(r, time + dt) - SPHERE.concentration(r, time - dt)) / (2 * dt)
    minus, here, plus = (SPHERE.concentration(r + step, time) for step in (-h, 0, h))
    divergence = (plus - 2 * here + minus) / h**2 + (plus - minus) / h / r
    np.testing.assert_allclose(rate, D * divergence, rtol=1e-3)


def test_the_gradient_at_the_surface_is_the_flux():
    h = 1e-4 * R
    inner, outer = SPHERE.concentration(np.array([R - h, R]), TIMES[1])
    assert D * (outer - inner) / h == pytest.approx(J, rel=1e-3)


def test_the_beginning_is_uniform():
    inner = SPHERE.concentration(np.linspace(0, 0.5, 6) * R, 1e-3 * R**2 / D)
    np.testing.assert_allclose(inner, 50, rtol=1e-6)


def test_stress_is_in_balance_and_the_surface_is_free():
    """dσr/dr + 2 (σr − σθ)/r = 0; σr = 0 at the surface."""
    material = {"molar_volume": 4.5e-6, "young": 77e9, "poisson": 0.26}
    time = TIMES[1]
    [mean] = SPHERE.mean_within(np.array([R]), time)

    def radial(r):
        c, within = SPHERE.concentration(r, time), SPHERE.mean_within(r, time)
        return stresses(c, within, mean, **material)

    r, h = np.linspace(0.2, 0.9, 8) * R, 1e-4 * R
    here, tangential = radial(r)
    slope = (radial(r + h)[0] - radial(r - h)[0]) / (2 * h)
    np.testing.assert_allclose(slope, -2 * (here - tangential) / r, rtol=1e-3)
    assert abs(radial(np.array([R]))[0][0]) < 1e-6 * np.abs(here).max()
    # filled from outside, the middle is under tension and the surface under compression
    centre, surface = (hydrostatic(*radial(np.array([x]))) for x in (1e-3 * R, R))
    assert centre > 0 > surface
    assert von_mises(*radial(np.array([1e-3 * R]))) < 1e-3 * von_mises(*radial(np.array([R])))

"""Diffusion against the analytic sphere: values, order, conservation, what is refused."""

import numpy as np
import pytest

from navac.cell.body import ball, octahedron, radial, sphere
from navac.cell.diffusion import Diffusion, Stop
from navac.cell.quantity import CellError
from navac.cell.sphere import Sphere

pytestmark = pytest.mark.cell

R, D, J = 1e-6, 1e-15, 1e-6
EXACT = Sphere(radius=R, diffusivity=D, flux=J, initial=100.0)
TIME = 0.2 * R**2 / D


def filled(body, steps=300, diffusivity=D):
    """The solver, and concentrations after TIME."""
    solver = Diffusion(body, diffusivity)
    start = np.full(body.mesh.p.shape[1], 100.0)
    *_, (_, c) = solver.run(start, J, np.linspace(0, TIME, steps + 1))
    return solver, c


def misfit(body):
    """Largest error, and root mean square error, over the range of the exact profile."""
    solver, c = filled(body)
    exact = EXACT.concentration(np.linalg.norm(body.mesh.p, axis=0), TIME)
    mean = np.sqrt(solver.mass @ (c - exact) ** 2 / solver.mass.sum())
    return np.array([np.abs(c - exact).max(), mean]) / np.ptp(exact)


def test_a_sphere_within_half_a_percent():
    assert misfit(sphere(R, 4))[0] < 0.005
    assert misfit(radial(R, 50))[0] < 0.005


@pytest.mark.parametrize(("make", "sizes"), [(radial, (25, 50, 100)), (sphere, (2, 3, 4))])
def test_the_error_falls_as_the_square_of_the_mesh(make, sizes):
    errors = [misfit(make(R, size))[1] for size in sizes]
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert (orders > 1.9).all()


def test_three_dimensions_come_closer_with_the_mesh():
    coarse, fine = (misfit(ball(R, n))[1] for n in (2, 3))
    assert fine < 0.015
    assert coarse / fine > 2.5


@pytest.mark.parametrize(("make", "size"), [(radial, 30), (sphere, 2), (octahedron, 1)])
@pytest.mark.parametrize("law", [D, lambda c: D * (1 + c / 200)], ids=["constant", "of c"])
def test_the_amount_is_what_has_flowed_in(make, size, law):
    body = make(R, size)
    solver, c = filled(body, 20, law)
    passed = J * TIME * body.area
    grown = solver.amount(c) - 100 * body.volume
    assert grown == pytest.approx(passed, rel=1e-10)
    assert solver.mean(c) == pytest.approx(100 + passed / body.volume, rel=1e-10)


def test_a_diffusivity_that_depends_on_concentration():
    """Kirchhoff: with D = D₀ (1 + c/c₀) the steady profile of a closed sphere is even."""
    solver, c = filled(radial(R, 60), 60, lambda c: D * (1 + c / 100))
    faster, even = filled(radial(R, 60), 60, 2.5 * D)[1], np.ptp(c)
    assert np.ptp(faster) < even < np.ptp(filled(radial(R, 60), 60)[1])
    later = list(solver.run(c, 0.0, np.array([0.0, 5 * TIME, 10 * TIME])))[-1][1]
    assert np.ptp(later) < 1e-3 * even


def test_what_cannot_be_solved_is_refused():
    with pytest.raises(CellError, match=r"diffusivity 0 m²/s is not positive; give cell."):
        Diffusion(radial(R, 5), 0.0)
    with pytest.raises(CellError, match="is not positive"):
        Diffusion(radial(R, 5), -1e-15)
    with pytest.raises(Stop, match=r"stopped after 0 s: .* take shorter steps") as stopped:
        filled(radial(R, 5), 2, lambda c: D * (1 + 1e4 * (1 + np.sin(1e5 * c))))
    assert stopped.value.time == 0

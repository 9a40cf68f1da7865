"""Diffusion against the analytic sphere: values, order, conservation, what is refused."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from navac.cell.diffusion import Diffusion, Stop
from navac.cell.quantity import CellError
from navac.cell.shapes import ball, octahedron, radial, sphere
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


def test_a_diffusivity_that_depends_on_concentration():
    """As by shells of finite volume; between the spheres of its least and its greatest value."""

    def law(c):
        return D * (1 + c / 100)

    body = radial(R, 60)
    solver, c = filled(body, 60, law)
    middle, expected = shells(law, 200)
    np.testing.assert_allclose(
        np.interp(middle, body.mesh.p[0], c), expected, atol=0.005 * np.ptp(c)
    )
    slow, fast = (np.ptp(filled(body, 60, law(end))[1]) for end in (100, c.max()))
    assert fast < np.ptp(c) < slow
    later = list(solver.run(c, 0.0, np.array([0.0, 5 * TIME, 10 * TIME])))[-1][1]
    assert np.ptp(later) < 1e-3 * np.ptp(c)


def shells(law, count):
    """Middles of shells, and their concentrations after TIME, by finite volumes."""
    edge = np.linspace(0, R, count + 1)
    volume, middle = np.diff(edge**3) / 3, (edge[1:] + edge[:-1]) / 2

    def rate(_, c):
        flow = law((c[1:] + c[:-1]) / 2) * np.diff(c) / np.diff(middle) * edge[1:-1] ** 2
        return np.diff(np.concatenate([[0], flow, [J * R**2]])) / volume

    found = solve_ivp(
        rate, (0, TIME), np.full(count, 100.0), method="LSODA", rtol=1e-7, atol=1e-6,
        lband=1, uband=1,
    )  # fmt: skip
    return middle, found.y[:, -1]


def test_what_cannot_be_solved_is_refused():
    with pytest.raises(CellError, match=r"diffusivity 0 m²/s is not positive; give cell."):
        Diffusion(radial(R, 5), 0.0)
    with pytest.raises(CellError, match="is not positive"):
        Diffusion(radial(R, 5), -1e-15)
    with pytest.raises(Stop, match=r"stopped after 0 s: .* take shorter steps") as stopped:
        filled(radial(R, 5), 2, lambda c: D * (1 + 1e4 * (1 + np.sin(1e5 * c))))
    assert stopped.value.time == 0

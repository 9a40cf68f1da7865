"""Particles of other shapes: the sphere again in three dimensions, sections."""

from dataclasses import replace

import numpy as np
import pytest

from navac.cell.particle import SHARES, charge
from navac.cell.shapes import ball, octahedron
from navac.cell.solid import charge_solid, peaks, section

pytestmark = pytest.mark.cell


def test_a_ball_is_the_sphere(sloping):
    charged = charge(sloping, 1.0, 100)
    states = charge_solid(sloping, ball(sloping["radius"], 2), 1.0)
    assert [state.share for state in states] == list(SHARES)
    for state in states:
        k = charged.at(state.share)
        assert state.x.mean() == pytest.approx(charged.x[k].mean(), abs=0.02)
        assert np.ptp(state.x) == pytest.approx(charged.spread()[k], rel=0.15)
        assert state.stress.von_mises.max() == pytest.approx(charged.von_mises[k].max(), rel=0.25)


def test_diffusivities_of_jumps_in_both(sloping):
    """A slow charge: the difference of x is that of D at the mean, (dx/dt) R²/6D."""
    jumps = replace(sloping, diffusion=replace(sloping.diffusion, kind="jump"))
    charged = charge(jumps, 0.1, 60)
    states = charge_solid(jumps, ball(jumps["radius"], 2), 0.1)
    for share, state in zip(SHARES, states, strict=True):
        k = charged.at(share)
        D = np.interp(charged.x[k].mean(), *jumps.chemical_diffusivities())
        expected = 2 / 36000 * jumps["radius"] ** 2 / (6 * D)
        assert charged.spread()[k] == pytest.approx(expected, rel=0.03)
        assert np.ptp(state.x) == pytest.approx(expected, rel=0.15)


def test_peaks_of_a_shape(sloping):
    states = charge_solid(sloping, octahedron(sloping["radius"], 1), 1.0)
    rows = peaks("octahedron", states)
    assert [row["particle"] for row in rows] == ["octahedron"] * 3
    assert all(row["hydrostatic_min_Pa"] < row["hydrostatic_max_Pa"] for row in rows)


def test_a_section_covers_the_middle():
    """Of an octahedron with corners at 1 the square |x| + |z| ≤ 1."""
    body = octahedron(1.0, 2)
    polygons, means = section(body, body.mesh.p[2])
    x, z = np.vstack(polygons).T
    assert np.abs(x).max() == pytest.approx(1, abs=1e-6)
    assert (np.abs(x) + np.abs(z) <= 1 + 1e-6).all()
    centres = np.array([polygon[:, 1].mean() for polygon in polygons])
    np.testing.assert_allclose(means, centres, atol=0.02)
    area = sum(
        abs(np.dot(p[:, 0], np.roll(p[:, 1], 1)) - np.dot(p[:, 1], np.roll(p[:, 0], 1))) / 2
        for p in polygons
    )
    assert area == pytest.approx(2, rel=1e-6)

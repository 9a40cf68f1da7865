"""The free energy of a particle: consistent derivatives, double wells, the regular solution."""

import numpy as np
import pytest

from navac.cell.free_energy import (
    FreeEnergy,
    Gap,
    interface_energy,
    regular_barrier,
    stiffness_of_width,
)
from navac.cell.quantity import CellError
from navac.units import BOLTZMANN

GAP = Gap(low=1.0, high=2.0, barrier=0.012)
FALLS = FreeEnergy(
    x=np.array([0.9, 1.0, 2.0, 2.3]), mu=np.array([-0.05, 0.0, 0.0, 0.2]), gaps=(GAP,)
)


def test_potential_and_curvature_are_the_derivatives():
    x = np.array([0.85, 0.93, 1.2, 1.5, 1.9, 2.1, 2.35])
    h = 1e-6
    slope = (FALLS.energy(x + h) - FALLS.energy(x - h)) / (2 * h)
    np.testing.assert_allclose(FALLS.potential(x), slope, rtol=1e-6, atol=1e-7)
    bend = (FALLS.potential(x + h) - FALLS.potential(x - h)) / (2 * h)
    np.testing.assert_allclose(FALLS.curvature(x), bend, rtol=1e-5, atol=1e-5)


def test_the_well_is_as_high_as_it_says_and_leaves_the_ends_alone():
    low, middle, high = FALLS.energy(np.array([1.0, 1.5, 2.0]))
    assert middle - (low + high) / 2 == pytest.approx(0.012)
    np.testing.assert_allclose(FALLS.potential(np.array([1.0, 1.5, 2.0])), 0, atol=1e-12)
    x = np.linspace(1, 2, 1001)
    assert FALLS.most_concave == pytest.approx(-FALLS.curvature(x).min(), rel=1e-5)


def test_without_a_gap_it_is_convex():
    plain = FreeEnergy(x=FALLS.x, mu=FALLS.mu)
    assert plain.most_concave == 0
    assert (plain.curvature(np.linspace(0.8, 2.5, 200)) >= 0).all()


def test_a_potential_that_falls_is_refused():
    with pytest.raises(CellError, match="falls with x"):
        FreeEnergy(x=np.array([0.0, 1.0]), mu=np.array([0.0, -0.1]))


def test_the_regular_solution_has_no_barrier_above_its_critical_temperature():
    assert regular_barrier(700.0, 700.0) == regular_barrier(900.0, 700.0) == 0
    temperatures = (699.0, 600.0, 300.0, 100.0)
    heights = [regular_barrier(T, 700.0) for T in temperatures]
    assert heights == sorted(heights)
    assert heights[0] < 1e-7
    # at 0 K it is χ/4 kT = kT_c/2
    assert regular_barrier(20.0, 700.0) == pytest.approx(BOLTZMANN * 700 / 2, rel=0.05)


def test_the_interface_of_the_double_well():
    """The profile from 10 to 90 %, and ∫ κ (dx/dz)² dz, by its own formula."""
    width = 5e-9
    stiffness = stiffness_of_width(GAP, width)
    decay = width / (2 * np.log(9))
    z = np.linspace(-40, 40, 200001) * decay
    s = 1 / (1 + np.exp(-z / decay))
    at = np.interp([0.1, 0.9], s, z)
    assert at[1] - at[0] == pytest.approx(width, rel=1e-6)
    energy = stiffness * np.trapezoid(np.gradient(s, z) ** 2, z)
    assert interface_energy(GAP, stiffness) == pytest.approx(energy, rel=1e-5)

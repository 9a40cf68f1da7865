"""Voltages from hulls, and quantities along composition by the lever rule."""

from dataclasses import replace

import numpy as np
import pytest

from navac.hull import lower_hull
from navac.thermodynamics.coexistence import Coexistence
from navac.thermodynamics.curves import heat_capacity, hull_voltage, isotherm, voltage_shift
from navac.thermodynamics.envelope import Envelope
from navac.units import BOLTZMANN

# Lowest energies of Tables S6 and S7, eV per primitive cell; S7 moved so that E(x = 4) = 0.
POOR = lower_hull([1, 2, 3], [-0.009771, -0.95769, -1.83338], 2)
RICH = lower_hull([3, 3.5, 4], [0.15858 - 2.012586, 1.06238 - 2.012586, 0.0], 2)
WHOLE = lower_hull([1, 4], [-0.009771, 0.0], 2)
AVERAGE = 2.807


def mean_voltage(x, voltage):
    """Mean over x of a staircase: corners in pairs."""
    return np.trapezoid(voltage, x) / (x[-1] - x[0])


def test_the_staircase_of_a_hull():
    """Two plateaus around an average of 3 V, one atom each."""
    data = lower_hull([0, 1, 2], [0.0, -0.5, 0.0], 1)
    x, voltage, stable = hull_voltage(3.0, data, data)
    np.testing.assert_array_equal(x, [0, 0.5, 1, 1, 1.5, 2])
    np.testing.assert_allclose(voltage, [3.5] * 3 + [2.5] * 3)
    np.testing.assert_array_equal(stable, [True, False, True] * 2)


def test_a_term_linear_in_x_changes_no_voltage():
    """Energies are known only up to such a term."""

    def voltage(slope):
        data = lower_hull([0, 1, 4], [0.0, -0.5 + slope, 4 * slope], 2)
        return hull_voltage(3.0, data, data)[1]

    np.testing.assert_allclose(voltage(0.7), voltage(0), rtol=1e-12)
    assert mean_voltage(*hull_voltage(3.0, WHOLE, WHOLE)[:2]) == pytest.approx(3)


def test_plateaus_of_the_published_tables():
    x, voltage, _ = hull_voltage(AVERAGE, WHOLE, POOR)
    first, second = voltage[1], voltage[4]
    assert first - second == pytest.approx(0.0361, abs=5e-5)
    rich_x, rich, _ = hull_voltage(AVERAGE, WHOLE, RICH)
    difference = mean_voltage(x, voltage) - mean_voltage(rich_x, rich)
    assert difference == pytest.approx(1.38, abs=0.005)
    # The plateau over 1 ≤ x ≤ 3 lies above the average, the other below.
    assert rich.max() < AVERAGE < voltage.min()


def test_two_ranges_of_one_table_have_the_average_voltage():
    energy = {1: 0.0, 2: -0.95, 3: -1.83, 3.5: -0.93, 4: 0.0}

    def hull(*xs):
        return lower_hull(list(xs), [energy[x] for x in xs], 2)

    parts = [hull_voltage(AVERAGE, hull(1, 4), h)[:2] for h in (hull(1, 2, 3), hull(3, 3.5, 4))]
    x, voltage = (np.concatenate(c) for c in zip(*parts, strict=True))
    assert mean_voltage(x, voltage) == pytest.approx(AVERAGE, abs=1e-12)


def test_the_shift_puts_sampled_potentials_on_the_voltage_scale():
    """For an expansion that is the data, V = shift − μ is the hull's voltage; one that is off by
    a slope in x is brought back."""
    exact = voltage_shift(AVERAGE, WHOLE, POOR, POOR)
    _, voltage, _ = hull_voltage(AVERAGE, WHOLE, POOR)
    np.testing.assert_allclose(exact - np.repeat(POOR.transitions, 3), voltage, rtol=1e-12)
    tilted = lower_hull(POOR.x, POOR.energy + 0.2 * POOR.x, 2)
    shift = voltage_shift(AVERAGE, WHOLE, POOR, tilted)
    np.testing.assert_allclose(shift - np.repeat(tilted.transitions, 3), voltage, rtol=1e-12)
    assert shift == pytest.approx(exact + 0.1)


T = 400.0
MU = 0.01 * np.arange(10)
NUMBER = np.array([2, 2.05, 2.1, 2.2, 4.9, 5.6, 5.7, 5.8, 5.9, 6.0])
FOUND = Coexistence(
    step=0, left=3, right=5, low="low", high="high", mu=0.043, n_low=2.3, n_high=5.5
)
"""Position 4 was in transition."""


def states(energy=None):
    blank = np.zeros(10)
    energy = blank if energy is None else energy
    entropy = BOLTZMANN * np.arange(10)
    return Envelope(
        mu=MU,
        phase=np.zeros(10, int),
        phi=energy - T * entropy - MU * NUMBER,
        number=NUMBER,
        number_stderr=blank,
        energy=energy,
        susceptibility=blank,
        omega_variance=blank,
        entropy=entropy,
        entropy_stderr=blank,
        sublattice=np.stack([NUMBER / 8, 1 - NUMBER / 8], axis=1),
        wave_amplitude=blank,
        sampled=np.arange(10) != 4,
    )


def test_two_phase_regions_follow_the_lever_rule():
    got = isotherm(states(), [FOUND], T, 2, (1, 3))
    assert (np.diff(got.x) >= 0).all()
    assert (np.diff(got.mu) >= 0).all()
    region = got.mu == 0.043
    np.testing.assert_allclose(got.x[region], np.linspace(1.15, 2.75, region.sum()))
    np.testing.assert_array_equal(got.stable[region], [True, *[False] * (region.sum() - 2), True])
    assert got.stable[~region].all()
    assert 2.45 not in got.x  # what lay between the two sides is gone
    np.testing.assert_allclose(got.x[~region], NUMBER[[0, 1, 2, 3, 5, 6, 7, 8, 9]] / 2)
    share = (got.x[region] - 1.15) / 1.6
    np.testing.assert_allclose(
        got.sublattice[region, 0], (1 - share) * 2.2 / 8 + share * 5.6 / 8, rtol=1e-12
    )
    np.testing.assert_array_equal(np.isnan(got.entropy), ~got.stable)


def test_entropies_of_coexisting_phases_are_those_at_the_transition():
    """And not those of the nearest states of the grid, whose composition is another."""
    unit = 2 * BOLTZMANN
    found = replace(FOUND, entropy=(0.31 * unit, 0.47 * unit))
    got = isotherm(states(), [found], T, 2, (1, 3))
    ends = np.flatnonzero((got.mu == 0.043) & got.stable)
    np.testing.assert_allclose(got.entropy[ends], [0.31, 0.47])
    assert np.isfinite(got.entropy_stderr[got.stable]).all()
    unknown = isotherm(states(), [FOUND], T, 2, (1, 3))
    nearest = states().entropy[[FOUND.left, FOUND.right]] / unit
    np.testing.assert_allclose(unknown.entropy[ends], nearest)


def test_entropy_is_per_formula_unit_whatever_the_energies():
    for energy in (None, np.linspace(-3, 5, 10)):
        got = isotherm(states(energy), [], T, 2, (1, 3))
        np.testing.assert_allclose(got.entropy, np.arange(10) / 2, atol=1e-9)
        assert got.stable.all()


def test_points_beyond_the_expansion_are_dropped():
    got = isotherm(states(), [FOUND], T, 2, (1.04, 2.82))
    assert got.x.min() == 1.05
    assert got.x.max() == 2.8


def test_heat_capacity_of_an_oscillator():
    """var(E) = (kT)² has a heat capacity of one kB per cell."""
    now = states()
    one = replace(now, omega_variance=np.full(10, (BOLTZMANN * T) ** 2))
    np.testing.assert_allclose(heat_capacity(one, T, 2), 0.5)

"""The universal equation of state against amplitudes that are known otherwise."""

import numpy as np
import pytest

from navac.thermodynamics.scaling import THREE, TWO, universality

BOTH = pytest.mark.parametrize("of", [TWO, THREE], ids=["plane", "space"])


def m(of, t, h):
    return float(of.state(np.array([t]), np.array([h]))[0][0])


def chi(of, t):
    """Susceptibility in no field."""
    h = 1e-7
    first = m(of, t, h)
    return (m(of, t, 2 * h) - first) / h


@BOTH
def test_a_state_solves_its_equations(of):
    t = np.array([0.05, 0.05, 0.0, -0.05, -0.05, 1e-9])
    h = np.array([1e-6, 0.3, 0.01, 1e-6, -0.2, 0.02])
    order, r = of.state(t, h)
    theta = order / r**of.beta
    np.testing.assert_allclose(r * (1 - of.b2 * theta**2), t, atol=1e-8)
    np.testing.assert_allclose(r**of.gap * of.field(theta), h, rtol=1e-4)


@BOTH
def test_the_coexistence_curve_is_the_limit_of_no_field(of):
    t = np.array([-0.1, -0.01])
    np.testing.assert_allclose(of.state(t, np.full(2, 1e-12))[0], of.coexisting(t), rtol=1e-4)
    assert of.coexisting(np.array(0.1)) == 0
    assert m(of, 0.1, 1e-9) == pytest.approx(0, abs=1e-4)


@BOTH
def test_the_critical_isotherm_has_its_exponent(of):
    ratio = m(of, 0.0, 1e-3) / m(of, 0.0, 1e-6)
    assert np.log(ratio) / np.log(1e3) == pytest.approx(1 / of.delta, rel=1e-3)


@pytest.mark.parametrize(("of", "ratio", "r_chi"), [(TWO, 37.694, 6.7783), (THREE, 4.76, 1.66)])
def test_amplitude_ratios(of, ratio, r_chi):
    """Γ₊/Γ₋, and R_χ = Γ₊ D B^(δ − 1), of the Ising model."""
    t = 0.01
    above, below = chi(of, t) * t**of.gamma, chi(of, -t) * t**of.gamma
    assert above / below == pytest.approx(ratio, rel=0.02)
    at = m(of, 0.0, 1e-6)
    amplitude = 1e-6 / at**of.delta
    curve = float(of.coexisting(np.array(-1.0)))
    assert above * amplitude * curve ** (of.delta - 1) == pytest.approx(r_chi, rel=0.02)


def test_a_length_of_one_is_no_dimension():
    assert universality((32, 32, 1)) is TWO
    assert universality((8, 8, 8)) is THREE
    assert universality((64, 1, 1)) is None

"""Diagrams of few temperatures and few chemical potentials: right, or said to be unknown."""

import numpy as np
import pytest
from scipy.optimize import brentq

from navac.thermodynamics.integration import excitations
from navac.thermodynamics.regions import boundaries
from navac.thermodynamics.report import unknown_sentence
from navac.units import BOLTZMANN
from tests.thermodynamics.models import HIGH, LOW, MU, sampled_diagram

TWO = LOW, HIGH


@pytest.mark.parametrize("temperatures", [[300.0], [300.0, 400.0], [300.0, 350.0, 400.0]])
def test_a_boundary_is_right_at_a_single_first_temperature(temperatures):
    """Excitations at the first temperature count: they are not frozen there."""
    diagram = sampled_diagram(TWO, seed=1, T=np.array(temperatures))
    (region,) = boundaries(diagram).values()
    assert list(region.temperature) == temperatures
    for found in diagram.found:
        T = temperatures[found.step]
        mu = brentq(lambda m, T=T: float(LOW.phi(T, m) - HIGH.phi(T, m)), -0.05, 0.05)
        assert found.mu == pytest.approx(mu, abs=2e-4)
        for number, phase in ((found.n_low, LOW), (found.n_high, HIGH)):
            assert number == pytest.approx(float(phase.exact(T, mu)["number"]), abs=5e-3)
    assert unknown_sentence(diagram) is None


def test_too_few_states_are_said_to_be_so():
    diagram = sampled_diagram(TWO, seed=1, T=np.array([300.0]), mu=MU[[0, 13, 27, 40]])
    assert not diagram.found
    assert not boundaries(diagram)
    assert all((step.phase == -1).all() for step in diagram.steps)
    assert "no phase is known at any temperature: a surface needs 12" in unknown_sentence(diagram)


def test_excitations_of_one_energy_are_exact_and_of_several_a_lower_bound():
    beta = np.array([1 / (BOLTZMANN * 300)])

    def of(energies):
        f = np.exp(-beta[0] * np.array(energies))  # rare ones
        rise, variance = f @ energies, f @ np.square(energies)
        return excitations(beta, np.array([rise]), np.array([variance]))[0] / f.sum()

    assert of([0.12]) == pytest.approx(1)
    assert 0.8 < of([0.12, 0.15]) <= 1
    # A path that has left its ground state is not excited.
    assert excitations(beta, np.array([0.5]), np.array([1e-4]))[0] == 0

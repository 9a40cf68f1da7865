"""The entropy of mixed valence in the sampled ensemble."""

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import gammaln

from navac.hamiltonian import lattice_model
from navac.montecarlo import BOLTZMANN, Sampler
from navac.random import path_keys
from navac.supercell import Supercell
from navac.valence import MixedValence

VALENCE = MixedValence(sites=4, n_oxidised=2, n_reduced=6)


def test_gains_are_ratios_of_binomial_coefficients():
    cells = 64
    ions = 4 * cells
    reduced = np.arange(ions + 1)
    ln_ways = gammaln(ions + 1) - gammaln(reduced + 1) - gammaln(ions - reduced + 1)
    more, less = VALENCE.gains(jnp.array(2 * cells + reduced), cells)
    np.testing.assert_allclose(more[:-1], np.diff(ln_ways), atol=1e-5)
    np.testing.assert_allclose(less[1:], -np.diff(ln_ways), atol=1e-5)


def test_gains_tend_to_the_slope_of_the_entropy():
    n = np.array([2.5, 4.0, 5.7])
    more, less = VALENCE.gains(jnp.array(n * 10**6), 10**6)
    np.testing.assert_allclose(more, VALENCE.slope(n) / BOLTZMANN, atol=1e-4)
    np.testing.assert_allclose(less, -VALENCE.slope(n) / BOLTZMANN, atol=1e-4)


@pytest.mark.parametrize("rule", ["metropolis", "heat_bath"])
def test_states_are_those_at_a_chemical_potential_moved_by_the_slope(sodium_poor, rule):
    """n(μ′) = n(μ) where μ′ = μ − T dS/dn, and ∂n/∂μ′ less by 1 − T d²S/dn² ∂n/∂μ."""
    model = lattice_model(sodium_poor, Supercell.diagonal(8, 8, 8))
    T, mu, replicas = 1300.0, np.array([-0.56, -0.46, -0.37]).repeat(32), 96
    start = np.zeros((model.n_sites, replicas), np.int8)
    start[:, ::2] = 1

    def sampled(valence, mu):
        sampler = Sampler(model, replicas=replicas, rule=rule, valence=valence)
        keys = path_keys(5, np.arange(replicas))
        _, found = sampler.run(start, np.full(replicas, T), mu, keys, 0, 100, 20)
        n, n2 = (v.mean(axis=0).reshape(3, 32) for v in (found.number, found.number2))
        spread = n2.mean(axis=1) - n.mean(axis=1) ** 2
        chi = model.supercell.size / (BOLTZMANN * T) * spread
        return n.mean(axis=1), chi, n.std(axis=1) / np.sqrt(32)

    n, chi, error = sampled(None, mu)
    moved = mu - (T * VALENCE.slope(n)).repeat(32)
    found, found_chi, found_error = sampled(VALENCE, moved)
    assert (np.abs(found - n) < 4 * np.hypot(error, found_error)).all()
    lower = chi / (1 - T * VALENCE.curvature(n) * chi)
    np.testing.assert_allclose(found_chi, lower, rtol=0.1)
    assert (lower < 0.8 * chi).all()

"""The sampler against exact results."""

from itertools import product

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import ellipk
from scipy.stats import chi2

from navac.crystal.configurations import Configurations
from navac.crystal.sites import SiteError, spins
from navac.crystal.supercell import Supercell
from navac.expansion.clusters import Orbit
from navac.expansion.expansion import Expansion
from navac.montecarlo import kernels, sweep
from navac.montecarlo.layout import layout
from navac.montecarlo.model import lattice_model
from navac.montecarlo.random import path_keys
from navac.montecarlo.sampler import KERNELS, Sampler, SamplingError
from navac.units import BOLTZMANN

REJECT_AT = 1e-4
"""Level of the χ² tests. The seeds are fixed, so a test that passes once passes always."""


def lattice(pairs, eci, point=0.0):
    """A one-site lattice with nearest-neighbour pairs along the given directions."""
    orbits = [Orbit(2, (((0, 0, 0, 0),),), 0, 0)]
    orbits += [Orbit(3, tuple(((0, 0, 0, 0), (0, *p)) for p in pairs), 1, 1)]
    return Expansion(tuple(orbits), np.array([point, eci]))


def snapshots(expansion, box, T, mu, *, replicas, burn, shots, apart, rule="metropolis", seed=1):
    """Occupations ``[shot × replica, site]`` of independent replicas."""
    model = lattice_model(expansion, Supercell.diagonal(*box))
    sampler = Sampler(model, replicas=replicas, rule=rule, blocks=1)
    state = np.random.default_rng(seed).integers(0, 2, (model.n_sites, replicas)).astype(np.int8)
    keys = path_keys(seed, np.arange(replicas))
    T, mu = np.full(replicas, float(T)), np.full(replicas, float(mu))
    taken, sweeps = [], 0
    for shot in range(shots):
        wait = burn if shot == 0 else apart
        state, _ = sampler.run(state, T, mu, keys, sweeps, wait, 1)
        sweeps += wait + 1
        taken.append(state.T)
    return np.concatenate(taken)


def boltzmann(expansion, T, mu):
    """Exact probabilities of the 2⁸ states of one cell, and the states, as species indices."""
    states = np.array(list(product((0, 1), repeat=8)), np.int8)
    number = (states == 0).sum(axis=1)
    omega = expansion.energies(Supercell.diagonal(1, 1, 1), spins(states)) - mu * number
    weight = np.exp(-(omega - omega.min()) / (BOLTZMANN * T))
    return weight / weight.sum(), states


def chi_square(samples, probabilities):
    """p-value of observed states; states expected fewer than 8 times are pooled."""
    index = samples @ (1 << np.arange(7, -1, -1))
    observed = np.bincount(index, minlength=256)
    expected = probabilities * len(samples)
    order = np.argsort(expected)
    pooled = np.cumsum(expected[order]) < 8
    cut = order[pooled]
    rest = order[~pooled]
    o = np.append(observed[rest], observed[cut].sum())
    e = np.append(expected[rest], expected[cut].sum())
    keep = e > 0
    statistic = ((o[keep] - e[keep]) ** 2 / e[keep]).sum()
    return chi2.sf(statistic, keep.sum() - 1)


@pytest.mark.parametrize("rule", ["metropolis", "heat_bath"])
@pytest.mark.parametrize(("T", "mu"), [(900, -0.2), (1500, -0.45), (4000, 0.1)])
def test_the_published_hamiltonian_samples_its_boltzmann_distribution(one_cell, rule, T, mu):
    probabilities, _ = boltzmann(one_cell, T, mu)
    assert (probabilities > 0.01).sum() >= 4
    taken = snapshots(one_cell, (1, 1, 1), T, mu, replicas=4096, burn=300, shots=4, apart=100,
                      rule=rule)  # fmt: skip
    assert chi_square(taken, probabilities) > REJECT_AT


def test_a_wrong_acceptance_rule_is_caught(one_cell, monkeypatch):
    """Negative control: accepting as if it were 10 % hotter must fail the same test."""
    right = kernels.quanta_of_conditions
    monkeypatch.setattr(kernels, "quanta_of_conditions", lambda m, T, mu: right(m, 1.1 * T, mu))
    probabilities, _ = boltzmann(one_cell, 1500, -0.45)
    taken = snapshots(one_cell, (1, 1, 1), 1500, -0.45, replicas=4096, burn=300, shots=4, apart=100)
    assert chi_square(taken, probabilities) < 1e-6


def test_flips_have_the_probability_of_their_full_energy_difference(sodium_poor):
    """A step of the full Hamiltonian: every flip, and its reverse, from recomputation."""
    box = Supercell.diagonal(4, 4, 4)
    model = lattice_model(sodium_poor, box)
    plan = layout(model, 1, 1000)
    start = np.random.default_rng(5).integers(0, 2, (model.n_sites, 1)).astype(np.int8)
    state = jnp.asarray(plan.to_rows(1 - start)[:, 0])  # the kernels' bit is 1 for the first

    def energy(occupation):
        return sodium_poor.energies(box, spins(occupation).T)[0] * box.size

    for steps, tables in zip(plan.steps, sweep.tables(plan, 1), strict=True):
        for i in (0, len(steps.starts) - 1):
            own, *neighbours = sweep._read(state, tables.starts[i], 1)
            h = np.asarray(sweep.field(steps.environment, neighbours, jnp.float32))[:, 0]
            rows = steps.second.shape[1]
            first = steps.start + i * rows
            for row, site in enumerate(plan.sites[first : first + rows, 0]):
                assert own[row, 0] == 1 - start[site, 0]
                flipped = start.copy()
                flipped[site] ^= 1
                s = spins(start[site, 0])
                change = energy(flipped) - energy(start)
                assert -2 * s * h[row] * model.quantum == pytest.approx(change, abs=1e-5)
                assert h[row] == round(h[row])
                # The field does not depend on the site itself, so the reverse negates it.
                assert energy(start) - energy(flipped) == -change


def test_ideal_lattice_gas():
    """Independent sites: the Fermi function of (point energy, μ)."""
    gas = lattice([(1, 0, 0)], 0.0, point=0.02)
    T, mu = 600.0, 0.05
    taken = snapshots(gas, (8, 8, 8), T, mu, replicas=64, burn=20, shots=5, apart=10)
    filled = 1 / (1 + np.exp((-2 * 0.02 - mu) / (BOLTZMANN * T)))
    error = np.sqrt(filled * (1 - filled) / taken.size)
    assert abs((taken == 0).mean() - filled) < 4 * error


def averages(expansion, box, T, *, rule="metropolis", replicas=64):
    model = lattice_model(expansion, Supercell.diagonal(*box))
    sampler = Sampler(model, replicas=replicas, rule=rule, blocks=5)
    start = np.ones((model.n_sites, replicas), np.int8)
    keys = path_keys(7, np.arange(replicas))
    _, found = sampler.run(start, np.full(replicas, T), np.zeros(replicas), keys, 0, 500, 200)
    per_replica = found.energy.mean(axis=0)
    return per_replica.mean(), per_replica.std(ddof=1) / np.sqrt(replicas), found


def test_chain_energy():
    """A ring of 24: E per site from the transfer matrix.

    By heat bath: Metropolis accepts flips of no cost always, and in one dimension a colour
    update then only pushes the domain walls around the ring.
    """
    J, T, n = 0.03, 500.0, 24
    t = np.tanh(-J / (BOLTZMANN * T))
    exact = J * (t + t ** (n - 1)) / (1 + t**n)
    mean, error, _ = averages(lattice([(1, 0, 0)], J), (n, 1, 1), T, rule="heat_bath")
    assert abs(mean - exact) < 4 * error
    assert error < 2e-4


@pytest.mark.parametrize("reduced", [1.8, 2.6, 3.5])
def test_square_lattice_energy(reduced):
    """Onsager's internal energy of the infinite lattice; 32 × 32 is close enough off T_c."""
    J = 0.02
    K = 1 / reduced
    k = 2 * np.sinh(2 * K) / np.cosh(2 * K) ** 2
    coth = 1 / np.tanh(2 * K)
    exact = -J * coth * (1 + 2 / np.pi * (2 * np.tanh(2 * K) ** 2 - 1) * ellipk(k**2))
    model = lattice([(1, 0, 0), (0, 1, 0)], -J)
    mean, error, found = averages(model, (32, 32, 1), reduced * J / BOLTZMANN)
    assert abs(mean - exact) < 4 * error
    assert error < 2e-4
    # d⟨E⟩/dβ = −var(E): the sampled fluctuations are those of the sampled energies.
    spread = found.energy2.mean(axis=0) - found.energy.mean(axis=0) ** 2
    assert spread.mean() > 0


def test_compiled_once_for_a_hundred_conditions(one_cell):
    model = lattice_model(one_cell, Supercell.diagonal(2, 1, 1))
    sampler = Sampler(model, replicas=8, blocks=2)
    state, keys = np.ones((model.n_sites, 8), np.int8), path_keys(3, np.arange(8))
    T, mu = np.linspace(500, 2000, 8), np.full(8, -0.4)
    for k in range(100):
        state, _ = sampler.run(state, T + k, mu + 0.001 * k, keys, 20 * k, 3 + k % 5, 1 + k % 3)
    assert sampler.compilations == 1


def test_company_does_not_change_a_path(sodium_poor):
    """However many replicas share rows, parts of the supercell and batches."""
    model = lattice_model(sodium_poor, Supercell.diagonal(4, 4, 8))
    n = 80
    keys, T, mu = path_keys(3, np.arange(n)), np.linspace(500, 2000, n), np.linspace(-0.6, -0.3, n)
    start = np.random.default_rng(1).integers(0, 2, (model.n_sites, n)).astype(np.int8)
    samplers = [Sampler(model, replicas=r, blocks=2) for r in (n, 12, 256)]
    assert len({(s.layout.parts, s.tile) for s in samplers}) > 1
    state, one = samplers[0].run(start, T, mu, keys, 0, 3, 2)
    assert (state != start).any(axis=0).all()
    shuffled = np.random.default_rng(2).permutation(n)
    for sampler in samplers:
        other, two = sampler.run(
            start[:, shuffled], T[shuffled], mu[shuffled], keys[shuffled], np.zeros(n, int), 3, 2
        )
        assert (other == state[:, shuffled]).all()
        for name, values in vars(one).items():
            assert (getattr(two, name) == values[..., shuffled]).all(), name


@pytest.mark.parametrize("length", [8, 10, 12, 20])
@pytest.mark.parametrize("replicas", [296, 450])
def test_little_is_wasted_on_bytes_that_do_not_fill_rows(sodium_rich, length, replicas):
    model = lattice_model(sodium_rich, Supercell.diagonal(length, length, length))
    sampler = Sampler(model, replicas=replicas, kernel="bytes")
    assert -(-replicas // sampler.capacity) * sampler.capacity < 1.15 * replicas
    rows = min(s.starts.shape[2] for s in sampler.layout.steps)
    assert 2000 < rows * sampler.layout.parts * sampler.tile <= 4096


def test_no_more_replicas_together_than_allowed(sodium_poor):
    model = lattice_model(sodium_poor, Supercell.diagonal(8, 8, 8))
    assert Sampler(model, replicas=512, kernel="bytes").capacity == 128
    for kernel in KERNELS:
        assert Sampler(model, replicas=512, most=64, kernel=kernel).capacity == 64


@pytest.mark.parametrize("kernel", KERNELS)
def test_parts_with_interactions_that_reach_across_several(sodium_poor, kernel):
    """4 parts of one block each: neighbours lie up to two parts away."""
    model = lattice_model(sodium_poor, Supercell.diagonal(4, 4, 8))
    start = np.random.default_rng(4).integers(0, 2, (model.n_sites, 8)).astype(np.int8)
    args = np.full(8, 800.0), np.full(8, -0.45), path_keys(1, np.arange(8)), 0, 0, 1
    few = Sampler(model, replicas=8, blocks=2, kernel=kernel)
    assert few.layout.parts == 4
    assert max(few.layout.margin) >= 1
    state, found = few.run(start, *args)
    assert (found.discrepancy == 0).all()
    full = sodium_poor.energies(model.supercell, spins(state).T)
    # One sweep in the last block: its mean is the energy of the last state.
    np.testing.assert_allclose(found.energy[-1], full, rtol=0, atol=2e-6)
    np.testing.assert_allclose(found.number[-1], (state == 0).sum(axis=0) / model.supercell.size)


def test_energies_do_not_drift(sodium_poor):
    """Sums of whole quanta: not by one, in whatever order they are added."""
    model = lattice_model(sodium_poor, Supercell.diagonal(4, 4, 4))
    sampler = Sampler(model, replicas=32, blocks=2)
    start = np.random.default_rng(4).integers(0, 2, (model.n_sites, 32)).astype(np.int8)
    args = np.full(32, 900.0), np.full(32, -0.45), path_keys(1, np.arange(32)), 0
    _, found = sampler.run(start, *args, 0, 1000)
    assert (found.discrepancy == 0).all()
    assert (found.acceptance > 0.1).all()


def binder(length, temperatures, *, replicas=64, sweeps=12000):
    """Fourth-order cumulant of the magnetisation of ``length``² spins, and its error."""
    J = 0.02
    model = lattice_model(
        lattice([(1, 0, 0), (0, 1, 0)], -J), Supercell.diagonal(length, length, 1)
    )
    sampler = Sampler(model, replicas=replicas * len(temperatures), blocks=2)
    T = np.repeat(temperatures, replicas) * J / BOLTZMANN
    state = np.zeros((model.n_sites, len(T)), np.int8)
    keys, m2, m4 = path_keys(length, np.arange(len(T))), 0, 0
    for k in range(sweeps // 10):
        state, _ = sampler.run(state, T, np.zeros(len(T)), keys, 10 * k, 8, 1)
        if k >= 50:
            m = spins(state).mean(axis=0)
            m2, m4 = m2 + m**2, m4 + m**4
    count = sweeps // 10 - 50
    m2, m4 = ((x / count).reshape(len(temperatures), replicas) for x in (m2, m4))
    groups = [1 - m4[:, g::8].mean(1) / (3 * m2[:, g::8].mean(1) ** 2) for g in range(8)]
    return np.mean(groups, axis=0), np.std(groups, axis=0, ddof=1) / np.sqrt(8)


def test_binder_cumulants_cross_at_the_critical_temperature():
    """Square lattice: T_c = 2/ln(1 + √2) J/k_B (Onsager)."""
    exact = 2 / np.log(1 + np.sqrt(2))
    temperatures = exact * np.array([0.99, 1.0, 1.01])
    small, small_error = binder(8, temperatures)
    large, large_error = binder(16, temperatures)
    difference = large - small
    error = np.hypot(small_error, large_error)
    slope, at = np.polyfit(temperatures - exact, difference, 1)
    crossing = exact - at / slope
    assert difference[0] > 4 * error[0]
    assert difference[-1] < -4 * error[-1]
    assert abs(crossing / exact - 1) < 0.005


@pytest.mark.parametrize(
    ("T", "mu", "message"),
    [(np.nan, 0, "positive number of K"), (-5, 0, "positive number of K"),
     (300, np.nan, "finite number of eV")],
)  # fmt: skip
def test_conditions_that_make_no_sense(one_cell, T, mu, message):
    model = lattice_model(one_cell, Supercell.diagonal(1, 1, 1))
    start = np.zeros((model.n_sites, 8), np.int8)
    with pytest.raises(SamplingError, match=message):
        Sampler(model, replicas=8).run(
            start, np.full(8, T), np.full(8, mu), path_keys(1, np.arange(8)), 0, 1, 1
        )


def test_unknown_rule(one_cell):
    with pytest.raises(SamplingError, match="metropolis"):
        Sampler(lattice_model(one_cell, Supercell.diagonal(1, 1, 1)), replicas=1, rule="glauber")


def test_unknown_species_and_shapes(one_cell):
    sampler = Sampler(lattice_model(one_cell, Supercell.diagonal(1, 1, 1)), replicas=4)
    rest = np.full(4, 300.0), np.zeros(4), path_keys(1, np.arange(4)), 0, 1, 1
    with pytest.raises(SiteError, match="code 2 on a site that holds 2 species"):
        sampler.run(np.full((8, 4), 2, np.int8), *rest)
    with pytest.raises(SamplingError, match="more than two species"):
        sampler.advance(Configurations.of(np.zeros((4, 8), np.int8), 3), *rest)
    with pytest.raises(SamplingError, match="8 sites"):
        sampler.run(np.zeros((7, 4), np.int8), *rest)

"""The sampler against exact results."""

from itertools import product

import numpy as np
import pytest
from scipy.special import ellipk
from scipy.stats import chi2, norm

from navac import montecarlo
from navac.clusters import Orbit
from navac.expansion import Expansion
from navac.hamiltonian import lattice_model
from navac.montecarlo import BOLTZMANN, Sampler, SamplingError
from navac.random import path_keys, philox_2x32, uniforms
from navac.supercell import Supercell

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
    sampler = Sampler(model, rule=rule, blocks=1)
    start = np.random.default_rng(seed).integers(0, 2, (model.n_sites, replicas)).astype(np.int8)
    state, keys = model.to_blocks(start), path_keys(seed, np.arange(replicas))
    T, mu = np.full(replicas, float(T)), np.full(replicas, float(mu))
    taken, sweep = [], 0
    for shot in range(shots):
        wait = burn if shot == 0 else apart
        state, _ = sampler.run(state, T, mu, keys, sweep, wait, 1)
        sweep += wait + 1
        taken.append(model.from_blocks(state).T)
    return np.concatenate(taken)


def boltzmann(expansion, T, mu):
    """Exact probabilities of the 2⁸ states of one cell, and the states."""
    states = np.array(list(product((0, 1), repeat=8)), np.int8)
    omega = expansion.energies(Supercell.diagonal(1, 1, 1), 1 - 2 * states) - mu * states.sum(1)
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
    monkeypatch.setattr(
        montecarlo, "_flip_probability", lambda rule, x: montecarlo.jnp.exp(x / 1.10)
    )
    probabilities, _ = boltzmann(one_cell, 1500, -0.45)
    taken = snapshots(one_cell, (1, 1, 1), 1500, -0.45, replicas=4096, burn=300, shots=4, apart=100)
    assert chi_square(taken, probabilities) < 1e-6


def test_flips_have_the_probability_of_their_full_energy_difference(sodium_poor):
    """First colour of the full Hamiltonian: every flip, and its reverse, from recomputation."""
    box = Supercell.diagonal(2, 2, 2)
    model = lattice_model(sodium_poor, box)
    mu = -0.45
    start = np.random.default_rng(5).integers(0, 2, model.n_sites).astype(np.int8)
    first = [i for i, s in enumerate(model.sites) if s.colour == 0]
    blocks = model.to_blocks(start)
    state = tuple(montecarlo._with_halo(model, montecarlo.jnp.asarray(b[:, None])) for b in blocks)

    def omega(occupation):
        energy = sodium_poor.energies(box, (1 - 2 * occupation)[None])[0] * box.size
        return energy - mu * occupation.sum()

    for i in first:
        h = np.asarray(montecarlo._field(model, state, model.sites[i]))[0, 0]
        flipped = blocks.copy()
        flipped[i] ^= 1
        change = omega(model.from_blocks(flipped)) - omega(start)
        s = 1 - 2 * int(blocks[i, 0])
        assert -2 * s * (h + mu / 2) == pytest.approx(change, abs=2e-6)
        # The field does not depend on the site itself, so the reverse flip negates it.
        assert 2 * s * (h + mu / 2) == pytest.approx(-change, abs=2e-6)


def test_ideal_lattice_gas():
    """Independent sites: the Fermi function of (point energy, μ)."""
    gas = lattice([(1, 0, 0)], 0.0, point=0.02)
    T, mu = 600.0, 0.05
    taken = snapshots(gas, (8, 8, 8), T, mu, replicas=64, burn=20, shots=5, apart=10)
    filled = 1 / (1 + np.exp((-2 * 0.02 - mu) / (BOLTZMANN * T)))
    error = np.sqrt(filled * (1 - filled) / taken.size)
    assert abs(taken.mean() - filled) < 4 * error


def averages(expansion, box, T, *, rule="metropolis", replicas=64):
    model = lattice_model(expansion, Supercell.diagonal(*box))
    sampler = Sampler(model, rule=rule, blocks=5)
    start = np.zeros((len(model.sites), model.n_blocks, replicas), np.int8)
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


def test_compiled_once_and_batching_does_not_change_a_path(one_cell):
    """Conditions are traced; a path gives the same trajectory in any company."""
    model = lattice_model(one_cell, Supercell.diagonal(2, 1, 1))
    sampler = Sampler(model, blocks=2)
    start = np.zeros((len(model.sites), model.n_blocks, 8), np.int8)
    keys = path_keys(3, np.arange(8))
    T, mu = np.linspace(500, 2000, 8), np.full(8, -0.4)
    state, one = sampler.run(start, T, mu, keys, 0, 10, 5)
    for k in range(20):
        sampler.run(state, T + k, mu + 0.001 * k, keys, 20 * (k + 1), 3 + k, 4)
    assert sampler.compilations == 1
    shuffled = np.array([5, 2, 7, 0, 1, 6, 3, 4])
    other, two = sampler.run(start, T[shuffled], mu[shuffled], keys[shuffled], 0, 10, 5)
    assert (other == state[..., shuffled]).all()
    assert (two.energy == one.energy[:, shuffled]).all()


@pytest.mark.parametrize(
    ("T", "mu", "message"),
    [(np.nan, 0, "positive number of K"), (-5, 0, "positive number of K"),
     (300, np.nan, "finite number of eV")],
)  # fmt: skip
def test_conditions_that_make_no_sense(one_cell, T, mu, message):
    model = lattice_model(one_cell, Supercell.diagonal(1, 1, 1))
    start = np.zeros((len(model.sites), 1, 8), np.int8)
    with pytest.raises(SamplingError, match=message):
        Sampler(model).run(
            start, np.full(8, T), np.full(8, mu), path_keys(1, np.arange(8)), 0, 1, 1
        )


def test_unknown_rule(one_cell):
    with pytest.raises(SamplingError, match="metropolis"):
        Sampler(lattice_model(one_cell, Supercell.diagonal(1, 1, 1)), rule="glauber")


def test_philox_against_the_reference_implementation():
    """Random123's known answers for philox2x32-7 (kat_vectors)."""
    u64 = montecarlo.jnp.uint64
    for counter, key, words in (
        ((0, 0), 0, (0x257A3673, 0xCD26BE2A)),
        ((0xFFFFFFFF, 0xFFFFFFFF), 0xFFFFFFFF, (0xAB302C4D, 0x3DC9D239)),
        ((0x243F6A88, 0x85A308D3), 0x13198A2E, (0xBEDBBE6B, 0xE4C770B3)),
    ):
        got = int(philox_2x32(u64(counter[0]), u64(counter[1]), u64(key)))
        assert (got >> 32, got & 0xFFFFFFFF) == words


def test_uniforms_are_uniform_and_independent_of_each_other():
    import jax.numpy as jnp

    keys = jnp.asarray(path_keys(11, np.arange(512)))
    u = np.stack([np.asarray(uniforms(0, 201, jnp.uint32(s), keys)) for s in range(4)])
    assert (u >= 0).all()
    assert (u < 1).all()
    counts = np.histogram(u, bins=256, range=(0, 1))[0]
    statistic = ((counts - u.size / 256) ** 2).sum() / (u.size / 256)
    assert chi2.sf(statistic, 255) > REJECT_AT
    for a, b in ((u[:-1], u[1:]), (u[:, :-1], u[:, 1:]), (u[..., :-1], u[..., 1:])):
        r = np.corrcoef(a.ravel(), b.ravel())[0, 1] * np.sqrt(a.size)
        assert 2 * norm.sf(abs(r)) > REJECT_AT


def test_streams_of_different_paths_differ():
    keys = path_keys(1, np.arange(100_000))
    assert len(np.unique(keys)) == len(keys)
    assert (path_keys(1, np.array([5])) != path_keys(2, np.array([5]))).all()

"""The protocols of paths, grid and paper, beside the exact partition function of a small box."""

from itertools import product

import numpy as np
import pytest

from navac.crystal.sites import spins
from navac.crystal.supercell import Supercell
from navac.montecarlo.model import lattice_model
from navac.montecarlo.sampler import Sampler
from navac.sampling.lengths import Lengths, Precision
from navac.sampling.plan import Plan
from navac.sampling.record import read_configurations, read_samples
from navac.sampling.scans import heated_once, plan_scans, scan_walks
from navac.sampling.walk import sample_paths
from navac.thermodynamics.integration import block_weights, branches
from navac.units import BOLTZMANN

BOX = Supercell.diagonal(2, 1, 1)
MU = np.round(np.arange(-0.56, -0.4595, 0.01), 3)
# Fine where the entropy of the small box thaws.
TEMPERATURES = np.concatenate([np.arange(20, 80, 5), np.arange(80, 400, 20),
                               np.arange(400, 1001, 40)]).astype(float)  # fmt: skip


@pytest.fixture(scope="module")
def states(one_cell):
    """E and occupations of all 2¹⁶ configurations."""
    all_states = np.array(list(product((0, 1), repeat=16)), np.int8)
    return one_cell.energies(BOX, spins(all_states)), all_states


@pytest.fixture(scope="module")
def grid(states):
    """Two ground states on a grid of μ."""
    energy, occupation = states
    number = (occupation == 0).sum(axis=1) / BOX.size
    ground = [int((energy - mu * number).argmin()) for mu in (MU[0], MU[-1])]
    n, index = len(MU), np.arange(len(MU))
    omega = energy - MU[:, None] * number
    return Plan(
        phases=("low", "high"),
        energy=energy[ground],
        number=number[ground],
        occupation=occupation[ground],
        mu_grid=MU,
        branch=np.repeat([0, 1, 2], n),
        mu_index=np.tile(index, 3),
        temperatures=TEMPERATURES,
        cooled=len(TEMPERATURES),
        hot=np.stack([omega.mean(axis=1), omega.var(axis=1) * BOX.size]),
        nominal=MU[[0, -1]],
    )


def exact_phi(states, T, mu):
    """Per cell, all configurations."""
    energy, occupation = states
    x = -(energy * BOX.size - mu * (occupation == 0).sum(axis=1)) / (BOLTZMANN * T)
    return -BOLTZMANN * T * (x.max() + np.log(np.exp(x - x.max()).sum())) / BOX.size


@pytest.fixture(scope="module")
def sampled(one_cell, grid, tmp_path_factory):
    """Branches of both protocols with resampled blocks, ``{protocol: [resample]}``."""
    folder = tmp_path_factory.mktemp("records")
    model = lattice_model(one_cell, BOX)
    sampler = Sampler(model, replicas=256, blocks=10)

    def run(name, walks, stream):
        sample_paths(
            model, walks, folder / name, paths=np.arange(len(walks.start)), first_stream=stream,
            seed=3, sampler=sampler, lengths=Lengths.of(50, 400, 400, Precision()),
            progress=lambda *_: None,
        )  # fmt: skip
        return read_samples([folder / name])

    once = heated_once(grid, {"high": -0.47})
    assert once.mu.tolist() == [MU[0], -0.47]
    heated = run("heated.h5", once.walks(), 10**6)
    walks = scan_walks(once, plan_scans(once), read_configurations(folder / "heated.h5"))
    scanned = run("scans.h5", walks, 2 * 10**6)
    samples = run("grid.h5", grid.walks(), 0)
    weights = block_weights(10, 20, 1)
    return {
        "grid": [branches(grid, samples, w) for w in weights],
        "paper": [branches(once, heated, w, scanned) for w in weights],
    }


WARM = np.flatnonzero(TEMPERATURES >= 400)
"""Temperatures at which the small box changes its phase often enough to be in equilibrium."""


@pytest.fixture(scope="module")
def exact(states):
    """``[warm T, μ]``."""
    return np.array([[exact_phi(states, T, mu) for mu in MU] for T in TEMPERATURES[WARM]])


@pytest.mark.parametrize(("protocol", "branch"), [("grid", 0), ("grid", 2), ("paper", 0)])
def test_a_branch_gives_the_partition_function(exact, sampled, protocol, branch):
    """Heated from the one ground state, scanned from there, or cooled."""
    # On the grid a phase is followed through the temperatures from where it is stable.
    mus = MU <= -0.50 if (protocol, branch) == ("grid", 0) else MU < 0
    phi = np.array([b.phi[branch] for b in sampled[protocol]])[:, WARM][..., mus]
    difference = phi[0] - exact[:, mus]
    assert np.abs(difference).max() < 3e-3
    assert np.sqrt(np.mean((difference / phi[1:].std(axis=0)) ** 2)) < 3
    assert np.ptp(exact) > 0.1


def test_what_cannot_be_reached_makes_a_branch_too_high(exact, sampled):
    """The other ground state is threefold, and at low temperature its orientations and the states
    just above it are not reached from each other: φ must not fall below the exact one."""
    left_out = BOLTZMANN * TEMPERATURES[WARM, None] * np.log(3) / BOX.size
    at = np.flatnonzero(np.isclose(MU, -0.47))
    found = {}
    for protocol, resampled in sampled.items():
        phi = np.array([b.phi[1] for b in resampled])[:, WARM][..., at]
        error = phi[1:].std(axis=0)
        assert (phi[0] - (exact + left_out)[:, at] > -3 * error).all()
        found[protocol] = phi[0], error
    (a, one), (b, other) = found.values()
    assert (np.abs(a - b) < 3 * np.hypot(one, other)).all()


def test_composition_is_the_slope_of_the_grand_potential(sampled):
    """∂φ/∂μ = −N along isotherms of cooled paths, which were integrated in β alone."""
    data = sampled["grid"][0]
    phi, number = data.phi[2, WARM], data.number[2, WARM]
    fallen = phi[:, :-1] - phi[:, 1:]
    area = (number[:, 1:] + number[:, :-1]) / 2 * np.diff(MU)
    assert np.abs(fallen.sum(axis=1) - area.sum(axis=1)).max() < 3e-3
    assert area.sum(axis=1).min() > 0.2


def test_the_grids_of_the_two_protocols(grid):
    once = heated_once(grid, {})
    assert once.mu.tolist() == MU[[0, -1]].tolist()
    assert not once.cooled
    scans = plan_scans(once)
    # Each way from either end of the grid, but for the way out of it.
    assert len(scans.branch) == 2 * len(TEMPERATURES)
    columns = zip(scans.branch, scans.at, scans.mu_index.T, strict=True)
    visited = {(b, a, m) for b, a, column in columns for m in column if m >= 0}
    starts = {(k, a, m) for k, m in enumerate(once.mu_index) for a in range(len(TEMPERATURES))}
    assert visited | starts == set(product(range(2), range(len(TEMPERATURES)), range(len(MU))))
    assert not visited & starts
    states = np.arange(2 * len(TEMPERATURES))[:, None]
    walks = scan_walks(once, scans, states)
    np.testing.assert_array_equal(walks.start[:, 0], 2 * scans.at + scans.branch)
    up = scans.branch == 0
    np.testing.assert_allclose(walks.mu[:, up], np.repeat(MU[1:, None], up.sum(), axis=1))
    np.testing.assert_allclose(walks.mu[:, ~up], np.repeat(MU[-2::-1, None], up.sum(), axis=1))
    np.testing.assert_array_equal(walks.temperature[0, up], TEMPERATURES)

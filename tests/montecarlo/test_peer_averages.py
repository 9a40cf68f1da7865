"""navac's ensemble averages against those of CASM, on the same Hamiltonian and box.

tests/data/peer_averages.csv says how it was made. Three temperatures lie inside ordered phases,
three in the solid solution.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from navac.crystal.supercell import Supercell
from navac.montecarlo.model import lattice_model
from navac.montecarlo.random import path_keys
from navac.montecarlo.sampler import Sampler

REFERENCE = pd.read_csv(Path(__file__).parents[1] / "data" / "peer_averages.csv", comment="#")
BOX = Supercell.diagonal(6, 6, 6)
STARTS = {"zeta": (0, 1), "psi": (0, 1, 2, 6), "omega": (0, 1, 2, 3, 6, 7)}
"""Sites of the primitive cell filled in the ground states at x = 1, 2, 3."""
REPLICAS = 12
"""Independent boxes per condition: their scatter is the standard error."""


@pytest.fixture(scope="module")
def sampled(sodium_poor):
    """``[quantity, condition, replica]`` Na and energy per primitive cell, in one run."""
    model = lattice_model(sodium_poor, BOX)
    start = np.ones((8, BOX.size, len(REFERENCE)), np.int8)
    for k, name in enumerate(REFERENCE.start):
        start[list(STARTS[name]), :, k] = 0
    occupation = np.repeat(start.reshape(-1, len(REFERENCE)), REPLICAS, axis=1)
    conditions = REFERENCE[["temperature_K", "mu_eV_per_Na"]].to_numpy()
    found = run(model, occupation, *np.repeat(conditions, REPLICAS, axis=0).T)
    averages = np.array([found.number.mean(axis=0), found.energy.mean(axis=0)])
    return averages.reshape(2, len(REFERENCE), REPLICAS)


def run(model, occupation, temperature, mu):
    """Averages of replicas ``occupation[site, replica]``, each at its own condition."""
    keys = path_keys(20221, np.arange(len(mu)))
    _, found = Sampler(model, replicas=len(mu), blocks=4).run(
        occupation, temperature, mu, keys, 0, 150, 200
    )
    return found


@pytest.mark.parametrize("k", REFERENCE.index)
def test_averages_are_those_of_casm(sampled, k):
    row = REFERENCE.loc[k]
    means = sampled[:, k].mean(axis=1)
    errors = sampled[:, k].std(axis=1, ddof=1) / np.sqrt(REPLICAS)
    number = (means[0] - row.x_Na_per_cell) / np.hypot(errors[0], row.x_stderr)
    energy = (means[1] - row.energy_eV_per_cell) / np.hypot(errors[1], row.energy_stderr_eV)
    assert abs(number) < 3
    assert abs(energy) < 3


def test_the_comparison_could_fail(sampled):
    """At 1000 K x changes by 0.02 to 0.04 per meV of μ: many times these error bars."""
    errors = sampled.std(axis=2, ddof=1) / np.sqrt(REPLICAS)
    assert np.hypot(errors[0], REFERENCE.x_stderr).max() < 4e-3
    assert np.hypot(errors[1], REFERENCE.energy_stderr_eV).max() < 1.6e-3

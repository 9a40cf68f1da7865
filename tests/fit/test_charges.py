"""Fits with an electrostatic term, on an aliovalent mixture."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from navac.expansion.electrostatics import Electrostatics
from navac.expansion.expansion import Expansion
from navac.expansion.functions import candidate_functions
from navac.fit.range_fit import fit_range
from navac.fit.report import concerns, resolution, screening
from navac.fit.training import training_set
from navac.fit.uncertainty import posterior
from navac.orderings.ordering import Ordering
from navac.orderings.symmetry import distinct_supercells
from tests.expansion.test_electrostatics import CHARGES, GROUP, SALT, neutral

STRENGTH = 0.1
ORBITS, SPACES = candidate_functions(SALT, GROUP, {2: 3.0})


def some_orderings(number, seed):
    """Random neutral orderings in supercells of eight cells."""
    boxes = distinct_supercells(8, GROUP)[3:7]
    found = []
    for k, box in enumerate(boxes):
        hnf = tuple(int(n) for row in box.hnf for n in row)
        for i, codes in enumerate(neutral(number // 4, box, seed=seed + k)):
            found.append(Ordering(f"{seed}-{k}-{i}", hnf, 0.625, codes, 1, np.nan))
    return found


def truth():
    eci = 0.02 * np.random.default_rng(4).normal(size=len(ORBITS))
    return Expansion(ORBITS, eci, -2.0, SPACES, Electrostatics(SALT, CHARGES, STRENGTH))


def fitted(orderings, orbits, charges, noise=0.0, regression="ridge", strength=STRENGTH):
    """A fit to energies of :func:`truth`."""
    whole = truth()
    energies = whole.energies_of(orderings)
    energies += (strength - STRENGTH) * whole.electrostatics.bare_of(orderings)
    energies += noise * np.random.default_rng(8).normal(size=len(energies))
    rows = pd.DataFrame({
        "id": [o.id for o in orderings], "x": [o.x for o in orderings],
        "energy_eV_per_cell": energies,
    })  # fmt: skip
    training = training_set(
        rows, orderings, orbits, SALT, GROUP, spaces=SPACES,
        electrostatics=Electrostatics(SALT, CHARGES) if charges else None,
    )  # fmt: skip
    settings = SimpleNamespace(
        regression=regression, alpha_eV=1e-4, refit=True, folds=5, max_terms_share=None,
        hull_weight_meV_per_fu=None, balance_compositions=False, outlier_sigmas=None,
        fold_by="ordering",
    )  # fmt: skip
    return fit_range(training, orbits, settings, 1, 0)


def unseen_error(result, orderings):
    off = result.fit.expansion.energies_of(orderings) - truth().energies_of(orderings)
    return 1000 * float(np.sqrt(np.mean(off**2)))


@pytest.fixture(scope="module")
def orderings():
    return some_orderings(120, 10), some_orderings(60, 50)


@pytest.mark.parametrize("regression", ["ridge", "group_ard"])
def test_the_dielectric_constant_is_found(orderings, regression):
    result = fitted(orderings[0], ORBITS, True, noise=1e-3, regression=regression)
    strength = result.fit.expansion.electrostatics.strength
    uncertainty = posterior(result.fit, result.training.design, result.weights)
    assert 0 < uncertainty.strength < 0.01
    assert abs(strength - STRENGTH) < 4 * uncertainty.strength
    assert uncertainty.covariance.shape == (1 + len(ORBITS),) * 2
    assert screening(result.fit, uncertainty)["inverse_dielectric_constant"] == strength
    assert unseen_error(result, orderings[1]) < 1  # meV per cell, the noise


def test_clusters_alone_need_many_more_functions(orderings):
    """14 functions with charges are exact, four times as many without are far off."""
    known, unseen = orderings
    few = fitted(known, ORBITS, True)
    assert unseen_error(few, unseen) < 1e-3
    orbits, _ = candidate_functions(SALT, GROUP, {2: 6.8})
    assert (len(ORBITS), len(orbits)) == (14, 54)
    assert unseen_error(fitted(known, orbits, False), unseen) > 15  # meV per cell


def test_charges_that_the_energies_do_not_follow_are_named(orderings):
    result = fitted(orderings[0], ORBITS, True, strength=-0.05)
    uncertainty = posterior(result.fit, result.training.design, result.weights)
    found = {"left_out": [], "suspects": [], "orderings": 120, "rank": 99,
             "ground_states_lost": [], "ground_states_spurious": []}  # fmt: skip
    (line,) = concerns(found | screening(result.fit, uncertainty), 5)
    assert "1/ε, is -0.05" in line
    assert "do not follow expansion.charges" in line


def test_energies_that_do_not_tell_the_charges(orderings):
    """One ordering of each of two supercells tells next to nothing, and others are asked for."""
    known, unseen = orderings
    result = fitted([known[0], known[31]], ORBITS, True)
    found = resolution(result, [known[0], known[31], *unseen], SALT)
    assert {"index": 0, "function": "the energy of the charges"} in found["unresolved"]
    assert len(found["resolving"]) >= 3

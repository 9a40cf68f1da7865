"""Samples of some of the blocks of a record."""

from dataclasses import fields

import numpy as np
import pytest

from navac.sampling.record import Samples
from navac.thermodynamics.integration import branches
from tests.thermodynamics.models import LOW, plan_for, samples_of

PLAN = plan_for([LOW], None)
SAMPLES = samples_of(PLAN, [LOW], seed=0, blocks=6, snapshots=2)


@pytest.mark.parametrize("blocks", [slice(0, 2), slice(2, 6)])
def test_samples_of_some_blocks_are_what_weights_of_them_give(blocks):
    some = SAMPLES.of_blocks(blocks)
    count = len(range(6)[blocks])
    weights = np.zeros(6)
    weights[blocks] = 1 / count
    found = branches(PLAN, some, np.full(count, 1 / count))
    wanted = branches(PLAN, SAMPLES, weights)
    for name in ("phi", "number", "energy", "omega_variance", "sublattice"):
        np.testing.assert_allclose(getattr(found, name), getattr(wanted, name), rtol=1e-9)
    assert isinstance(some, Samples)


def test_what_has_no_blocks_stays():
    some = SAMPLES.of_blocks(slice(0, 2))
    for field in fields(Samples):
        own, whole = getattr(some, field.name), getattr(SAMPLES, field.name)
        if field.name in ("discrepancy", "wave_amplitude", "wave_vector", "cells"):
            assert own is whole
        elif field.name == "sweeps":
            assert own == whole / 3
        else:
            assert own.shape[1] == 2

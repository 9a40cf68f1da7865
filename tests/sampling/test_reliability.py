"""Reliability as records say it: the longer time, the larger trend, paths in their order."""

import h5py
import numpy as np
import pytest

from navac.results.records import RecordFile
from navac.results.sampled import AT, Marks, Shape
from navac.sampling.reliability import read_reliability

STEPS = 3


def record(path, paths, **values):
    """A record of some paths, with values ``[step, path]`` of its statistics."""
    shape = Shape(steps=STEPS, paths=len(paths), blocks=4, sublattices=1, sites=8, cells=8)
    both = np.ones((STEPS, len(paths)))
    RecordFile.create(
        path, shape, Marks(), paths=np.array(paths), stream=np.array(paths),
        start_digest=[""] * len(paths), temperature=both, mu=both,
    )  # fmt: skip
    with h5py.File(path, "r+") as file:
        for name, value in values.items():
            file[getattr(AT, name)][:] = value
    return path


@pytest.fixture
def found(tmp_path):
    """Paths 2 and 0 in one record, 1 in another."""
    first = record(
        tmp_path / "a.h5", [2, 0], block_sweeps=[40, 20], autocorrelation_energy_sweeps=[9, 1],
        autocorrelation_number_sweeps=[3, 2], trend_energy=[-5, 1], trend_number=[2, -3],
    )  # fmt: skip
    second = record(tmp_path / "b.h5", [1], block_sweeps=30, autocorrelation_number_sweeps=6)
    return read_reliability([first, second])


def test_paths_are_in_the_order_of_their_numbers(found):
    np.testing.assert_array_equal(found.block_sweeps, [[20, 30, 40]] * STEPS)


def test_the_worse_of_energy_and_number_counts(found):
    np.testing.assert_array_equal(found.time, [[2, 6, 9]] * STEPS)
    np.testing.assert_array_equal(found.trend, [[3, 0, 5]] * STEPS)


def test_what_is_not_reliable(found):
    """Five autocorrelation times are 10, 30 and 45 sweeps."""
    np.testing.assert_array_equal(found.short[0], [False, False, True])
    np.testing.assert_array_equal(found.drifting[0], [False, False, True])

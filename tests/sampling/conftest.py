"""A compiled sampler of the small walk, shared by the tests of records."""

import pytest

from navac.montecarlo.model import lattice_model
from navac.montecarlo.sampler import Sampler

from . import small


@pytest.fixture(scope="session")
def model(one_cell):
    return lattice_model(one_cell, small.BOX)


@pytest.fixture(scope="session")
def sampler(model):
    return Sampler(model, replicas=16, blocks=4)


@pytest.fixture(scope="session")
def walks():
    return small.heated()


@pytest.fixture
def walk(sampler):
    """Sample paths into a record."""

    def walk(path, **changed):
        return small.walk(path, **{"sampler": sampler} | changed)

    return walk


@pytest.fixture(scope="session")
def unbroken(sampler, tmp_path_factory):
    """A run in one piece."""
    return small.walk(tmp_path_factory.mktemp("unbroken") / "record.h5", sampler=sampler)

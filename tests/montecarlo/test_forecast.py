"""Memory and time of a run, before it starts."""

import psutil
import pytest

from navac.crystal.supercell import Supercell
from navac.montecarlo import forecast
from navac.montecarlo.forecast import MemoryShortage, check_memory, device_name, seconds_per_sweep
from navac.montecarlo.model import lattice_model
from navac.montecarlo.sampler import Sampler


@pytest.fixture(scope="module")
def sampler(one_cell):
    return Sampler(lattice_model(one_cell, Supercell.diagonal(2, 2, 2)), replicas=8, blocks=2)


def test_devices_are_the_cores(sampler):
    assert device_name(sampler) == "2 CPU cores"


def test_four_bytes_per_site_and_replica_beside_the_tables(sampler):
    few, many = (forecast.memory_needed(sampler, n)[0] for n in (10_000, 20_000))
    assert 0 < many - few <= 4 * sampler.model.n_sites * 10_000


def test_what_does_not_fit_is_refused_with_the_numbers(sampler, monkeypatch):
    assert "GiB of memory" in check_memory(sampler, 100)
    free = psutil.virtual_memory()._replace(available=1000)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: free)
    with pytest.raises(MemoryShortage, match=r"64 sites need 0\.\d+ GiB.*replicas_per_batch"):
        check_memory(sampler, 100)


def test_a_sweep_takes_time(sampler):
    assert 0 < seconds_per_sweep(sampler) < 10

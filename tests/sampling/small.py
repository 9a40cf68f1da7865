"""A walk small enough to be run many times, and what tests need to look into its record."""

import h5py
import numpy as np

from navac.crystal.configurations import Configurations
from navac.crystal.supercell import Supercell
from navac.sampling.lengths import Lengths, Precision
from navac.sampling.plan import Walks
from navac.sampling.walk import sample_paths

BOX = Supercell.diagonal(2, 1, 1)
TEMPERATURES = np.array([300.0, 500, 700, 900, 1200, 1500])
MU = np.array([-0.6, -0.45, -0.3, -0.2])
LENGTHS = {"equilibration": 3, "carried": 5, "block": 5, "precision": Precision()}
SETTINGS = {"first_stream": 100, "seed": 7}
ALL = np.arange(11)  # no multiple of a batch
_FILLED = np.array([[1, 1, 0, 0, 0, 0, 0, 0], [1, 1, 0, 1, 0, 0, 0, 1], [1] * 8], bool)
STARTS = np.repeat(~_FILLED, BOX.size, axis=1).astype(np.int8)
"""``[phase, site]`` species indices of one and two ordered cells, and of the filled one."""


def heated(temperatures=TEMPERATURES) -> Walks:
    """Three starts, some μ of four for each, all heated."""
    mu = MU[[0, 1, 2, 3] * 2 + [1, 2, 3]]
    shape = len(temperatures), len(ALL)
    T = np.broadcast_to(np.asarray(temperatures, float)[:, None], shape).copy()
    starts = Configurations.of(STARTS)[np.repeat([0, 1, 2], [4, 4, 3])]
    return Walks(starts, T, np.broadcast_to(mu, shape))


def walk(path, *, sampler, walks=None, paths=None, progress=lambda *_: None, **changed):
    """Sample paths into a record; lengths and settings are those above unless they are changed."""
    walks = heated() if walks is None else walks
    lengths = Lengths.of(**{k: changed.pop(k, v) for k, v in LENGTHS.items()})
    settings = {"lengths": lengths, "model": sampler.model} | SETTINGS | changed
    if paths is None:
        paths = np.arange(len(walks.start))
    sample_paths(
        walks=walks, record_path=path, paths=paths, sampler=sampler, progress=progress, **settings
    )
    return path


def contents(path):
    """Datasets and root attributes."""
    with h5py.File(path, "r") as file:
        return {name: file[name][:] for name in file}, dict(file.attrs)


def assert_same(path, other):
    """To the last bit, attributes too."""
    (a, a_attributes), (b, b_attributes) = contents(path), contents(other)
    assert a_attributes == b_attributes
    assert set(a) == set(b) >= {"energy_eV", "number", "state", "finished"}
    for name in a:
        np.testing.assert_array_equal(a[name], b[name], err_msg=name)


def finished(path):
    """Conditions that a record has, while another process writes it."""
    try:
        with h5py.File(path, "r", locking=False) as file:
            return int(file["finished"][0])
    except (OSError, KeyError):
        return 0


class Stop(Exception):
    """The run was interrupted."""


def stop_at(step, calls):
    """Progress that is noted, until the run is interrupted at a condition."""

    def progress(done, of, note):
        calls.append(done)
        if done == step:
            raise Stop

    return progress

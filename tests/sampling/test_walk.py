"""Sampling the paths of a plan: killed, batched or shared out, the result is the same."""

import pickle
import signal
import subprocess
import sys
import time
from dataclasses import replace

import h5py
import numpy as np
import pytest

from navac.config.sampling import PrecisionSection
from navac.crystal.supercell import Supercell
from navac.montecarlo.model import lattice_model
from navac.montecarlo.random import path_keys
from navac.montecarlo.sampler import Sampler
from navac.sampling import walk as sampling
from navac.sampling.plan import Walks
from navac.sampling.record import Record, RecordError, read_samples
from navac.sampling.walk import DriftError, Precision, fingerprint, sample_paths

BOX = Supercell.diagonal(2, 1, 1)
TEMPERATURES = np.array([300.0, 500, 700, 900, 1200, 1500])
SETTINGS = {"first_stream": 100, "seed": 7, "equilibration": 3, "block_sweeps": 5}
ALL = np.arange(11)  # no multiple of a batch


@pytest.fixture(scope="module")
def model(one_cell):
    return lattice_model(one_cell, BOX)


@pytest.fixture(scope="module")
def walks():
    """Three starts of one and two ordered cells, some μ of four for each, all heated."""
    cells = np.array([[1, 1, 0, 0, 0, 0, 0, 0], [1, 1, 0, 1, 0, 0, 0, 1], [1] * 8], np.int8)
    start = np.repeat(cells, 2, axis=1)[np.repeat([0, 1, 2], [4, 4, 3])]
    mu = np.array([-0.6, -0.45, -0.3, -0.2])[[0, 1, 2, 3] * 2 + [1, 2, 3]]
    steps = len(TEMPERATURES), len(ALL)
    T = np.broadcast_to(TEMPERATURES[:, None], steps).copy()
    return Walks(start, T, np.broadcast_to(mu, steps))


@pytest.fixture(scope="module")
def sampler(model):
    return Sampler(model, replicas=16, blocks=4)


@pytest.fixture
def walk(model, walks, sampler):
    """Sample paths into a record."""

    def walk(path, *, paths=ALL, progress=lambda *_: None, **changed):
        settings = {"sampler": sampler} | SETTINGS | changed
        sample_paths(model, walks, path, paths=paths, progress=progress, **settings)
        return path

    return walk


def contents(path):
    with h5py.File(path, "r") as file:
        return {name: file[name][:] for name in file}, dict(file.attrs)


def assert_same(path, other):
    (a, a_attributes), (b, b_attributes) = contents(path), contents(other)
    assert a_attributes == b_attributes
    assert set(a) == set(b) >= {"energy", "number", "occupation", "sweeps", "finished"}
    for name in a:
        np.testing.assert_array_equal(a[name], b[name], err_msg=name)


class Stop(Exception):
    """The run was interrupted."""


def stop_at(step, calls):
    def progress(finished, of, note):
        calls.append(finished)
        if finished == step:
            raise Stop

    return progress


@pytest.fixture(scope="module")
def unbroken(model, walks, sampler, tmp_path_factory):
    """A run in one piece."""
    path = tmp_path_factory.mktemp("unbroken") / "record.h5"
    sample_paths(model, walks, path, paths=ALL, progress=lambda *_: None, sampler=sampler,
                 **SETTINGS)  # fmt: skip
    return path


def test_the_paths_really_move(unbroken, walks):
    """What follows compares trajectories: they must not be frozen or all alike."""
    data, _ = contents(unbroken)
    assert data["finished"][0] == len(TEMPERATURES)
    assert (data["acceptance"][-1] > 0).all()
    assert len(np.unique(data["energy"][-1].mean(axis=0))) == len(ALL)
    start = np.packbits(walks.start.astype(bool), axis=1)
    assert (data["occupation"] != start).any(axis=(0, 2)).all()


def test_a_record_is_the_walk_of_the_sampler(walks, sampler, unbroken):
    """Condition by condition, every sweep with random numbers of its own."""
    state = walks.start.T
    data, _ = contents(unbroken)
    for step, T in enumerate(TEMPERATURES):
        state, found = sampler.run(
            state, np.full(11, T), walks.mu[0], path_keys(7, 100 + ALL), 23 * step, 3, 5
        )
        np.testing.assert_array_equal(data["number"][step], found.number)
        np.testing.assert_array_equal(data["energy"][step], found.energy)
    assert (data["sweeps"][len(TEMPERATURES) % 2] == 23 * len(TEMPERATURES)).all()


def test_an_interrupted_run_goes_on_where_it_was(walk, unbroken, tmp_path):
    first, second = [], []
    with pytest.raises(Stop):
        walk(tmp_path / "a.h5", progress=stop_at(3, first))
    assert contents(tmp_path / "a.h5")[0]["finished"][0] == 3
    walk(tmp_path / "a.h5", progress=stop_at(None, second))
    assert first == [0, 1, 2, 3]
    assert second == [3, 4, 5, 6]
    assert_same(tmp_path / "a.h5", unbroken)


def test_a_condition_that_was_half_written_is_done_again(walk, unbroken, tmp_path):
    """Death between the data of a condition and the counter: nothing of it may be used."""
    path = tmp_path / "a.h5"
    with pytest.raises(Stop):
        walk(path, progress=stop_at(2, []))
    rng = np.random.default_rng(0)
    with h5py.File(path, "r+") as file:
        for name in ("energy", "number", "acceptance", "sublattice", "drift"):
            file[name][2] = rng.random(file[name].shape[1:])
        file["occupation"][3 % 2] = rng.integers(0, 255, file["occupation"].shape[1:])
        file["sweeps"][3 % 2] = 12345
    walk(path)
    assert_same(path, unbroken)


KILLED = """
import pickle, sys
from navac.montecarlo.sampler import Sampler
from navac.sampling.walk import sample_paths
with open(sys.argv[1], "rb") as file:
    model, walks, paths, settings = pickle.load(file)
sampler = Sampler(model, replicas=16, blocks=4)
sample_paths(model, walks, sys.argv[2], paths=paths, sampler=sampler, progress=lambda *_: None,
             **settings)
"""


def finished(path):
    try:
        with h5py.File(path, "r", locking=False) as file:
            return int(file["finished"][0])
    except (OSError, KeyError):
        return 0


def test_a_killed_process_is_resumed(model, walks, walk, tmp_path):
    """SIGKILL in the middle of a condition."""
    longer = {"block_sweeps": 4000}
    job, path = tmp_path / "job.pickle", tmp_path / "a.h5"
    job.write_bytes(pickle.dumps((model, walks, ALL, SETTINGS | longer)))
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(job), str(path)])
    try:
        give_up = time.monotonic() + 120
        while finished(path) == 0 and process.poll() is None and time.monotonic() < give_up:
            time.sleep(0.002)
    finally:
        process.kill()
    assert process.wait() == -signal.SIGKILL
    at = finished(path)
    assert 0 < at < len(TEMPERATURES)
    calls = []
    walk(path, progress=stop_at(None, calls), **longer)
    assert calls == list(range(at, 7))
    assert_same(path, walk(tmp_path / "b.h5", **longer))


@pytest.mark.parametrize("replicas", [4, 24])
def test_batches_do_not_change_a_path(model, walk, unbroken, tmp_path, replicas):
    other = walk(tmp_path / "a.h5", sampler=Sampler(model, replicas=replicas, blocks=4))
    assert_same(unbroken, other)


def test_shards_give_the_same_trajectories(walk, unbroken, tmp_path):
    shards = [
        walk(tmp_path / f"{k}.h5", paths=ALL[k::2]) for k in range(2)
    ]  # fmt: skip
    whole, joined = read_samples([unbroken]), read_samples(shards[::-1])
    assert joined.cells == whole.cells == BOX.size
    for name in ("number", "number2", "sublattice", "acceptance"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(joined, name), err_msg=name)
    np.testing.assert_array_equal(joined.energy, whole.energy)


@pytest.mark.parametrize(
    "change", [{"seed": 8}, {"first_stream": 0}, {"equilibration": 4}, {"block_sweeps": 6}]
)
def test_another_run_starts_over(walk, unbroken, tmp_path, change):
    calls = []
    with pytest.raises(Stop):
        walk(tmp_path / "a.h5", progress=stop_at(2, []))
    walk(tmp_path / "a.h5", progress=stop_at(None, calls), **change)
    assert calls == list(range(7))
    (a, _), (b, _) = contents(tmp_path / "a.h5"), contents(unbroken)
    assert (a["energy"] != b["energy"]).any(axis=(1, 2)).all()


def test_the_fingerprint_knows_the_model_and_the_paths(model, walks, one_cell):
    hotter = replace(walks, temperature=walks.temperature + 1)
    other_mu = replace(walks, mu=walks.mu + 0.001)
    other_start = replace(walks, start=walks.start[::-1].copy())
    weaker = replace(model, expansion=replace(one_cell, eci=one_cell.eci * 0.999))
    marks = [fingerprint(model, w, 1) for w in (walks, hotter, other_mu, other_start)]
    marks += [fingerprint(weaker, walks, 1), fingerprint(model, walks, 2)]
    marks += [fingerprint(lattice_model(one_cell, Supercell.diagonal(1, 1, 1)), walks, 1)]
    assert len(set(marks)) == len(marks)
    assert fingerprint(model, walks, 1) == marks[0]


@pytest.mark.parametrize("change", ["constant", "clusters"])
def test_the_fingerprint_knows_the_whole_expansion(model, walks, change):
    """Resuming with another constant would join two energy scales in one record."""
    one = model.expansion
    first, *rest = one.orbits
    other = {
        "constant": replace(one, constant=one.constant + 1),
        "clusters": replace(one, orbits=(replace(first, clusters=first.clusters[:1]), *rest)),
    }[change]
    assert fingerprint(replace(model, expansion=other), walks) != fingerprint(model, walks)


def test_a_file_that_is_no_record_is_replaced(tmp_path):
    path = tmp_path / "a.h5"
    path.write_text("not HDF5")
    two = Walks(np.ones((2, 16), np.int8), *np.ones((2, 6, 2)))
    record = Record(path, "mark", np.arange(2), two, 4, 8, 2)
    assert record.finished == 0
    np.testing.assert_array_equal(record.occupation(), two.start)
    record.close()


def test_paths_of_different_lengths(model, walks, sampler, unbroken, tmp_path):
    """A path that has ended leaves zeros, keeps its state, and disturbs no other."""
    T = walks.temperature.copy()
    T[2:, [1, 4]] = np.nan
    path = tmp_path / "a.h5"
    sample_paths(model, replace(walks, temperature=T), path, paths=ALL, sampler=sampler,
                 progress=lambda *_: None, **SETTINGS)  # fmt: skip
    found, whole = read_samples([path]), read_samples([unbroken])
    ended = np.zeros((len(TEMPERATURES), len(ALL)), bool)
    ended[2:, [1, 4]] = True
    for name in ("energy", "number2", "acceptance"):
        values, full = (np.moveaxis(getattr(s, name), 1, -1) for s in (found, whole))
        assert (values[ended] == 0).all()
        assert (full[ended] != 0).any()
        np.testing.assert_array_equal(values[~ended], full[~ended])
    np.testing.assert_array_equal(found.wave_vector[~ended], whole.wave_vector[~ended])
    data, _ = contents(path)
    assert data["sweeps"][0, :2].tolist() == [23 * 6, 23 * 2]
    assert np.isnan(data["temperature_K"][ended]).all()


def test_an_unfinished_record_is_refused(walk, tmp_path):
    with pytest.raises(Stop):
        walk(tmp_path / "short.h5", progress=stop_at(4, []))
    with pytest.raises(RecordError, match=r"short\.h5: 4 of 6 conditions"):
        read_samples([tmp_path / "short.h5"])


def test_drift_is_refused(walk, tmp_path, monkeypatch):
    monkeypatch.setattr(sampling, "LARGEST_DRIFT", -1.0)
    with pytest.raises(DriftError, match="at 300"):
        walk(tmp_path / "a.h5")
    assert finished(tmp_path / "a.h5") == 0


def test_sampling_goes_on_until_means_are_known(walk, tmp_path):
    """Each path for itself, and no longer than is allowed."""
    asked = Precision(number=0.05, doublings=4)
    data, _ = contents(walk(tmp_path / "a.h5", precision=asked))
    length = data["block_sweeps"]
    assert length.min() == 5
    assert set(np.unique(length)) > {5, 10}
    assert length.max() <= 5 * 2**4
    error = data["number"].std(axis=1, ddof=1) / 2
    assert (error[length < 5 * 2**4] <= 0.05).all()
    # Sweeps made: equilibration and four blocks at every condition.
    assert (data["sweeps"][0] == (3 + 4 * length).sum(axis=0)).all()


def test_precision_does_not_make_paths_depend_on_their_company(model, walk, tmp_path):
    asked = Precision(number=0.05, energy=0.01, doublings=3)
    one = walk(tmp_path / "a.h5", precision=asked)
    two = walk(tmp_path / "b.h5", precision=asked, paths=ALL[4:])
    a, b = contents(one)[0], contents(two)[0]
    for name in ("energy", "number", "block_sweeps", "autocorrelation_energy"):
        np.testing.assert_array_equal(a[name][..., 4:], b[name], err_msg=name)


def test_precision_is_asked_per_formula_unit():
    section = PrecisionSection(x=0.01, energy_meV=2.0)
    assert Precision.asked(section, 2) == Precision(0.02, 0.004, 4)
    assert Precision.asked(None, 2) == Precision()

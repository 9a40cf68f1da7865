"""Sampling the paths of a plan: killed, batched or shared out, the result is the same."""

import fcntl
import hashlib
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
from navac.crystal.configurations import Configurations
from navac.crystal.supercell import Supercell
from navac.montecarlo.model import lattice_model
from navac.montecarlo.random import path_keys
from navac.montecarlo.sampler import Sampler
from navac.results.records import RecordError, RecordFile
from navac.results.sampled import Shape
from navac.sampling.continuation import Identity, fingerprint
from navac.sampling.lengths import Lengths, Precision
from navac.sampling.plan import Walks
from navac.sampling.record import begin, read_configurations, read_samples, states_at
from navac.sampling.walker import DiscrepancyError

from .small import (
    ALL,
    BOX,
    LENGTHS,
    SETTINGS,
    TEMPERATURES,
    Stop,
    assert_same,
    contents,
    finished,
    stop_at,
)


def read_states(path):
    """``[step, path, site]`` codes at the end of every condition."""
    found = read_configurations(path)
    return found.codes().reshape(-1, len(contents(path)[0]["paths"]), found.sites)


def test_the_paths_really_move(unbroken, walks):
    """What follows compares trajectories: they must not be frozen or all alike."""
    data, _ = contents(unbroken)
    assert data["finished"][0] == len(TEMPERATURES)
    assert (data["acceptance"][-1] > 0).all()
    assert len(np.unique(data["energy_eV"][-1].mean(axis=0))) == len(ALL)
    assert (read_states(unbroken)[-1] != walks.start.codes()).any(axis=1).all()


def test_a_record_is_the_walk_of_the_sampler(walks, sampler, unbroken):
    """Condition by condition, every sweep with random numbers of its own."""
    state = walks.start.codes().T
    data, _ = contents(unbroken)
    for step, T in enumerate(TEMPERATURES):
        state, found = sampler.run(
            state, np.full(11, T), walks.mu[0], path_keys(7, 100 + ALL), 23 * step, 3, 5
        )
        np.testing.assert_array_equal(data["number"][step], found.number)
        np.testing.assert_array_equal(data["energy_eV"][step], found.energy)
        np.testing.assert_array_equal(read_states(unbroken)[step], state.T)


BEFORE = {
    "energy_eV": "cff9a96d968ed964", "number": "143670b962320380",
    "energy_squared_eV2": "2b1c3aafae82d208", "energy_number_eV": "b9ab5ba76ed7ff72",
    "number_squared": "b93226ccd5f19fb8", "acceptance": "080cd61628e33a5e",
    "sublattice_occupation": "b3d83585492adfaf", "states": "0a4d5f9f599c10b7",
}  # fmt: skip
"""SHA-256 of the same walk at commit 94ee63c, before anything was sampled aside; its states as
species indices."""


def test_the_walk_is_what_it_was(unbroken):
    """To the last bit, on the processors of the workstations and of CI."""
    found = contents(unbroken)[0] | {"states": read_states(unbroken)}
    digests = {name: hashlib.sha256(found[name].tobytes()).hexdigest()[:16] for name in BEFORE}
    assert digests == BEFORE


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
        for name in ("energy_eV", "number", "acceptance", "sublattice_occupation", "trend_energy"):
            file[name][2] = rng.random(file[name].shape[1:])
        file["state"][2] = rng.integers(0, 255, file["state"].shape[1:])
    walk(path)
    assert_same(path, unbroken)


KILLED = """
import pickle, sys
import jax
jax.config.update("jax_num_cpu_devices", 2)
from navac.montecarlo.sampler import Sampler
from navac.sampling.walk import sample_paths
with open(sys.argv[1], "rb") as file:
    model, walks, paths, settings = pickle.load(file)
sampler = Sampler(model, replicas=16, blocks=4)
sample_paths(model, walks, sys.argv[2], paths=paths, sampler=sampler, progress=lambda *_: None,
             **settings)
"""


def test_a_killed_process_is_resumed(model, walks, walk, tmp_path):
    """SIGKILL in the middle of a condition."""
    longer = {"carried": 4000, "block": 4000}
    job, path = tmp_path / "job.pickle", tmp_path / "a.h5"
    settings = SETTINGS | {"lengths": Lengths.of(**LENGTHS | longer)}
    job.write_bytes(pickle.dumps((model, walks, ALL, settings)))
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


def test_single_states_are_read_from_all_shards(walk, unbroken, tmp_path):
    shards = [walk(tmp_path / f"{k}.h5", paths=ALL[k::2]) for k in range(2)]
    whole = read_states(unbroken)
    step, path = np.array([4, 0, 2, 4]), np.array([3, 10, 0, 0])
    np.testing.assert_array_equal(states_at(shards, step, path), whole[step, path])
    with pytest.raises(RecordError, match="no path 3; give the records of all shards"):
        states_at(shards[:1], step, path)


@pytest.mark.parametrize(
    "change",
    [{"seed": 8}, {"first_stream": 0}, {"equilibration": 4}, {"carried": 6, "block": 6}],
)
def test_another_run_starts_over(walk, unbroken, tmp_path, change):
    calls = []
    with pytest.raises(Stop):
        walk(tmp_path / "a.h5", progress=stop_at(2, []))
    walk(tmp_path / "a.h5", progress=stop_at(None, calls), **change)
    assert calls == list(range(7))
    (a, _), (b, _) = contents(tmp_path / "a.h5"), contents(unbroken)
    assert (a["energy_eV"] != b["energy_eV"]).any(axis=(1, 2)).all()


def test_the_fingerprint_knows_the_model_and_the_paths(model, walks, one_cell):
    hotter = replace(walks, temperature=walks.temperature + 1)
    other_mu = replace(walks, mu=walks.mu + 0.001)
    other_start = replace(walks, start=walks.start[::-1])
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


@pytest.mark.parametrize("kind", ["text", "hdf5", "version 1"])
def test_a_file_that_is_no_record_is_replaced(walk, unbroken, tmp_path, kind):
    path = tmp_path / "a.h5"
    if kind == "text":
        path.write_text("not HDF5")
    else:
        with h5py.File(path, "w") as file:
            file["finished"] = np.array([6])
            if kind == "version 1":
                file.attrs["fingerprint"] = contents(unbroken)[1]["fingerprint"]
        with pytest.raises(RecordError, match=r"a\.h5: not a record of schema version 2 .*says 1"):
            read_samples([path])
    walk(path)
    assert_same(path, unbroken)
    assert [f.name for f in tmp_path.iterdir()] == ["a.h5"]


def test_a_record_begins_empty(tmp_path):
    two = Walks(Configurations.of(np.zeros((2, 16), np.int8)), *np.ones((2, 6, 2)))
    shape = Shape(steps=6, paths=2, blocks=4, sublattices=8, sites=16, cells=2)
    arguments = Identity("mark", "carried"), np.arange(2), np.arange(5, 7), two, shape
    with begin(tmp_path / "a.h5", *arguments) as record:
        assert record.finished == 0
        assert record.steps == 6
        assert record.stream.tolist() == [5, 6]
        np.testing.assert_array_equal(record.temperature, two.temperature)


def test_a_record_in_use_is_left_alone(walk, unbroken, tmp_path):
    path = tmp_path / "a.h5"
    path.write_bytes(unbroken.read_bytes())
    with open(path, "rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(RecordError, match=r"a\.h5 is being written by another process"):
            walk(path, seed=8)
    assert_same(path, unbroken)


def test_a_record_holds_two_species(walk, tmp_path):
    with pytest.raises(Stop):
        walk(tmp_path / "a.h5", progress=stop_at(1, []))
    three = Configurations.of(np.full((len(ALL), 16), 2, np.int8), 3)
    with RecordFile(tmp_path / "a.h5", "r+") as record:
        with pytest.raises(RecordError, match="two species, no more"):
            record.append({}, ALL, three, three)
        assert record.finished == 1


def test_paths_of_different_lengths(walks, walk, unbroken, tmp_path):
    """A path that has ended leaves zeros, keeps its state, and disturbs no other."""
    T = walks.temperature.copy()
    T[2:, [1, 4]] = np.nan
    path = walk(tmp_path / "a.h5", walks=replace(walks, temperature=T))
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
    assert np.array_equal(data["block_sweeps"] == 0, ended)
    assert np.isnan(data["temperature_K"][ended]).all()
    states = read_states(path)
    assert (states[2:, [1, 4]] == states[1, [1, 4]]).all()


def test_conditions_that_no_path_has(walks, walk, unbroken, tmp_path):
    """A shard of paths that all end before the longest of the campaign."""
    T = np.concatenate([walks.temperature, np.full((2, len(ALL)), np.nan)])
    mu = np.broadcast_to(walks.mu[0], T.shape)
    found = read_samples([walk(tmp_path / "a.h5", walks=Walks(walks.start, T, mu))])
    whole = read_samples([unbroken])
    np.testing.assert_array_equal(found.energy[:6], whole.energy)
    assert (found.energy[6:] == 0).all()


@pytest.mark.parametrize("size", ["paths", "steps"])
def test_records_of_nothing(walks, walk, tmp_path, size):
    none = walks[ALL[:0]] if size == "paths" else Walks(
        walks.start, walks.temperature[:0], walks.mu[:0]
    )  # fmt: skip
    path = tmp_path / "a.h5"
    for seed in (7, 8):
        walk(path, walks=none, seed=seed)
        assert read_samples([path]).energy.size == 0


def test_an_unfinished_record_is_refused(walk, tmp_path):
    with pytest.raises(Stop):
        walk(tmp_path / "short.h5", progress=stop_at(4, []))
    with pytest.raises(RecordError, match=r"short\.h5: 4 of 6 conditions"):
        read_samples([tmp_path / "short.h5"])


def test_a_discrepancy_is_refused(walk, tmp_path, monkeypatch):
    monkeypatch.setattr("navac.sampling.walker.LARGEST_DISCREPANCY", -1.0)
    with pytest.raises(DiscrepancyError, match="at 300"):
        walk(tmp_path / "a.h5")
    assert finished(tmp_path / "a.h5") == 0


def test_sampling_goes_on_until_means_are_known(walk, sampler, unbroken, tmp_path, monkeypatch):
    """Each path for itself, and no longer than is allowed; what is sampled beyond is aside."""
    made = 0

    def counted(configurations, *rest, advance=sampler.advance):
        nonlocal made
        made += len(configurations) * (rest[-2] + sampler.blocks * rest[-1])
        return advance(configurations, *rest)

    monkeypatch.setattr(sampler, "advance", counted)
    asked = Precision(number=0.05, doublings=4)
    path = walk(tmp_path / "a.h5", precision=asked)
    data, _ = contents(path)
    length = data["block_sweeps"]
    assert length.min() == 5
    assert set(np.unique(length)) > {5, 10}
    assert length.max() <= 5 * 2**4
    error = data["number"].std(axis=1, ddof=1) / 2
    assert (error[length < 5 * 2**4] <= 0.05).all()
    # Sweeps made: equilibration and four blocks at every condition.
    assert made == (3 + 4 * length).sum()
    np.testing.assert_array_equal(read_states(path), read_states(unbroken))


def test_precision_does_not_make_paths_depend_on_their_company(walk, tmp_path):
    asked = Precision(number=0.05, energy=0.01, doublings=3)
    one = walk(tmp_path / "a.h5", precision=asked)
    two = walk(tmp_path / "b.h5", precision=asked, paths=ALL[4:])
    a, b = contents(one)[0], contents(two)[0]
    for name in ("energy_eV", "number", "block_sweeps", "autocorrelation_energy_sweeps",
                 "trend_energy"):  # fmt: skip
        np.testing.assert_array_equal(a[name][..., 4:], b[name], err_msg=name)


def test_precision_is_asked_per_formula_unit():
    section = PrecisionSection(x=0.01, energy_meV=2.0)
    assert Precision.asked(section, 2) == Precision(0.02, 0.004, 4)
    assert Precision.asked(None, 2) == Precision()

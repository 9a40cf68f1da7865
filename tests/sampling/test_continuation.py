"""Records of other settings: what stays valid is kept, and the result is that of a fresh run."""

import fcntl
import pickle
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest

from navac.crystal.supercell import Supercell
from navac.montecarlo.model import lattice_model
from navac.montecarlo.sampler import Sampler
from navac.sampling import walk as sampling
from navac.sampling.lengths import Lengths, Precision
from navac.sampling.plan import HOT_STEPS, Plan
from navac.sampling.record import read_configurations
from navac.sampling.walker import DiscrepancyError

from .small import (
    ALL,
    LENGTHS,
    MU,
    SETTINGS,
    STARTS,
    TEMPERATURES,
    Stop,
    assert_same,
    contents,
    finished,
    heated,
    stop_at,
)
from .test_walk import KILLED

SWEEPS = 3 + 4 * LENGTHS["carried"]
"""Of a path at a condition, unless blocks are longer."""


@pytest.fixture
def made(sampler, monkeypatch):
    """Replica sweeps so far, those that carry paths on and those aside."""
    count = {"carried": 0, "aside": 0}

    def counted(own, T, mu, keys, before, wait, length, advance=sampler.advance):
        kind = "carried" if wait else "aside"
        count[kind] += len(own) * (wait + sampler.blocks * length)
        return advance(own, T, mu, keys, before, wait, length)

    monkeypatch.setattr(sampler, "advance", counted)
    return count


@pytest.fixture
def continued(walk, made, tmp_path):
    """Runs one after the other at one place, and the last of them afresh.

    Returns:
        both records, and the replica sweeps that the last run of the first place made.
    """

    def continued(*runs):
        one, fresh = tmp_path / "a.h5", tmp_path / "fresh.h5"
        for settings in runs:
            made.update(carried=0, aside=0)
            walk(one, **settings)
        last = dict(made)
        walk(fresh, **runs[-1])
        assert sorted(f.name for f in tmp_path.iterdir()) == ["a.h5", "fresh.h5"]
        return one, fresh, last

    return continued


def grid(mu=MU, cool_to=700.0, temperatures=TEMPERATURES):
    """A plan: two phases are heated at every μ, and the disordered state is cooled."""
    n, index = len(mu), np.arange(len(mu))
    cooled = int((np.asarray(temperatures) >= cool_to).sum())
    return Plan(
        ("low", "high"), np.zeros(2), np.zeros(2), STARTS[:2], np.asarray(mu),
        np.repeat([0, 1, 2], n), np.tile(index, 3), np.asarray(temperatures), cooled,
        np.zeros((2, n)), np.zeros(2),
    )  # fmt: skip


def blocks(factor):
    return {"block": factor * LENGTHS["carried"]}


@pytest.mark.parametrize(
    "factors",
    [(1, 2), (1, 2, 4), (1, 4), (1, 3), (1, 5), (1, 10), (2, 10), (5, 10), (3, 6), (2, 6),
     (4, 40), (1, 3, 9, 45)],
    ids=lambda factors: "-".join(map(str, factors)),
)  # fmt: skip
def test_longer_blocks_continue_what_there_is(continued, factors):
    """As many times as long as those that carry paths on, by whatever way."""
    one, fresh, made = continued(*map(blocks, factors))
    assert_same(one, fresh)
    conditions = len(TEMPERATURES) * len(ALL)
    added = 4 * LENGTHS["carried"] * (factors[-1] - factors[-2]) * conditions
    assert made == {"carried": 0, "aside": added}


@pytest.mark.parametrize("factors", [(2, 10), (3, 6), (5, 10, 20)], ids=str)
@pytest.mark.parametrize("exact", [True, False])
def test_longer_blocks_whose_sums_round(walk, model, tmp_path, monkeypatch, factors, exact):
    """Energies with a constant are not whole quanta. Negative control: added as usual, the way to
    a length shows in the last bits."""
    if not exact:
        monkeypatch.setattr("navac.sampling.exact.plus", lambda a, b: (a[0] + b, 0 * b))
    expansion = replace(model.expansion, constant=-2.012586 / 7)
    shifted = Sampler(replace(model, expansion=expansion), replicas=16, blocks=4)
    one, fresh = tmp_path / "a.h5", tmp_path / "fresh.h5"
    for factor in factors:
        walk(one, sampler=shifted, **blocks(factor))
    walk(fresh, sampler=shifted, **blocks(factors[-1]))
    a, b = (contents(path)[0] for path in (one, fresh))
    alike = {name: np.array_equal(a[name], b[name]) for name in a}
    assert all(alike.values()) == exact, alike
    np.testing.assert_array_equal(a["state_aside"], b["state_aside"])


def test_longer_blocks_hold_the_shorter_ones(walk, unbroken, tmp_path):
    """Blocks of twice the length are pairs of blocks, the first of which were sampled before;
    paths are carried on as they were."""
    short, _ = contents(unbroken)
    long, _ = contents(walk(tmp_path / "a.h5", **blocks(2)))
    for name in ("energy_eV", "number", "acceptance", "sublattice_occupation"):
        pairs = (short[name][:, ::2] + short[name][:, 1::2]) / 2
        np.testing.assert_allclose(long[name][:, :2], pairs, rtol=1e-14, err_msg=name)
        assert (long[name][:, 2:] != long[name][:, :2]).any()
    np.testing.assert_array_equal(long["state"], short["state"])
    assert (long["state_aside"] != long["state"]).any(axis=(1, 2)).all()
    assert (long["block_sweeps"] == 2 * LENGTHS["carried"]).all()


def test_what_is_sampled_aside_has_random_numbers_of_its_own(walk, sampler, tmp_path, monkeypatch):
    """Neither a path's own stream nor that of another condition, and no sweep twice."""
    seen = {}

    def noted(own, T, mu, keys, before, wait, length, advance=sampler.advance):
        sweeps = range(before, before + wait + sampler.blocks * length)
        for key in map(tuple, keys.tolist()):
            assert not seen.setdefault(key, set()) & set(sweeps)
            seen[key] |= set(sweeps)
        return advance(own, T, mu, keys, before, wait, length)

    monkeypatch.setattr(sampler, "advance", noted)
    walk(tmp_path / "a.h5", **blocks(4))
    conditions = len(TEMPERATURES)
    assert len(seen) == len(ALL) * (1 + conditions)
    assert sorted(map(len, seen.values())) == [60] * (len(ALL) * conditions) + [138] * len(ALL)


@pytest.mark.parametrize("factor", [1, 2])
def test_temperatures_added_where_paths_end(continued, factor):
    """Only they are sampled."""
    longer = heated([*TEMPERATURES, 1700, 2000])
    one, fresh, made = continued(blocks(factor), blocks(factor) | {"walks": longer})
    assert_same(one, fresh)
    assert made["carried"] == 2 * len(ALL) * SWEEPS


def test_a_temperature_added_in_between(continued):
    """What comes after it is sampled anew."""
    other = heated(np.sort([*TEMPERATURES, 800]))
    one, fresh, made = continued({}, {"walks": other})
    assert_same(one, fresh)
    assert made["carried"] == 4 * len(ALL) * SWEEPS


@pytest.mark.parametrize("factor", [1, 3])
def test_cooled_further(continued, factor):
    """Heated paths end before cooled ones do."""
    before, after = (grid(cool_to=t).walks() for t in (900, 500))
    assert np.isnan(before.temperature[-1, 0])
    one, fresh, made = continued(
        blocks(factor) | {"walks": before}, blocks(factor) | {"walks": after}
    )
    assert_same(one, fresh)
    assert made["carried"] == 2 * len(MU) * SWEEPS


def test_heated_further_and_cooled_further(continued):
    """The grid reaches higher: cooled paths begin elsewhere, and are sampled anew."""
    higher = grid(temperatures=[*TEMPERATURES, 1800.0]).walks()
    one, fresh, made = continued({"walks": grid().walks()}, {"walks": higher})
    assert_same(one, fresh)
    cooled = np.isfinite(higher.temperature[:, -1]).sum()
    assert cooled == HOT_STEPS - 1 + 5
    assert made["carried"] == (2 * 1 + cooled) * len(MU) * SWEEPS


def test_longer_blocks_and_more_temperatures_at_once(continued):
    longer = heated([*TEMPERATURES, 1700])
    one, fresh, made = continued(blocks(2), blocks(4) | {"walks": longer})
    assert_same(one, fresh)
    assert made["carried"] == len(ALL) * SWEEPS
    assert made["aside"] == 4 * 5 * len(ALL) * (2 * len(TEMPERATURES) + 3)


def assert_has(path, other, columns):
    """The paths ``columns`` of a record are all those of another, trajectories and streams too."""
    (a, _), (b, _) = contents(path), contents(other)
    axes = {"stream": 0, "start_digest": 0, "state": 1, "concentration_wave_vector": 1}
    for name in set(a) - {"paths", "finished"}:
        found = np.take(a[name], columns, axes.get(name, -1))
        np.testing.assert_array_equal(found, b[name], err_msg=name)


def test_an_added_chemical_potential_samples_its_paths_alone(walk, made, tmp_path):
    """Paths are numbered anew, and go on with the streams that they had."""
    before, after = grid(), grid(np.sort([*MU, -0.37]))
    old, new = walk(tmp_path / "old.h5", walks=before.walks()), tmp_path / "new.h5"
    new.write_bytes(old.read_bytes())
    made.update(carried=0)
    walk(new, walks=after.walks())
    added = np.flatnonzero(after.mu_grid[after.mu_index] == -0.37)
    walks = after.walks()
    assert made["carried"] == np.isfinite(walks.temperature[:, added]).sum() * SWEEPS
    assert_has(new, old, np.delete(np.arange(len(after.branch)), added))
    stream = contents(new)[0]["stream"]
    assert len(set(stream.tolist())) == len(stream)
    assert [f.name for f in sorted(tmp_path.iterdir())] == ["new.h5", "old.h5"]


def test_chemical_potentials_added_again_and_again(walk, tmp_path):
    """No two paths ever have one stream, and none changes its own."""
    path, streams = tmp_path / "a.h5", {}
    for mu in ([], [-0.37], [-0.37, -0.5], [-0.5], [-0.5, -0.4, -0.25]):
        plan = grid(np.sort([*MU, *mu]))
        stream = contents(walk(path, walks=plan.walks()))[0]["stream"].tolist()
        assert len(set(stream)) == len(stream)
        keys = zip(plan.branch.tolist(), plan.mu.tolist(), strict=True)
        for key, number in zip(keys, stream, strict=True):
            assert streams.setdefault(key, number) == number or key[1] == -0.37
        streams = {k: v for k, v in streams.items() if k[1] in plan.mu_grid}


def test_paths_that_begin_alike_keep_streams_apart(walk, tmp_path):
    """Two phases that became one before they were scanned."""
    walks = heated()
    twins = replace(walks[:3], start=walks.start[np.array([0, 0, 1])], mu=walks.mu[:, [0, 0, 1]])
    path = walk(tmp_path / "a.h5", walks=twins)
    before, _ = contents(path)
    after, _ = contents(walk(path, walks=twins, **blocks(2)))
    assert before["stream"].tolist() == after["stream"].tolist() == [100, 101, 102]
    np.testing.assert_array_equal(before["state"], after["state"])


def test_with_records_beside_it_a_renumbered_path_is_sampled_anew(continued):
    """The stream that it had may be that of a path in another record."""
    before, after = grid(), grid(np.sort([*MU, -0.37]))
    shard = {"alone": False, "paths": np.arange(0, len(before.branch), 2)}
    same = {"alone": False, "paths": np.arange(0, len(after.branch), 2)}
    one, fresh, _ = continued(shard | {"walks": before.walks()}, same | {"walks": after.walks()})
    assert_same(one, fresh)
    data, _ = contents(one)
    np.testing.assert_array_equal(data["stream"], 100 + data["paths"])


def test_with_records_beside_it_longer_blocks_continue(continued):
    shard = {"alone": False, "paths": ALL[1::2]}
    one, fresh, made = continued(shard, shard | blocks(2))
    assert_same(one, fresh)
    assert made["carried"] == 0


@pytest.mark.parametrize(
    "change",
    [{"seed": 8}, {"first_stream": 0}, {"equilibration": 4}, {"carried": 10}, {"code": "other"},
     {"carried": 2, "block": 4}],
    ids=lambda change: "-".join(change),
)  # fmt: skip
def test_of_other_settings_nothing_is_used(continued, monkeypatch, change):
    donors = []
    find = sampling.find_donor
    monkeypatch.setattr(sampling, "find_donor", lambda *a: donors.append(find(*a)) or donors[-1])
    one, fresh, _ = continued(blocks(2), blocks(2) | change)
    assert_same(one, fresh)
    assert donors == [None] * 3


@pytest.mark.parametrize("what", ["rule", "blocks", "expansion", "constant", "supercell"])
def test_of_another_model_nothing_is_used(walk, model, one_cell, tmp_path, what):
    other = {
        "expansion": replace(model, expansion=replace(one_cell, eci=one_cell.eci * 0.999)),
        "constant": replace(
            model, expansion=replace(model.expansion, constant=model.expansion.constant + 1)
        ),
        "supercell": lattice_model(one_cell, Supercell.diagonal(1, 2, 1)),
    }.get(what, model)
    another = Sampler(
        other, replicas=16, blocks=5 if what == "blocks" else 4,
        rule="heat_bath" if what == "rule" else "metropolis",
    )  # fmt: skip
    one, fresh = walk(tmp_path / "a.h5", **blocks(2)), tmp_path / "fresh.h5"
    for path in (one, fresh):
        walk(path, sampler=another, **blocks(2))
    assert_same(one, fresh)
    assert sorted(f.name for f in tmp_path.iterdir()) == ["a.h5", "fresh.h5"]


@pytest.mark.parametrize("factors", [(4, 2), (2, 1), (2, 3), (10, 4)])
def test_shorter_blocks_are_sampled_anew(continued, factors):
    """Averages cannot be taken apart."""
    one, fresh, made = continued(*map(blocks, factors))
    assert_same(one, fresh)
    assert made["carried"] == len(TEMPERATURES) * len(ALL) * SWEEPS


ASKED = {"precision": Precision(number=0.05, energy=0.01, doublings=3)}


@pytest.mark.parametrize("before", [{}, blocks(2) | ASKED], ids=["without", "with"])
def test_a_precision_continues_what_there_is(continued, before):
    """Each path decides for itself, on what it has."""
    longer = {"walks": heated([*TEMPERATURES, 1700])}
    one, fresh, made = continued(before, blocks(2) | ASKED | longer)
    assert_same(one, fresh)
    assert made["carried"] == len(ALL) * SWEEPS
    assert len(np.unique(contents(one)[0]["block_sweeps"])) > 2


def test_another_precision_keeps_what_was_not_doubled(continued):
    """Where blocks were doubled, it is not known whether the new precision would have it so."""
    loose = {"precision": Precision(number=0.2, doublings=2)}
    one, fresh, made = continued(loose, ASKED)
    assert_same(one, fresh)
    assert 0 < made["carried"] < len(TEMPERATURES) * len(ALL) * SWEEPS


@pytest.mark.parametrize("steps", [(0,), (3,), (5,), (1, 4), (0, 0, 2)], ids=str)
def test_an_interrupted_continuation_goes_on(walk, continued, tmp_path, steps):
    longer = blocks(4) | {"walks": heated([*TEMPERATURES, 1700])}
    path = tmp_path / "a.h5"
    walk(path, **blocks(2))
    for step in steps:
        with pytest.raises(Stop):
            walk(path, **longer, progress=stop_at(step, []))
        assert path.with_name("a.h5.older").exists()
    one, fresh, made = continued(longer)
    assert_same(one, fresh)
    assert made["carried"] == len(ALL) * SWEEPS


class Dies:
    """Ends a run the third time that a name is looked for."""

    asked = 0

    def __contains__(self, name):
        self.asked += 1
        if self.asked == 3:
            raise Stop
        return False


@pytest.mark.parametrize("at", ["replace", "create", "append"])
def test_a_continuation_that_dies_between_two_writes(walk, continued, tmp_path, monkeypatch, at):
    """Before and after the old record is set aside, and within a condition."""
    path = tmp_path / "a.h5"
    walk(path, **blocks(2))

    def die(*_, **__):
        raise Stop

    with monkeypatch.context() as patch:
        place = {"replace": "navac.sampling.record.os.replace",
                 "create": "navac.results.records.RecordFile.create",
                 "append": "navac.results.records.WAVE_VECTOR"}[at]  # fmt: skip
        patch.setattr(place, Dies() if at == "append" else die)
        with pytest.raises(Stop):
            walk(path, **blocks(4))
    one, fresh, made = continued(blocks(4))
    assert_same(one, fresh)
    assert made["carried"] == 0


@pytest.mark.parametrize(
    "then", [blocks(8), blocks(2), blocks(4) | {"seed": 8}, blocks(1)],
    ids=["longer", "back", "seed", "shorter"],
)  # fmt: skip
@pytest.mark.parametrize("step", [0, 2, 5])
def test_settings_that_change_in_the_middle_of_a_continuation(
    walk, continued, tmp_path, step, then
):
    path = tmp_path / "a.h5"
    walk(path, **blocks(2))
    with pytest.raises(Stop):
        walk(path, **blocks(4), progress=stop_at(step, []))
    one, fresh, made = continued(then)
    assert_same(one, fresh)
    if then in (blocks(8), blocks(2)):
        assert made["carried"] == 0


def test_an_interrupted_run_is_continued_with_longer_blocks(walk, continued, tmp_path):
    path = tmp_path / "a.h5"
    with pytest.raises(Stop):
        walk(path, **blocks(2), progress=stop_at(4, []))
    one, fresh, made = continued(blocks(4))
    assert_same(one, fresh)
    assert made["carried"] == 2 * len(ALL) * SWEEPS


def test_what_a_finished_run_left_behind_is_removed(walk, tmp_path):
    """Death between the last condition and the end."""
    path, older = tmp_path / "a.h5", tmp_path / "a.h5.older"
    walk(path)
    older.write_bytes(path.read_bytes())
    before = contents(path)[0]
    walk(path)
    assert not older.exists()
    np.testing.assert_array_equal(contents(path)[0]["energy_eV"], before["energy_eV"])


def test_no_file_stays_open_when_a_run_fails(walk, tmp_path, monkeypatch):
    """Neither the record nor what it continues is locked afterwards."""
    path = tmp_path / "a.h5"
    walk(path)
    monkeypatch.setattr("navac.sampling.walker.LARGEST_DISCREPANCY", -1.0)
    with pytest.raises(DiscrepancyError):
        walk(path, **blocks(2))
    for name in ("a.h5", "a.h5.older"):
        (tmp_path / name).rename(tmp_path / f"{name}.moved")
        with open(tmp_path / f"{name}.moved", "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_killed_continuation_is_resumed(walk, model, continued, tmp_path):
    """SIGKILL in the middle of a condition, twice."""
    long, longer = ({"carried": 200, "block": b} for b in (200, 6000))
    job, path = tmp_path / "job.pickle", tmp_path / "a.h5"
    walk(path, **long)
    settings = SETTINGS | {"lengths": Lengths.of(**LENGTHS | longer)}
    job.write_bytes(pickle.dumps((model, heated(), ALL, settings)))
    older, reached = path.with_name("a.h5.older"), []
    for _ in range(2):
        process = subprocess.Popen([sys.executable, "-c", KILLED, str(job), str(path)])
        enough = max([0, *reached]) + 1
        try:
            give_up = time.monotonic() + 120
            while process.poll() is None and time.monotonic() < give_up:
                if older.exists() and finished(path) >= enough:
                    break
                time.sleep(0.002)
        finally:
            process.kill()
        assert process.wait() == -signal.SIGKILL
        reached.append(finished(path))
    assert 0 < reached[0] < reached[1] < len(TEMPERATURES)
    job.unlink()
    one, fresh, made = continued(longer)
    assert_same(one, fresh)
    assert made["carried"] == 0


def test_states_of_a_continued_record_are_those_that_scans_start_from(continued):
    one, fresh, _ = continued({}, blocks(2))
    states = read_configurations(one).codes()
    np.testing.assert_array_equal(states, read_configurations(fresh).codes())
    assert set(np.unique(states)) == {0, 1}

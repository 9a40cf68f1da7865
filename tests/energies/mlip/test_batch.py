"""A batch of relaxations: what is kept, continued, done once, set aside, or named as failed."""

import os
import time

import numpy as np
import pytest

from navac.energies.batch import Batch, BatchStopped
from navac.energies.mlip import relax as relaxing
from navac.energies.mlip.backend import ModelBackend
from navac.energies.mlip.files import RESULT, read_relaxed, write_relaxed
from navac.energies.mlip.relax import CHECKPOINT, RelaxationError
from navac.energies.store import Store
from tests.energies.mlip.alloy import PRIM, THREE, Counting, emt, ordering, settings


def batch(folder, model=None, ends_at=None, **changed):
    backend = ModelBackend(PRIM, model or emt(), settings(**changed))
    return Batch(Store(folder / "runs"), backend, ends_at)


def statuses(folder):
    store = Store(folder / "runs")
    return [s.status if (s := store.read(o.id)) else None for o in THREE]


def result(folder, one):
    return read_relaxed(folder / "runs" / one.id / RESULT)


def test_every_ordering_is_relaxed_once(tmp_path):
    seen = []
    batch(tmp_path).run(THREE, progress=lambda done, of: seen.append((done, of)))
    assert statuses(tmp_path) == ["done"] * 3
    assert seen == [(1, 3), (2, 3), (3, 3)]
    times = {p: p.stat().st_mtime_ns for p in (tmp_path / "runs").rglob(RESULT)}
    assert len(times) == 3
    counting = Counting(-1, None)
    batch(tmp_path, counting.around(emt())).run(THREE)
    assert counting.done == 0
    assert times == {p: p.stat().st_mtime_ns for p in (tmp_path / "runs").rglob(RESULT)}
    assert all(result(tmp_path, one).max_force_eV_per_A < 0.01 for one in THREE)
    assert not list((tmp_path / "runs").rglob(CHECKPOINT))


def test_a_result_is_kept_to_the_bit(tmp_path):
    batch(tmp_path).run(THREE[:1])
    found = result(tmp_path, THREE[0])
    write_relaxed(tmp_path / "again.json", found)
    again = read_relaxed(tmp_path / "again.json")
    assert again.energy_eV == found.energy_eV
    np.testing.assert_array_equal(again.atoms.positions, found.atoms.positions)
    (tmp_path / "again.json").write_text("{")
    with pytest.raises(RelaxationError, match=r"again.json: is not the result of a relaxation"):
        read_relaxed(tmp_path / "again.json")


@pytest.mark.parametrize(
    "changed",
    [{"max_force_eV_per_A": 0.02}, {"optimiser": "FIRE"}, {"relax_cell": False}, {"max_steps": 99}],
)
def test_other_settings_make_another_relaxation_and_keep_the_old(tmp_path, changed):
    batch(tmp_path).run(THREE[1:2])
    counting = Counting(-1, None)
    batch(tmp_path, counting.around(emt()), **changed).run(THREE[1:2])
    assert counting.done > 0
    assert (tmp_path / f"runs/{THREE[1].id}.replaced-1" / RESULT).is_file()


def test_weights_that_change_make_another_relaxation(tmp_path):
    """They are told by their content, wherever an option names a file."""
    weights = tmp_path / "weights.pt"
    weights.write_bytes(b"one")
    named = {"options": {"path": str(weights)}}
    batch(tmp_path, **named).run(THREE[:1])
    counting = Counting(-1, None)
    batch(tmp_path, counting.around(emt()), **named).run(THREE[:1])
    assert counting.done == 0
    weights.write_bytes(b"two")
    batch(tmp_path, counting.around(emt()), **named).run(THREE[:1])
    assert counting.done > 0


def test_a_failing_calculator_is_tried_again_and_then_named(tmp_path):
    def fail():
        raise RuntimeError("out of memory on the device")

    batch(tmp_path, Counting(3, fail).around(emt())).run(THREE[:1])
    state = Store(tmp_path / "runs").read(THREE[0].id)
    assert (state.status, state.starts) == ("done", 2)
    said = []
    batch(tmp_path / "b", Counting(2, fail).around(emt()), attempts=1).run(THREE, say=said.append)
    assert statuses(tmp_path / "b") == ["failed", "done", "done"]
    [line] = said
    assert "stack-0 failed: ase.calculators.emt:EMT: RuntimeError: out of memory" in line


def test_too_many_failures_stop_the_batch_with_their_reasons(tmp_path):
    tight = {"max_steps": 1, "max_failed": 1}
    with pytest.raises(BatchStopped, match="2 orderings failed, more than energies") as e:
        batch(tmp_path, **tight).run(THREE)
    assert "stack-0: not converged after 1 steps" in str(e.value)
    with pytest.raises(BatchStopped):
        batch(tmp_path, **tight).run(THREE)
    assert statuses(tmp_path)[2] is None


def test_a_job_stops_before_its_wall_time_and_the_next_goes_on(tmp_path, monkeypatch):
    """The time is over in the middle of the second ordering, by a clock that is put forward."""
    later, now = [0.0], time.time
    monkeypatch.setattr(time, "time", lambda: now() + later[0])
    whole = tmp_path / "whole"
    batch(whole).run(THREE)
    clock = Counting(-1, None)
    first = clock.around(emt())
    batch(tmp_path, first).run(THREE[:1])
    middle = Counting(5, lambda: later.append(later.pop() + 7200))
    stopped = batch(tmp_path, middle.around(emt()), ends_at=time.time() + 3600)
    with pytest.raises(BatchStopped, match="1 of 3 finished; run again to go on"):
        stopped.run(THREE)
    assert statuses(tmp_path)[:2] == ["done", "stopped"]
    assert (tmp_path / "runs" / THREE[1].id / CHECKPOINT).is_file()
    after = Counting(-1, None)
    batch(tmp_path, after.around(emt())).run(THREE)
    assert statuses(tmp_path) == ["done"] * 3
    for one in THREE:
        assert result(tmp_path, one).energy_eV == result(whole, one).energy_eV


@pytest.mark.filterwarnings("ignore:os.fork")  # the child uses no thread of JAX
def test_a_killed_relaxation_is_continued_from_its_checkpoint(tmp_path, monkeypatch):
    """The state says ``running``, as after SIGKILL; the same energy to the bit, fewer steps."""
    monkeypatch.setattr(relaxing, "CHECKPOINT_SECONDS", -1)
    one = ordering("0011")
    whole = Counting(-1, None)
    batch(tmp_path / "whole", whole.around(emt())).run([one])
    child = os.fork()
    if child == 0:
        killed = Counting(whole.done // 2, lambda: os.kill(os.getpid(), 9))
        batch(tmp_path, killed.around(emt())).run([one])
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == 9
    assert Store(tmp_path / "runs").read(one.id).status == "running"
    rest = Counting(-1, None)
    batch(tmp_path, rest.around(emt())).run([one])
    assert 0 < rest.done < 0.7 * whole.done
    found, expected = result(tmp_path, one), result(tmp_path / "whole", one)
    assert found.energy_eV == expected.energy_eV
    assert found.steps == expected.steps

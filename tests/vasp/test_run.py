"""VASP under custodian, by the stand-in: every fault ends in a corrected run or a clear reason."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import psutil
import pytest

from navac.config.vasp import VaspSection
from navac.energies.batch import Batch, BatchStopped
from navac.energies.store import Store, StoreError
from navac.orderings.ordering import Ordering
from navac.orderings.structures import calculation_cell
from navac.vasp.backend import VaspBackend
from navac.vasp.corrections import recorded_corrections
from navac.vasp.inputs import load_settings, write_input_set
from navac.vasp.output import read_calculation
from navac.vasp.run import command_words, run_vasp
from navac.vasp.settings import VaspInputError
from tests.checkout import ROOT

STANDIN = ROOT / "tests/vasp_standin"
LINE_EV = (-284.0, -3.4)  # of the stand-in: energy of a cell at x = 0, and of every Na in it
QUICK = {
    "command": f"{sys.executable} {STANDIN / 'run.py'}", "poll_seconds": 0.1,
    "check_seconds": 0.3, "spare_minutes": 0.0, "settled_volume_change": 0.2,
}  # fmt: skip


def orderings(*occupations):
    """One-cell orderings, a digit per Na site, 0 for Na."""
    return [
        Ordering(f"one-{digits}", (1, 0, 0, 0, 1, 0, 0, 0, 1), digits.count("0") / 2,
                 np.array(list(digits), np.int8), 1, 0.0)
        for digits in occupations
    ]  # fmt: skip


THREE = orderings("00111111", "00110011", "00000000")  # x = 1, 2 and 4


class Case:
    """A folder with input sets, a store, and what the stand-in is asked to do wrong."""

    def __init__(self, folder, wanted=THREE):
        self.folder, self.orderings = folder, list(wanted)
        self.settings = load_settings("scan_u")
        self.store = Store(folder / "runs")

    def write_inputs(self, prim):
        for ordering in self.orderings:
            cell = calculation_cell(prim, ordering)
            folder = self.folder / "inputs" / ordering.id
            write_input_set(folder, cell, self.settings, ordering.cells)

    def batch(self, ends_at=None, **vasp):
        backend = VaspBackend(
            self.folder / "inputs", self.settings, VaspSection(**QUICK | vasp),
            STANDIN / "potentials",
        )  # fmt: skip
        return Batch(self.store, backend, ends_at)

    @property
    def names(self):
        return [o.id for o in self.orderings]

    def ask(self, **faults):
        """Faults by the digits of an ordering, one per start."""
        plan = {f"one-{name.lstrip('_')}": list(f) for name, f in faults.items()}
        (self.folder / "faults.json").write_text(json.dumps(plan))

    def starts(self):
        """How often VASP was started on each ordering."""
        log = self.folder / "starts.log"
        names = log.read_text().split() if log.exists() else []
        return [names.count(name) for name in self.names]

    def states(self):
        return [s.status if (s := self.store.read(name)) else None for name in self.names]


@pytest.fixture
def case(tmp_path, prim, monkeypatch):
    monkeypatch.setenv("VASP_STANDIN", str(tmp_path))
    case = Case(tmp_path)
    case.write_inputs(prim)
    return case


def one(case):
    """The case with its first ordering alone; its name."""
    case.orderings = case.orderings[:1]
    return case.names[0]


def test_energies_go_through_the_files_of_vasp(case, sodium_poor, sodium_rich):
    case.batch().run(case.orderings)
    assert case.states() == ["done"] * 3
    assert case.starts() == [1] * 3
    for ordering in THREE:
        expansion = replace(sodium_rich, constant=-2.012586) if ordering.x > 3 else sodium_poor
        sigma = (2 * ordering.occupation - 1)[None]
        mixing = expansion.energies(ordering.supercell, sigma)[0]
        found = read_calculation(case.store.directory(ordering.id))
        expected = mixing + LINE_EV[0] + 2 * LINE_EV[1] * ordering.x
        # relaxed to 0.01 eV/Å: half the square of that over 5 eV/Å², for each of some 40 atoms
        assert expected - 1e-6 < found.energy_eV < expected + 5e-4
    # nothing of a potential is left, and a second run starts nothing
    assert not list(case.store.root.rglob("POTCAR*"))[3:]
    assert {p.name for p in case.store.root.rglob("POTCAR*")} == {"POTCAR.spec"}
    case.batch().run(case.orderings)
    assert case.starts() == [1] * 3


@pytest.mark.parametrize(
    ("fault", "correction"),
    [
        ("message:ZBRENT: fatal error in bracketing", "zbrent (VaspErrorHandler)"),
        ("message:Error EDDDAV: Call to ZHEGV failed", "edddav (VaspErrorHandler)"),
        ("electrons", "Unconverged (UnconvergedErrorHandler)"),
        ("ions", "Unconverged (UnconvergedErrorHandler)"),
        ("hang", "Frozen job (FrozenJobErrorHandler)"),
    ],
)
def test_what_custodian_corrects(case, fault, correction):
    name = one(case)
    case.ask(_00111111=[fault])
    case.batch(frozen_hours=15 / 3600).run(case.orderings)
    state = case.store.read(name)
    assert (state.status, state.corrections) == ("done", (correction,))
    assert case.starts() == [2]
    assert read_calculation(case.store.directory(name)).run.converged


@pytest.mark.parametrize("fault", ["crash", "kill", "truncate"])
def test_accidents_are_tried_again(case, fault):
    name = one(case)
    case.ask(_00111111=[fault])
    case.batch(attempts=2).run(case.orderings)
    assert case.states() == ["done"]
    assert case.starts() == [2]
    assert case.store.read(name).corrections == ()


@pytest.mark.parametrize(
    ("faults", "reason"),
    [
        (["crash"] * 2, "libmkl_rt.so"),
        (["kill"] * 2, "ends early"),
        (["message:internal error in SET_CORE_WF"], "VaspErrorHandler: set_core_wf"),
        (["message:ZBRENT: fatal error in bracketing"] * 9, "Max errors"),
    ],
)
def test_failed_ones_are_marked_with_the_reason_and_passed_over(case, faults, reason):
    case.ask(_00110011=faults)
    said = []
    case.batch(max_corrections=3).run(case.orderings, say=said.append)
    assert case.states() == ["done", "failed", "done"]
    assert reason in case.store.read("one-00110011").reason
    assert len(said) == 1
    assert said[0].startswith("one-00110011 failed: ")
    before = case.starts()
    case.batch().run(case.orderings)
    assert case.starts() == before


def test_too_many_failures_stop_the_campaign(case):
    case.ask(_00111111=["crash"] * 9, _00110011=["crash"] * 9)
    with pytest.raises(BatchStopped, match=r"2 orderings failed, more than .*max_failed.* 1:") as e:
        case.batch(attempts=1, max_failed=1).run(case.orderings)
    assert "one-00110011: " in str(e.value)
    assert case.states() == ["failed", "failed", None]
    with pytest.raises(BatchStopped):
        case.batch(attempts=1, max_failed=1).run(case.orderings)
    assert case.starts() == [1, 1, 0]
    case.batch(max_failed=2).run(case.orderings)
    assert case.states() == ["failed", "failed", "done"]


def test_a_full_disk_stops_the_batch_and_fails_nothing(case):
    case.ask(_00110011=["disk"])
    with pytest.raises(BatchStopped, match=r"No space left on device.*make room and run again"):
        case.batch().run(case.orderings)
    assert case.states() == ["done", "stopped", None]
    case.batch().run(case.orderings)
    assert case.states() == ["done"] * 3
    assert case.starts() == [1, 2, 1]


def test_near_the_wall_time_vasp_is_stopped_and_later_continued(case):
    name = one(case)
    directory = case.store.directory(name)
    case.ask(_00111111=["slow:2"])
    ends_at = time.time() + 9
    with pytest.raises(BatchStopped, match=r"wall time of the job .* 0 of 1 finished; run again"):
        case.batch(ends_at, spare_minutes=0.1).run(case.orderings)
    assert case.states() == ["stopped"]
    assert "soft stop encountered" in (directory / "OUTCAR").read_text()
    reached = (directory / "CONTCAR").read_text()
    case.batch().run(case.orderings)
    assert case.states() == ["done"]
    # what the second start began from is what the first had reached
    assert (directory / "POSCAR").read_text() == reached
    assert case.starts() == [2]


def run_in_a_process(case):
    """A batch job as a process of its own."""
    code = (
        "import signal, sys; from pathlib import Path; from tests.vasp.test_run import Case\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit('ended'))\n"
        f"case = Case(Path({str(case.folder)!r})); case.batch().run(case.orderings)\n"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code], stderr=subprocess.PIPE, text=True, cwd=ROOT
    )


def running_in(directory):
    """Processes that work in a directory."""
    return [p for p in psutil.process_iter(["cwd"]) if p.info["cwd"] == str(directory)]


def wait_until(condition):
    for _ in range(600):
        if found := condition():
            return found
        time.sleep(0.1)
    raise AssertionError("it did not happen within a minute")


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_job_is_continued_and_runs_nothing_twice(case, how):
    case.ask(_00110011=["message:ZBRENT: fatal error in bracketing", "hang"])
    directory = case.store.directory("one-00110011")
    job = run_in_a_process(case)
    wait_until(lambda: case.starts() == [1, 2, 0] and running_in(directory))
    job.send_signal(how)
    job.communicate()
    assert case.states() == ["done", "running" if how == signal.SIGKILL else "stopped", None]
    # custodian rewrites its log at every check: the kill may have left half of it
    log = directory / "custodian.json"
    os.truncate(log, log.stat().st_size // 2)
    # VASP outlives a job that could not end it, and is ended by the next one
    assert bool(running_in(directory)) == (how == signal.SIGKILL)
    case.batch().run(case.orderings)
    assert not running_in(directory)
    assert case.states() == ["done"] * 3
    assert case.starts() == [1, 3, 1]
    assert not list(case.store.root.rglob("POTCAR"))
    # what was corrected before the kill is still known
    assert case.store.read("one-00110011").corrections == ("zbrent (VaspErrorHandler)",)


def test_corrections_before_a_full_disk_are_kept(case):
    name = one(case)
    case.ask(_00111111=["message:ZBRENT: fatal error in bracketing", "disk"])
    with pytest.raises(BatchStopped, match="No space left on device"):
        case.batch().run(case.orderings)
    assert case.store.read(name).corrections == ("zbrent (VaspErrorHandler)",)
    case.batch().run(case.orderings)
    state = case.store.read(name)
    assert (state.status, state.corrections) == ("done", ("zbrent (VaspErrorHandler)",))


def test_a_run_from_its_input_begins_a_new_record(case):
    name = one(case)
    case.ask(_00111111=["message:ZBRENT: fatal error in bracketing"])
    case.batch().run(case.orderings)
    xml = case.store.directory(name) / "vasprun.xml"
    xml.unlink()
    (case.store.root / f"{name}.json").unlink()
    case.batch().run(case.orderings)
    assert case.starts() == [3]
    assert case.store.read(name).corrections == ()


def test_a_damaged_line_of_the_record_is_passed_over(tmp_path):
    whole = '{"handler": "VaspErrorHandler", "errors": ["zbrent"]}\n'
    (tmp_path / "corrections.jsonl").write_text(whole + '{"handler": "Std')
    assert recorded_corrections(tmp_path) == ("zbrent (VaspErrorHandler)",)


def test_without_potentials_or_a_command_nothing_is_started(case):
    with pytest.raises(VaspInputError, match=r"dft.potcar_library names no folder"):
        Batch(case.store, replace(case.batch().backend, library=None)).run(case.orderings)
    assert case.states() == ["stopped", None, None]
    vasp = VaspSection(**QUICK | {"command": None})
    with pytest.raises(VaspInputError, match=r"energies.vasp.command is null"):
        run_vasp(case.folder, vasp, None, 1.0)
    assert case.starts() == [0, 0, 0]


def test_runs_of_other_input_are_set_aside(case, prim):
    name = one(case)
    case.batch().run(case.orderings)
    edited = case.folder / "edited.yaml"
    text = (ROOT / "workflow/navac/vasp/scan_u.yaml").read_text()
    edited.write_text(text.replace("ENCUT: 520", "ENCUT: 560"))
    case.settings = load_settings(edited)
    case.write_inputs(prim)
    case.batch().run(case.orderings)
    assert case.starts() == [2]
    kept = case.store.root / f"{name}.replaced-1"
    assert read_calculation(kept).tags["ENCUT"] == 520
    assert read_calculation(case.store.directory(name)).tags["ENCUT"] == 560


def test_finished_runs_of_others_are_taken_and_nothing_is_started(case):
    case.batch().run(case.orderings[:2])
    xml = case.store.directory(case.names[1]) / "vasprun.xml"
    os.truncate(xml, xml.stat().st_size // 2)
    for name in case.names:
        (case.store.root / f"{name}.json").unlink(missing_ok=True)
    case.batch(command=None).run(case.orderings)
    assert case.states() == ["done", "failed", "failed"]
    assert "ends early" in case.store.read(case.names[1]).reason
    assert "put a finished run there" in case.store.read(case.names[2]).reason
    assert case.starts() == [1, 1, 0]


def test_one_job_at_a_time_holds_a_batch(tmp_path):
    store = Store(tmp_path)
    held = f"batch 3 is being run by process {os.getpid()}"
    with store.batch("3"), store.batch("4"), pytest.raises(StoreError, match=held):  # noqa: SIM117
        with store.batch("3"):
            pass
    with store.batch("3"):
        pass


def test_a_damaged_state_is_named(tmp_path):
    (tmp_path / "one.json").write_text('{"status": "do')
    with pytest.raises(StoreError, match=r"one.json: .* remove it to run one again"):
        Store(tmp_path).read("one")


def test_words_that_name_files_become_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "vasp.sh").touch()
    assert command_words("mpirun -n 4 vasp.sh 'a b'") == (
        "mpirun", "-n", "4", str(tmp_path / "vasp.sh"), "a b",
    )  # fmt: skip

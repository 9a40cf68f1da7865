"""VASP on a batch of orderings, one after the other; a failed ordering does not stop the rest."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from navac import NavacError
from navac.energies.store import FINISHED, State, Store
from navac.vasp.corrections import forget_corrections, recorded_corrections
from navac.vasp.files import CalculationError
from navac.vasp.outcome import FullDisk, Outcome
from navac.vasp.output import read_calculation
from navac.vasp.potcar import no_library, potcar
from navac.vasp.run import RunSettings, end_orphans, run_vasp
from navac.vasp.settings import VaspSettings
from navac.vasp.store import INPUT_FILES, fingerprint

NAMED = 5
"""Failed orderings that a message names."""


class BatchStopped(NavacError):
    """The batch ends early; finished runs are kept, and the next job continues with the rest."""


class BatchSettings(RunSettings, Protocol):
    """How a batch is run: the configuration's section ``energies.vasp``.

    Attributes:
        hours: wall time of a job.
        attempts: starts of an ordering whose VASP dies without a known error.
        max_failed: how many orderings may fail before the campaign stops.
    """

    @property
    def hours(self) -> float: ...
    @property
    def attempts(self) -> int: ...
    @property
    def max_failed(self) -> int: ...


@dataclass(frozen=True)
class Batch:
    """What is run, and with which settings.

    Attributes:
        store: states and folders of the runs.
        inputs: folder with an input set per ordering.
        settings: of the input, for the potentials and the bound on the stress.
        vasp: how VASP is run.
        library: folder of potentials.
        ends_at: end of the job's wall time, as :func:`time.time`; None for no limit.
    """

    store: Store
    inputs: Path
    settings: VaspSettings
    vasp: BatchSettings
    library: Path | None
    ends_at: float | None = None

    def run(
        self,
        orderings: Sequence[str],
        *,
        say: Callable[[str], None] = lambda text: None,
        progress: Callable[[int, int], None] = lambda done, of: None,
    ) -> None:
        """Run what is not finished; failed orderings are marked and skipped.

        Raises:
            BatchStopped: too many failed, the wall time is nearly over, or the disk is full.
        """
        self._count_failed()
        for done, ordering in enumerate(orderings):
            state = self._current(ordering)
            if state is None or state.status not in FINISHED:
                state = self._finish(ordering, state, f"{done} of {len(orderings)}")
                if state.status == "failed":
                    say(f"{ordering} failed: {state.reason}")
                    self._count_failed()
            progress(done + 1, len(orderings))

    def _current(self, ordering: str) -> State | None:
        """The state of a run that was started from these inputs; other runs are set aside."""
        state = self.store.read(ordering)
        if state is not None and state.inputs != fingerprint(self.inputs / ordering):
            self.store.set_aside(ordering)
            return None
        return state

    def _finish(self, ordering: str, state: State | None, so_far: str) -> State:
        """Run an ordering until it is done or has failed, and record it."""
        directory = self.store.directory(ordering)
        if state is None:
            forget_corrections(directory)
            state = State("stopped", fingerprint(self.inputs / ordering))
            if self._finished_elsewhere(directory):
                return self.store.write(ordering, state.become("done", "was there already"))
        if self.vasp.command is None:
            reason = self._unfinished(directory)
            return self.store.write(ordering, state.become("failed", reason))
        while True:
            if self._seconds_left() < 60 * self.vasp.spare_minutes:
                raise BatchStopped(self._out_of_time(so_far))
            state, outcome = self._start(ordering, state)
            again = outcome.status == "failed" and not outcome.known
            if again and state.starts < self.vasp.attempts:
                state = self.store.write(ordering, state.become("stopped", outcome.reason))
                continue
            state = self.store.write(ordering, state.become(outcome.status, outcome.reason))
            if outcome.status == "stopped":
                raise BatchStopped(self._out_of_time(so_far))
            return state

    def _start(self, ordering: str, state: State) -> tuple[State, Outcome]:
        """One start of custodian; however it ends, the state says that it can be continued.

        Returns:
            the state with the corrections of this start, not yet written, and how it ended.
        """
        directory = self.store.directory(ordering)
        if state.status == "running":
            end_orphans(directory)
            state = _with_corrections(directory, state)
        if state.starts == 0:
            self._copy_inputs(ordering)
        species = (directory / "POSCAR").read_text().splitlines()[5].split()
        # It exists only while VASP runs: what is left afterwards can be shared.
        private = directory / "POTCAR"
        state = self.store.write(ordering, state.become("running", starts=state.starts + 1))
        try:
            private.write_bytes(self._potcar(species))
            outcome = run_vasp(directory, self.vasp, self.ends_at, self.settings.max_stress_GPa)
            return _with_corrections(directory, state), outcome
        except FullDisk as error:
            state = _with_corrections(directory, state)
            self.store.write(ordering, state.become("stopped", str(error), starts=state.starts - 1))
            raise BatchStopped(
                f"{error}: make room and run again; {ordering} is continued, and nothing that is "
                "finished is run twice"
            ) from error
        except BaseException as error:
            ended = f"the job was ended ({type(error).__name__})"
            state = _with_corrections(directory, state)
            self.store.write(ordering, state.become("stopped", ended, starts=state.starts - 1))
            raise
        finally:
            private.unlink(missing_ok=True)

    def _potcar(self, species: Sequence[str]) -> bytes:
        if self.library is None:
            raise no_library(species, self.settings)
        return potcar(self.library, species, self.settings)

    def _copy_inputs(self, ordering: str) -> None:
        directory = self.store.directory(ordering)
        directory.mkdir(parents=True, exist_ok=True)
        for name in INPUT_FILES:
            shutil.copyfile(self.inputs / ordering / name, directory / name)

    def _finished_elsewhere(self, directory: Path) -> bool:
        """Whether somebody put a finished calculation here; whether it fits is seen later."""
        if not directory.is_dir():
            return False
        try:
            read_calculation(directory)
        except CalculationError:
            return False
        return True

    def _unfinished(self, directory: Path) -> str:
        if not directory.is_dir():
            return (f"{directory}: does not exist, and energies.vasp.command is null: put a "
                    "finished run there, or give the command")  # fmt: skip
        try:
            read_calculation(directory)
        except CalculationError as error:
            return str(error)
        return f"{directory}: the run was started from another input set"

    def _count_failed(self) -> None:
        failed = self.store.failed()
        if len(failed) <= self.vasp.max_failed:
            return
        named = "\n".join(f"  {n}: {reason}" for n, reason in list(failed.items())[:NAMED])
        more = f"\n  and {len(failed) - NAMED} more" if len(failed) > NAMED else ""
        raise BatchStopped(
            f"{len(failed)} orderings failed, more than energies.vasp.max_failed, which is "
            f"{self.vasp.max_failed}:\n{named}{more}\nCorrect what they have in common, remove "
            f"their {self.store.root}/<ordering>.json and run again; or raise max_failed"
        )

    def _seconds_left(self) -> float:
        return float("inf") if self.ends_at is None else self.ends_at - time.time()

    def _out_of_time(self, so_far: str) -> str:
        return (
            f"the wall time of the job ({self.vasp.hours:g} h, energies.vasp.hours) is nearly "
            f"over: {so_far} finished; run again to go on"
        )


def _with_corrections(directory: Path, state: State) -> State:
    """The state with everything that was corrected in its run so far."""
    # The record includes those of the state, except in runs of navac 0.1.0, which kept none.
    return replace(
        state, corrections=max(state.corrections, recorded_corrections(directory), key=len)
    )

"""Relaxations of a batch of orderings by a model; a failed ordering does not stop the rest."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from ase import Atoms

from navac import NavacError
from navac.crystal.prim import Prim
from navac.energies.mlip.calculators import Model
from navac.energies.mlip.files import RESULT, atoms_of, write_relaxed
from navac.energies.mlip.relax import CHECKPOINT, OutOfTime, Relaxation, RelaxationError, relax
from navac.energies.store import FINISHED, State, Store
from navac.orderings.ordering import Ordering
from navac.orderings.structures import calculation_cell

NAMED = 5
"""Failed orderings that a message names."""


class BatchStopped(NavacError):
    """The batch ends early; finished orderings are kept, and the next job goes on."""


class BatchSettings(Relaxation, Protocol):
    """How a batch is relaxed: the configuration's section ``energies.mlip``.

    Attributes:
        options: of the calculator; files among them belong to what is computed.
        hours: wall time of a job.
        spare_minutes: a relaxation is stopped so long before the wall time ends.
        attempts: starts of an ordering on which the calculator fails with an error.
        max_failed: how many orderings may fail before the campaign stops.
    """

    @property
    def options(self) -> Mapping[str, Any]: ...
    @property
    def hours(self) -> float: ...
    @property
    def spare_minutes(self) -> float: ...
    @property
    def attempts(self) -> int: ...
    @property
    def max_failed(self) -> float: ...


@dataclass(frozen=True)
class Batch:
    """What is relaxed, and how.

    Attributes:
        store: states and folders of the relaxations.
        prim: the crystal.
        model: gives the energies.
        how: the settings.
        ends_at: end of the job's wall time, as :func:`time.time`; None for no limit.
    """

    store: Store
    prim: Prim
    model: Model
    how: BatchSettings
    ends_at: float | None = None

    def run(
        self,
        orderings: Sequence[Ordering],
        *,
        say: Callable[[str], None] = lambda text: None,
        progress: Callable[[int, int], None] = lambda done, of: None,
    ) -> None:
        """Relax what is not finished; failed orderings are marked and left out.

        Raises:
            BatchStopped: too many failed, the wall time is nearly over, or the disk is full.
        """
        self._count_failed()
        for done, ordering in enumerate(orderings):
            start = atoms_of(calculation_cell(self.prim, ordering))
            state = self._current(ordering, start)
            if state.status not in FINISHED:
                state = self._finish(ordering, start, state, f"{done} of {len(orderings)}")
                if state.status == "failed":
                    say(f"{ordering.id} failed: {state.reason}")
                    self._count_failed()
            progress(done + 1, len(orderings))

    def _current(self, ordering: Ordering, start: Atoms) -> State:
        """The state of the relaxation of this structure by this model; others are set aside."""
        wanted = fingerprint(start, self.model, self.how)
        state = self.store.read(ordering.id)
        if state is not None and state.inputs == wanted:
            return state
        self.store.set_aside(ordering.id)
        return State("stopped", wanted)

    def _finish(self, ordering: Ordering, start: Atoms, state: State, so_far: str) -> State:
        """Relax an ordering until it is done or has failed, and record it."""
        folder = self.store.directory(ordering.id)
        folder.mkdir(parents=True, exist_ok=True)
        while True:
            if self._over():
                raise BatchStopped(self._out_of_time(so_far))
            state = state.become("running", starts=state.starts + 1)
            self.store.write(ordering.id, state)
            status, reason = self._start(ordering, start, folder, state, so_far)
            if status == "again" and state.starts < self.how.attempts:
                # The accident may lie in the checkpoint: the next attempt begins anew.
                (folder / CHECKPOINT).unlink(missing_ok=True)
                state = self.store.write(ordering.id, state.become("stopped", reason))
                continue
            status = "failed" if status == "again" else status
            return self.store.write(ordering.id, state.become(status, reason))

    def _start(
        self, ordering: Ordering, start: Atoms, folder: Path, state: State, so_far: str
    ) -> tuple[str, str]:
        """One start of a relaxation; returns ``done``, ``failed`` or ``again``, and why."""
        try:
            found = relax(start, self.model.calculator, self.how, folder, self._stop_at())
            write_relaxed(folder / RESULT, found)
            (folder / CHECKPOINT).unlink(missing_ok=True)
            return "done", ""
        except RelaxationError as error:
            return "failed", str(error)
        except BaseException as error:
            if isinstance(error, Exception) and not isinstance(error, OutOfTime | OSError):
                return "again", f"{self.model.name}: {type(error).__name__}: {error}"
            why = "the wall time of the job is nearly over"
            if not isinstance(error, OutOfTime):
                why = f"the job was ended ({type(error).__name__})"
            stopped = state.become("stopped", why, starts=state.starts - 1)
            with suppress(OSError):  # the disk may be full
                self.store.write(ordering.id, stopped)
            if isinstance(error, OutOfTime):
                raise BatchStopped(self._out_of_time(so_far)) from error
            raise

    def _count_failed(self) -> None:
        failed = self.store.failed()
        if len(failed) <= self.how.max_failed:
            return
        named = "\n".join(f"  {n}: {reason}" for n, reason in list(failed.items())[:NAMED])
        more = f"\n  and {len(failed) - NAMED} more" if len(failed) > NAMED else ""
        raise BatchStopped(
            f"{len(failed)} orderings failed, more than energies.mlip.max_failed, which is "
            f"{self.how.max_failed}:\n{named}{more}\nCorrect what they have in common, remove "
            f"their {self.store.root}/<ordering>.json and run again; or raise max_failed"
        )

    def _stop_at(self) -> float | None:
        return None if self.ends_at is None else self.ends_at - 60 * self.how.spare_minutes

    def _over(self) -> bool:
        stop = self._stop_at()
        return stop is not None and time.time() > stop

    def _out_of_time(self, so_far: str) -> str:
        return (
            f"the wall time of the job ({self.how.hours:g} h, energies.mlip.hours) is nearly "
            f"over: {so_far} finished; run again to go on"
        )


def fingerprint(start: Atoms, model: Model, how: BatchSettings) -> str:
    """SHA-256 of a structure, of the model with its weights, and of how it is relaxed."""
    digest = hashlib.sha256()
    made_from = (
        start.get_chemical_symbols(), start.get_positions().tolist(), start.cell.tolist(),
        model.name, model.version, dict(how.options),
        how.optimiser, how.max_force_eV_per_A, how.max_steps, how.relax_cell,
    )  # fmt: skip
    digest.update(json.dumps(made_from, sort_keys=True).encode())
    for path in weight_files(how.options):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def weight_files(options: Mapping[str, Any]) -> list[Path]:
    """The files among the options of a calculator."""
    texts = (value for _, value in sorted(options.items()) if isinstance(value, str))
    return [Path(text) for text in texts if Path(text).is_file()]

"""A batch of orderings, computed one after the other; a failed ordering does not stop the rest.

How one ordering is computed, by VASP or by a model, is the business of a :class:`Backend`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from navac import NavacError
from navac.energies.store import FINISHED, State, Store
from navac.orderings.ordering import Ordering

NAMED = 5
"""Failed orderings that a message names."""


class BatchStopped(NavacError):
    """The batch ends early; finished orderings are kept, and the next job goes on."""


class FullDisk(NavacError):
    """There is no room for results; any other calculation would fail too."""


class OutOfTime(NavacError):
    """The time of the job is over; what is computed can be continued."""


@dataclass(frozen=True)
class Outcome:
    """How a start of a calculation ended.

    Attributes:
        status: ``done``, ``stopped`` (the wall time is nearly over; to be resumed), ``failed``.
        reason: why it failed, or stopped.
        known: whether the error is known; others may be accidents of the machine.
    """

    status: str
    reason: str = ""
    known: bool = True


class BatchSettings(Protocol):
    """How a batch is run: the configuration's section of the backend.

    Attributes:
        hours: wall time of a job.
        spare_minutes: a calculation is stopped so long before the wall time ends.
        attempts: starts of an ordering whose calculation ends with an unknown error.
        max_failed: how many orderings may fail before the campaign stops.
    """

    @property
    def hours(self) -> float: ...
    @property
    def spare_minutes(self) -> float: ...
    @property
    def attempts(self) -> int: ...
    @property
    def max_failed(self) -> float: ...


class Backend(Protocol):
    """How an ordering is computed.

    Attributes:
        section: of the configuration, for messages.
        how: the settings of that section.
    """

    @property
    def section(self) -> str: ...
    @property
    def how(self) -> BatchSettings: ...

    def fingerprint(self, ordering: Ordering) -> str:
        """A digest of everything that the result depends on."""

    def prepare(self, ordering: Ordering, store: Store, state: State) -> State:
        """Make a folder ready for a start; returns a finished state if none is needed.

        Args:
            state: ``new`` where nothing was started from the same input; the folder may exist.
        """

    def compute(self, ordering: Ordering, folder: Path, ends_at: float | None) -> Outcome:
        """One start of a calculation, which goes on from what an earlier one left.

        Args:
            ends_at: end of the job's wall time, as :func:`time.time`; None for no limit.

        Raises:
            OutOfTime, FullDisk: it can be continued; this start does not count.
        """

    def corrections(self, folder: Path) -> tuple[str, ...]:
        """What was corrected so far, in order."""


@dataclass(frozen=True)
class Batch:
    """What is computed, and how.

    Attributes:
        store: states and folders of the orderings.
        backend: computes one ordering.
        ends_at: end of the job's wall time, as :func:`time.time`; None for no limit.
    """

    store: Store
    backend: Backend
    ends_at: float | None = None

    def run(
        self,
        orderings: Sequence[Ordering],
        *,
        say: Callable[[str], None] = lambda text: None,
        progress: Callable[[int, int], None] = lambda done, of: None,
    ) -> None:
        """Compute what is not finished; failed orderings are marked and passed over.

        Raises:
            BatchStopped: too many failed, the wall time is nearly over, or the disk is full.
        """
        self._count_failed()
        for done, ordering in enumerate(orderings):
            state = self._current(ordering)
            if state.status not in FINISHED:
                state = self._finish(ordering, state, f"{done} of {len(orderings)}")
                if state.status == "failed":
                    say(f"{ordering.id} failed: {state.reason}")
                    self._count_failed()
            progress(done + 1, len(orderings))

    def _current(self, ordering: Ordering) -> State:
        """The state of a calculation from the same input; others are set aside."""
        wanted = self.backend.fingerprint(ordering)
        state = self.store.read(ordering.id)
        if state is not None and state.inputs == wanted:
            return state
        if state is not None:
            self.store.set_aside(ordering.id)
        return State("new", wanted)

    def _finish(self, ordering: Ordering, state: State, so_far: str) -> State:
        """Compute an ordering until it is done or has failed, and record it."""
        state = self.backend.prepare(ordering, self.store, state)
        if state.status in FINISHED:
            return self.store.write(ordering.id, state)
        while True:
            if self._over():
                raise BatchStopped(self._out_of_time(so_far))
            state, outcome = self._start(ordering, state, so_far)
            accident = outcome.status == "failed" and not outcome.known
            again = accident and state.starts < self.backend.how.attempts
            state = state.become("stopped" if again else outcome.status, outcome.reason)
            state = self.store.write(ordering.id, state)
            if outcome.status == "stopped":
                raise BatchStopped(self._out_of_time(so_far))
            if not again:
                return state

    def _start(self, ordering: Ordering, state: State, so_far: str) -> tuple[State, Outcome]:
        """One start; however it ends, the state says that it can be continued.

        Returns:
            the state with the corrections of this start, not yet written, and how it ended.
        """
        folder = self.store.directory(ordering.id)
        state = self._corrected(folder, state).become("running", starts=state.starts + 1)
        state = self.store.write(ordering.id, state)
        try:
            outcome = self.backend.compute(ordering, folder, self.ends_at)
        except OutOfTime as error:
            self._stop(ordering, state, "the wall time of the job is nearly over")
            raise BatchStopped(self._out_of_time(so_far)) from error
        except FullDisk as error:
            self._stop(ordering, state, str(error))
            raise BatchStopped(
                f"{error}: make room and run again; {ordering.id} is continued, and nothing that "
                "is finished is computed twice"
            ) from error
        except BaseException as error:
            self._stop(ordering, state, f"the job was ended ({type(error).__name__})")
            raise
        return self._corrected(folder, state), outcome

    def _stop(self, ordering: Ordering, state: State, reason: str) -> None:
        """Record that a start was interrupted, which is not to count."""
        state = self._corrected(self.store.directory(ordering.id), state)
        with suppress(OSError):  # the disk may be full
            self.store.write(ordering.id, state.become("stopped", reason, starts=state.starts - 1))

    def _corrected(self, folder: Path, state: State) -> State:
        """The state with everything that was corrected in its calculation so far."""
        # The record includes those of the state, except in runs of navac 0.1.0, which kept none.
        found = self.backend.corrections(folder)
        return replace(state, corrections=max(state.corrections, found, key=len))

    def _count_failed(self) -> None:
        failed, limit = self.store.failed(), self.backend.how.max_failed
        if len(failed) <= limit:
            return
        named = "\n".join(f"  {n}: {reason}" for n, reason in list(failed.items())[:NAMED])
        more = f"\n  and {len(failed) - NAMED} more" if len(failed) > NAMED else ""
        raise BatchStopped(
            f"{len(failed)} orderings failed, more than {self.backend.section}.max_failed, which "
            f"is {limit}:\n{named}{more}\nCorrect what they have in common, remove their "
            f"{self.store.root}/<ordering>.json and run again; or raise max_failed"
        )

    def _over(self) -> bool:
        spare = 60 * self.backend.how.spare_minutes
        return self.ends_at is not None and self.ends_at - time.time() < spare

    def _out_of_time(self, so_far: str) -> str:
        return (
            f"the wall time of the job ({self.backend.how.hours:g} h, {self.backend.section}.hours)"
            f" is nearly over: {so_far} finished; run again to go on"
        )

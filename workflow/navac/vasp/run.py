"""One run of VASP under custodian: relaxations, restarts, corrections of known errors.

The run can be ended and continued at any time: a later start goes on from the last structure
that VASP wrote.
"""

from __future__ import annotations

import os
import shlex
import shutil
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import psutil
from custodian import Custodian
from custodian.custodian import CustodianError, ErrorHandler
from custodian.utils import backup
from custodian.vasp.handlers import (
    FrozenJobErrorHandler,
    LargeSigmaHandler,
    MeshSymmetryErrorHandler,
    NonConvergingErrorHandler,
    PositiveEnergyErrorHandler,
    PotimErrorHandler,
    StdErrHandler,
    UnconvergedErrorHandler,
    VaspErrorHandler,
    WalltimeHandler,
)
from custodian.vasp.jobs import VaspJob
from custodian.vasp.utils import is_valid_poscar
from custodian.vasp.validators import VaspFilesValidator, VasprunXMLValidator
from pymatgen.io.vasp.inputs import Poscar

from navac.energies.batch import FullDisk, Outcome
from navac.vasp.corrections import RunLog
from navac.vasp.files import CalculationError
from navac.vasp.outcome import FULL_DISK, failure, strained, success
from navac.vasp.output import read_calculation
from navac.vasp.settings import VaspInputError

OUTPUTS = ("vasprun.xml", "OUTCAR", "OSZICAR", "CONTCAR", "vasp.out", "std_err.txt")
CONTINUE: list[dict[str, Any]] = [
    {"file": "CONTCAR", "action": {"_file_copy": {"dest": "POSCAR"}}},
    {"dict": "INCAR", "action": {"_set": {"ISTART": 1}}},
]


class RunSettings(Protocol):
    """How VASP is run: attributes of the configuration's section ``energies.vasp``.

    Attributes:
        command: starts VASP; None where finished runs are only read.
        spare_minutes: how long before the end of the wall time VASP is stopped.
        restarts: maximum number of relaxations that start from the result of the last one.
        settled_volume_change: relative change of volume below which no restart is needed.
        max_corrections: maximum number of errors that custodian corrects in one start.
        frozen_hours: time without output after which VASP is taken to hang.
        poll_seconds, check_seconds: intervals at which the process and its output are checked.
    """

    @property
    def command(self) -> str | None: ...
    @property
    def spare_minutes(self) -> float: ...
    @property
    def restarts(self) -> int: ...
    @property
    def settled_volume_change(self) -> float: ...
    @property
    def max_corrections(self) -> int: ...
    @property
    def frozen_hours(self) -> float: ...
    @property
    def poll_seconds(self) -> float: ...
    @property
    def check_seconds(self) -> float: ...


def command_words(command: str, folder: Path | None = None) -> tuple[str, ...]:
    """The command's words; those that name files of the campaign's folder become absolute."""
    folder = Path.cwd() if folder is None else folder
    return tuple(
        # not resolved: the python of an environment is a link that must be called by its name
        os.path.abspath(folder / word) if (folder / word).is_file() else word
        for word in shlex.split(command)
    )


def run_vasp(
    directory: Path, settings: RunSettings, ends_at: float | None, max_stress_GPa: float
) -> Outcome:
    """Run VASP in a directory that holds its input, POTCAR too, and see it through.

    Args:
        ends_at: when the job's wall time is over, as :func:`time.time`; None for no limit.

    Raises:
        FullDisk: there is no room left.
        VaspInputError: there is no command.
    """
    if settings.command is None:
        raise VaspInputError("energies.vasp.command is null; give the command that starts VASP")
    words = command_words(settings.command)
    running: list[VaspJob] = []

    def jobs() -> Iterator[VaspJob]:
        for job in relaxations(directory, words, settings, max_stress_GPa):
            running[:] = [job]
            yield job

    custodian = Custodian(
        _handlers(settings, ends_at),
        jobs(),
        [VasprunXMLValidator(), VaspFilesValidator()],
        max_errors=settings.max_corrections,
        polling_time_step=settings.poll_seconds,
        monitor_freq=max(1, round(settings.check_seconds / settings.poll_seconds)),
        skip_over_errors=True,  # a handler that itself fails must not end the run
        directory=str(directory),
    )
    try:
        with RunLog(directory), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of potentials that pymatgen does not know, …
            _prepare(directory)
            custodian.run()
    except CustodianError as error:
        return failure(directory, custodian, error)
    except OSError as error:
        if error.strerror == FULL_DISK:
            raise FullDisk(f"{directory}: {FULL_DISK}") from error
        raise
    except BaseException:
        # Ended from outside: VASP is in another session and would continue.
        for job in running:
            job.terminate(str(directory))
        raise
    return success(directory, custodian, max_stress_GPa)


def relaxations(
    directory: Path, words: Sequence[str], settings: RunSettings, max_stress_GPa: float
) -> Iterator[VaspJob]:
    """A relaxation, and restarts from its result until the plane waves fit the cell.

    VASP keeps the plane waves of the first cell. They fit the last one, and its stress is the
    true one, if the volume hardly changed.
    """
    for restart in range(settings.restarts + 1):
        yield VaspJob(
            words, final=False, backup=False, auto_gamma=False, copy_magmom=True,
            settings_override=CONTINUE if restart else None,
        )  # fmt: skip
        try:
            found = read_calculation(directory)
        except CalculationError:
            return
        start = Poscar.from_file(directory / "POSCAR", check_for_potcar=False).structure
        change = abs(found.structure.volume / start.volume - 1)
        if change < settings.settled_volume_change and not strained(found, max_stress_GPa):
            return


def end_orphans(directory: Path) -> int:
    """End processes that a killed job left running in a directory; returns how many."""
    here, mine = str(directory.resolve()), psutil.Process().username()
    orphans = [
        p for p in psutil.process_iter(["cwd", "username"])
        if p.info["cwd"] == here and p.info["username"] == mine and p.pid != os.getpid()
    ]  # fmt: skip
    for orphan in orphans:
        with suppress(psutil.NoSuchProcess):  # it may end by itself meanwhile
            orphan.kill()
    psutil.wait_procs(orphans, timeout=10)
    return len(orphans)


def _prepare(directory: Path) -> None:
    """Go on from where an earlier start ended, if there was one."""
    for name in ("STOPCAR", "continue.json", Custodian.LOG_FILE):
        (directory / name).unlink(missing_ok=True)
    if is_valid_poscar("CONTCAR", str(directory)):
        before, after = (
            Poscar.from_file(directory / name, check_for_potcar=False)
            for name in ("POSCAR", "CONTCAR")
        )
        if before.structure.composition == after.structure.composition:
            shutil.copyfile(directory / "CONTCAR", directory / "POSCAR")
    # What this start does not write must not be taken for its result.
    stale = [n for n in OUTPUTS if (directory / n).is_file()]
    if stale:
        backup(stale, prefix="before", directory=str(directory))
    for name in stale:
        (directory / name).unlink()


def _handlers(settings: RunSettings, ends_at: float | None) -> list[ErrorHandler]:
    """Custodian's handlers of VASP's errors; those of metals and of KSPACING do not apply."""
    handlers: list[ErrorHandler] = [
        VaspErrorHandler(), StdErrHandler(), MeshSymmetryErrorHandler(), UnconvergedErrorHandler(),
        NonConvergingErrorHandler(), PotimErrorHandler(), PositiveEnergyErrorHandler(),
        LargeSigmaHandler(), FrozenJobErrorHandler(timeout=3600 * settings.frozen_hours),
    ]  # fmt: skip
    if ends_at is not None:
        # It counts from this variable, which an earlier run of this job has set.
        os.environ.pop("CUSTODIAN_WALLTIME_START", None)
        left = max(1, int(ends_at - time.time()))
        handlers.append(WalltimeHandler(left, int(60 * settings.spare_minutes)))
    return handlers

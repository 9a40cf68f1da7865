"""One run of VASP under custodian: relaxations, restarts, corrections of known errors.

The run can be ended and continued at any time: a later start goes on from the last structure
that VASP wrote.
"""

from __future__ import annotations

import json
import logging
import os
import shlex
import shutil
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from custodian import Custodian
from custodian.custodian import CustodianError, ReturnCodeError, ValidationError
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

from navac import NavacError
from navac.config.vasp import VaspSection
from navac.vasp.output import Calculation, CalculationError, read_calculation

FULL_DISK = "No space left on device"
OUTPUTS = ("vasprun.xml", "OUTCAR", "OSZICAR", "CONTCAR", "vasp.out", "std_err.txt")
CONTINUE = [
    {"file": "CONTCAR", "action": {"_file_copy": {"dest": "POSCAR"}}},
    {"dict": "INCAR", "action": {"_set": {"ISTART": 1}}},
]


class FullDisk(NavacError):
    """There is no room for results; what else would be started would fail too."""


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    Attributes:
        status: ``done``, ``stopped`` (the wall time is near; to be continued), ``failed``.
        reason: what the handler, or VASP, said.
        corrections: each error that was corrected, with its handler.
        known: whether a handler knew the error; others may be accidents of the machine.
    """

    status: str
    reason: str = ""
    corrections: tuple[str, ...] = ()
    known: bool = True


def command_words(command: str, folder: Path | None = None) -> tuple[str, ...]:
    """The command's words; those that name files of the campaign's folder become absolute."""
    folder = Path.cwd() if folder is None else folder
    return tuple(
        # not resolved: the python of an environment is a link that must be called by its name
        os.path.abspath(folder / word) if (folder / word).is_file() else word
        for word in shlex.split(command)
    )


def run_vasp(
    directory: Path, settings: VaspSection, ends_at: float | None, max_stress_GPa: float
) -> Outcome:
    """Run VASP in a directory that holds its input, POTCAR too, and see it through.

    Args:
        ends_at: when the job's wall time is over, as :func:`time.time`; None for no limit.

    Raises:
        FullDisk: there is no room left.
    """
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
        with _logged(directory / "custodian.log"), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of potentials that pymatgen does not know, …
            _prepare(directory)
            custodian.run()
    except CustodianError as error:
        return _failure(directory, custodian, error)
    except OSError as error:
        if error.strerror == FULL_DISK:
            raise FullDisk(f"{directory}: {FULL_DISK}") from error
        raise
    except BaseException:
        # Ended from outside: VASP is in a session of its own and would run on.
        for job in running:
            job.terminate(str(directory))
        raise
    return _success(directory, custodian, max_stress_GPa)


def relaxations(
    directory: Path, words: Sequence[str], settings: VaspSection, max_stress_GPa: float
) -> Iterator[VaspJob]:
    """A relaxation, and restarts from its result until the plane waves fit the cell.

    VASP keeps the plane waves of the first cell. They fit the last one if the volume hardly
    changed; and the stress is then the true one.
    """
    for number in range(settings.restarts + 1):
        yield VaspJob(
            words, final=False, backup=False, auto_gamma=False, copy_magmom=True,
            settings_override=CONTINUE if number else None,
        )  # fmt: skip
        try:
            found = read_calculation(directory)
        except CalculationError:
            return
        start = Poscar.from_file(directory / "POSCAR", check_for_potcar=False).structure
        change = abs(found.structure.volume / start.volume - 1)
        if change < settings.settled_volume_change and not _strained(found, max_stress_GPa):
            return


def logged_corrections(directory: Path) -> tuple[str, ...]:
    """What custodian corrected in the last start, as it logged it, should nobody else know."""
    try:
        log = json.loads((directory / Custodian.LOG_FILE).read_text())
    except (OSError, ValueError):  # killed before, or while, it was written
        return ()
    return tuple(
        _correction(correction["errors"], correction["handler"]["@class"])
        for entry in log
        for correction in entry["corrections"]
        if not correction.get("skipped")
    )


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


def _strained(found: Calculation, max_stress_GPa: float) -> bool:
    """Whether more stress is left than asked for; VASP itself cannot be asked for less."""
    relaxed = int(found.tags.get("NSW", 0)) > 1 and int(found.tags.get("ISIF", 2)) >= 3
    return relaxed and (found.max_stress_GPa or 0) > max_stress_GPa


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


def _handlers(settings: VaspSection, ends_at: float | None) -> list:
    """Custodian's handlers of VASP's errors; those of metals and of KSPACING do not apply."""
    handlers = [
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


def _success(directory: Path, custodian: Custodian, max_stress_GPa: float) -> Outcome:
    """What custodian returned from without an error."""
    corrections = _corrections(custodian)
    if isinstance(custodian.run_log[-1].get("handler"), WalltimeHandler):
        return Outcome("stopped", "the wall time of the job is nearly over", corrections)
    try:
        found = read_calculation(directory)
    except CalculationError as error:
        return Outcome("failed", str(error), corrections)
    if _strained(found, max_stress_GPa):
        return Outcome(
            "failed", f"a stress of {found.max_stress_GPa:.2f} GPa is left after all restarts, "
            f"more than max_stress_GPa {max_stress_GPa:g}", corrections,
        )  # fmt: skip
    return Outcome("done", "", corrections)


def _failure(directory: Path, custodian: Custodian, error: CustodianError) -> Outcome:
    """A run that custodian gave up."""
    last = _last_words(directory)
    if FULL_DISK in last:
        raise FullDisk(f"{directory}: {last}")
    corrections = _corrections(custodian)
    handler = getattr(error, "handler", None)
    accident = isinstance(error, ReturnCodeError | ValidationError)
    # A run that hangs before its first structure hung for a reason of the machine.
    known = not (accident or isinstance(handler, FrozenJobErrorHandler))
    if handler is not None:
        what = f"{type(handler).__name__}: {corrections[-1] if corrections else error}"
    else:
        what = " ".join(str(error).split()).split(": {")[0]
        if isinstance(error, ValidationError):
            what += _unusable(directory)
        what += f"; corrected before: {', '.join(corrections)}" if corrections else ""
    return Outcome("failed", f"{what}; last output: {last}", corrections, known)


def _unusable(directory: Path) -> str:
    """What is wrong with the files of a run that left bad ones."""
    try:
        read_calculation(directory)
    except CalculationError as error:
        return f" ({error})"
    return ""


def _corrections(custodian: Custodian) -> tuple[str, ...]:
    """Each error that was found, with its handler."""
    return tuple(
        _correction(entry["errors"], type(entry["handler"]).__name__)
        for log in custodian.run_log
        for entry in log["corrections"]
        if not entry.get("skipped")
    )


def _correction(errors: Sequence[object], handler: str) -> str:
    return f"{', '.join(map(str, errors))} ({handler})"


def _last_words(directory: Path) -> str:
    """The last lines of what VASP printed, errors first."""
    lines = []
    for name in ("std_err.txt", "vasp.out"):
        path = directory / name
        text = path.read_text(errors="replace") if path.is_file() else ""
        lines += [line.strip(" -") for line in text.splitlines() if line.strip(" -")][-3:]
    return " | ".join(line for line in lines if line) or "none"


class _logged:
    """Custodian's own log goes to a file of the run."""

    def __init__(self, path: Path):
        self._handler = logging.FileHandler(path)
        self._handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(message)s"))

    def __enter__(self) -> None:
        # Of the root: handlers and validators have loggers of their own names. Nowhere else,
        # whatever handlers some library has set up.
        root = logging.getLogger()
        self._before = root.level, root.handlers
        root.setLevel(logging.INFO)
        root.handlers = [self._handler]

    def __exit__(self, *error: object) -> None:
        root = logging.getLogger()
        root.setLevel(self._before[0])
        root.handlers = self._before[1]
        self._handler.close()

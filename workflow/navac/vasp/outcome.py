"""How a run of VASP under custodian ended."""

from __future__ import annotations

from pathlib import Path

from custodian import Custodian
from custodian.custodian import CustodianError, ReturnCodeError, ValidationError
from custodian.vasp.handlers import FrozenJobErrorHandler, WalltimeHandler

from navac.energies.batch import FullDisk, Outcome
from navac.vasp.corrections import correction
from navac.vasp.files import CalculationError
from navac.vasp.output import Calculation, read_calculation

FULL_DISK = "No space left on device"


def strained(found: Calculation, max_stress_GPa: float) -> bool:
    """Whether more stress is left than allowed; VASP itself has no setting for it."""
    relaxed = int(found.tags.get("NSW", 0)) > 1 and int(found.tags.get("ISIF", 2)) >= 3
    return relaxed and (found.max_stress_GPa or 0) > max_stress_GPa


def success(directory: Path, custodian: Custodian, max_stress_GPa: float) -> Outcome:
    """A run that custodian returned from without an error."""
    if isinstance(custodian.run_log[-1].get("handler"), WalltimeHandler):
        return Outcome("stopped", "the wall time of the job is nearly over")
    try:
        found = read_calculation(directory)
    except CalculationError as error:
        return Outcome("failed", str(error))
    if strained(found, max_stress_GPa):
        return Outcome(
            "failed", f"a stress of {found.max_stress_GPa:.2f} GPa is left after all restarts, "
            f"more than max_stress_GPa {max_stress_GPa:g}",
        )  # fmt: skip
    return Outcome("done")


def failure(directory: Path, custodian: Custodian, error: CustodianError) -> Outcome:
    """A run that custodian gave up.

    Raises:
        FullDisk: because there is no room left.
    """
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
    return Outcome("failed", f"{what}; last output: {last}", known)


def _unusable(directory: Path) -> str:
    """What is wrong with the files of a run that left bad ones."""
    try:
        read_calculation(directory)
    except CalculationError as error:
        return f" ({error})"
    return ""


def _corrections(custodian: Custodian) -> tuple[str, ...]:
    """Each error that was found in this start, with its handler."""
    return tuple(
        correction(entry["errors"], type(entry["handler"]).__name__)
        for log in custodian.run_log
        for entry in log["corrections"]
        if not entry.get("skipped")
    )


def _last_words(directory: Path) -> str:
    """The last lines of what VASP printed, errors first."""
    lines = []
    for name in ("std_err.txt", "vasp.out"):
        path = directory / name
        text = path.read_text(errors="replace") if path.is_file() else ""
        lines += [line.strip(" -") for line in text.splitlines() if line.strip(" -")][-3:]
    return " | ".join(line for line in lines if line) or "none"

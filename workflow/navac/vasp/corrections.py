"""What custodian corrects in a run, recorded so that no kill loses it.

Custodian rewrites its own ``custodian.json`` at every check, and a job that is killed meanwhile
leaves half of it. Custodian also logs each correction when it is made; these messages are appended
to a file here, one per line, which is never rewritten while the run is continued.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from pathlib import Path

FILE = "corrections.jsonl"


def correction(errors: Sequence[object], handler: str) -> str:
    """An error that was corrected, and custodian's handler that did it, in words."""
    return f"{', '.join(map(str, errors))} ({handler})"


def recorded_corrections(directory: Path) -> tuple[str, ...]:
    """Every correction in a run since its first start, in order."""
    try:
        lines = (directory / FILE).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return ()
    return tuple(correction(*entry) for line in lines if (entry := _entry(line)) is not None)


def forget_corrections(directory: Path) -> None:
    """Remove the record of a run that is started from its input."""
    (directory / FILE).unlink(missing_ok=True)


def _entry(line: str) -> tuple[list[object], str] | None:
    try:
        data = json.loads(line)
        return data["errors"], data["handler"]
    except (ValueError, TypeError, KeyError):  # the disk was full in the middle of the line
        return None


class RunLog:
    """While it is entered, logging goes to the files of a run, and nowhere else."""

    def __init__(self, directory: Path):
        self._file = logging.FileHandler(directory / "custodian.log")
        self._file.setFormatter(logging.Formatter("%(asctime)s %(name)s %(message)s"))
        self._corrections = _CorrectionHandler(directory / FILE)

    def __enter__(self) -> None:
        # Of the root: handlers and validators have loggers of their own names. Nowhere else,
        # whatever handlers some library has set up.
        root = logging.getLogger()
        self._before = root.level, root.handlers
        root.setLevel(logging.INFO)
        root.handlers = [self._file, self._corrections]

    def __exit__(self, *error: object) -> None:
        root = logging.getLogger()
        root.setLevel(self._before[0])
        root.handlers = self._before[1]
        self._file.close()


class _CorrectionHandler(logging.Handler):
    """Appends the messages that are corrections: custodian gives them errors and actions."""

    def __init__(self, path: Path):
        super().__init__()
        self._path = path

    def emit(self, record: logging.LogRecord) -> None:
        errors = getattr(record, "errors", None)
        if errors is None or not hasattr(record, "actions"):
            return
        entry = {"handler": record.getMessage(), "errors": [str(e) for e in errors]}
        try:
            with open(self._path, "a", encoding="utf-8") as file:
                file.write(json.dumps(entry) + "\n")
        except OSError:
            self.handleError(record)

"""The log of each job: where the rules write it, how far the job says it is, and why it failed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

RULES = Path(__file__).parents[2] / "rules"

_RULE = re.compile(r"^ *(?:(?:rule|checkpoint)\b *(\w*)|use rule \w+ as (\w+) with):", re.M)
_NAME = re.compile(r"^ *name:\s*f?\"([^\"]+)\"", re.M)
_LOG = re.compile(r"^ *log:\s*f\"\{R\}/logs/([^\"]+)\"", re.M)
_PROGRESS = re.compile(r"(\d+) %(?:, (?:(\d+):(\d\d)) left)?")


@dataclass(frozen=True)
class Log:
    """What a log tells.

    Attributes:
        path: the file.
        failure: the message of the error that the job ended with; empty if there is none.
        last: the last line.
        percent: how far the job is, as it said last; None if it said nothing.
        seconds_left: that it expected to need then.
    """

    path: Path
    failure: str
    last: str
    percent: int | None
    seconds_left: float | None


def log_path(results: Path, rule: str, wildcards: Mapping[str, str]) -> Path | None:
    """The log of a job; None for a rule without one."""
    patterns = _patterns()
    for name, pattern in patterns.items():
        # A rule per figure: its name has a placeholder.
        if found := re.fullmatch(re.sub(r"\{\w+\}", lambda m: f"(?P<{m[0][1:-1]}>.+)", name), rule):
            given = {**wildcards, **found.groupdict()}
            return results / "logs" / pattern.replace("{{", "{").replace("}}", "}").format(**given)
    return None


@cache
def _patterns() -> dict[str, str]:
    """Where each rule writes its log, as the files of the rules have it."""
    found: dict[str, str] = {}
    for file in sorted(RULES.glob("*.smk")):
        text = file.read_text(encoding="utf-8")
        starts = [*_RULE.finditer(text)]
        ends = [m.start() for m in starts[1:]] + [len(text)] * bool(starts)
        for start, end in zip(starts, ends, strict=True):
            body = text[start.end() : end]
            name = start[1] or start[2] or (_NAME.search(body) or [""])[1]
            log = _LOG.search(body)
            if name and log:
                found[name] = log[1]
    return found


def read_log(path: Path | None) -> Log | None:
    """What a log tells; None where there is none."""
    if path is None or not path.is_file():
        return None
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    said = [line.strip() for line in lines if line.strip()]
    percent, left = None, None
    for line in reversed(said):
        if found := _PROGRESS.search(line):
            percent = int(found[1])
            left = None if found[2] is None else 60.0 * int(found[2]) + int(found[3])
            break
    return Log(path, _failure(lines), said[-1] if said else "", percent, left)


def _failure(lines: list[str]) -> str:
    """The message of the last error: what follows the last indented line of its traceback."""
    if not any(line.startswith("Traceback (most recent call last)") for line in lines):
        return ""
    start = max(
        k for k, line in enumerate(lines)
        if line.startswith("Traceback (most recent call last)")
    )  # fmt: skip
    rest = lines[start + 1 :]
    while rest and (rest[0].startswith(" ") or not rest[0].strip()):
        rest = rest[1:]
    text = " ".join(line.strip() for line in rest if line.strip())
    return re.sub(r"^navac(\.\w+)*\.(?=\w+: )", "", text)

"""What the stand-in does wrong on request.

A fault is named with an optional argument, ``name:argument``:

- ``crash``: dies at its start, as without a shared library
- ``message:TEXT``: prints TEXT, for which custodian may have a handler, and stops
- ``electrons``: the electrons of the last ionic step do not converge
- ``ions``: the relaxation uses all its steps
- ``hang``: writes two ionic steps, then nothing more
- ``kill``: is killed after two ionic steps, as by a memory limit
- ``truncate``: ends well, but its vasprun.xml lacks the end
- ``disk``: the disk is full after one ionic step
- ``slow:SECONDS``: every ionic step takes so long
- ``moved``: an ion goes to another site
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

KNOWN = (
    "crash",
    "message",
    "electrons",
    "ions",
    "hang",
    "kill",
    "truncate",
    "disk",
    "slow",
    "moved",
)


def requested(folder: Path) -> tuple[str, str]:
    """Note this start; returns the fault that is asked for it, and its argument."""
    if not (place := os.environ.get("VASP_STANDIN")):
        return "", ""
    log = Path(place) / "starts.log"
    before = log.read_text().split() if log.exists() else []
    with open(log, "a") as file:  # short appends are whole, whoever else appends
        file.write(f"{folder.name}\n")
    plan = Path(place) / "faults.json"
    faults = json.loads(plan.read_text()) if plan.exists() else {}
    wanted = faults.get(folder.name, faults.get("*", []))
    start = before.count(folder.name)
    fault = wanted[start] if start < len(wanted) else None
    name, _, argument = (fault or "").partition(":")
    if name and name not in KNOWN:
        raise SystemExit(f"STAND-IN: {plan} asks for {name!r}; known are {', '.join(KNOWN)}")
    return name, argument


def at_start(fault: str, argument: str) -> None:
    """Faults before anything is written."""
    if fault == "crash":
        print("vasp_std: error while loading shared libraries: libmkl_rt.so: cannot open shared "
              "object file", file=sys.stderr)  # fmt: skip
        raise SystemExit(127)
    if fault == "message":
        print(f" {argument}", flush=True)
        raise SystemExit(1)


def after_step(fault: str, argument: str, step: int, folder: Path) -> None:
    """Faults after an ionic step."""
    if fault == "slow":
        time.sleep(float(argument))
    if fault == "disk" and step == 1:
        print("forrtl: No space left on device\nforrtl: severe (38): error during write, unit 12, "
              f"file {folder}/vasprun.xml", file=sys.stderr, flush=True)  # fmt: skip
        os._exit(38)
    if fault == "kill" and step == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    while fault == "hang" and step == 2:
        time.sleep(1)


def at_end(fault: str, folder: Path) -> None:
    """Faults that are only seen in what is left behind."""
    if fault == "truncate":
        path = folder / "vasprun.xml"
        os.truncate(path, int(0.7 * path.stat().st_size))

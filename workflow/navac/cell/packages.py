"""The packages of the extra ``cell``: whether they are there, and PyBaMM as navac uses it."""

from __future__ import annotations

import os
from importlib.util import find_spec
from types import ModuleType

from navac.cell.quantity import CellError

NEEDED = ("pybamm", "bpx", "skfem", "meshio")
"""Names under which they are imported."""


def missing() -> list[str]:
    """Those that are not installed."""
    return [name for name in NEEDED if find_spec(name) is None]


def pybamm() -> ModuleType:
    """PyBaMM, which sends nothing home: neither its question nor its telemetry."""
    os.environ.setdefault("PYBAMM_DISABLE_TELEMETRY", "true")
    import pybamm as module

    module.set_logging_level("ERROR")
    return module


def require() -> None:
    """Refuse to begin without them.

    Raises:
        CellError: with what is missing and how it is installed.
    """
    if absent := missing():
        raise CellError(
            f"cell.run: the packages {', '.join(absent)} are missing; install them with `make "
            "cell`, or pip install -c constraints.txt '.[cell]', or write false"
        )

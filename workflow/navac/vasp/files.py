"""Files that VASP wrote, found and parsed with pymatgen, or a reason not to use them."""

from __future__ import annotations

import re
import tempfile
import warnings
from pathlib import Path

from monty.io import zopen
from pymatgen.io.vasp.outputs import Outcar, Vasprun

from navac import NavacError

OVERFLOW, FIELD = re.compile(rb"\*{3,}"), 16
"""Numbers that did not fit, and the width of those that follow each other without a space."""

WHOLE = "General timing and accounting"


class CalculationError(NavacError):
    """Results that must not be used.

    Attributes:
        kind: ``missing``, ``empty``, ``truncated``, ``unreadable`` or ``unconverged``.
    """

    def __init__(self, kind: str, text: str):
        self.kind = kind
        super().__init__(text)


def output_file(directory: Path, name: str) -> Path:
    """A file of VASP's, or the last of several that custodian numbered."""
    found = [f for f in sorted(directory.glob(f"{name}*")) if f.is_file()]
    exact = [f for f in found if f.name.removesuffix(".gz") == name]
    relaxed = [f for f in found if ".relax" in f.name]
    if not exact and not relaxed:
        raise CalculationError(
            "missing", f"{directory}: holds no {name} or {name}.gz; VASP has not run there"
        )
    return (exact or relaxed)[-1 if not exact else 0]


def read_vasprun(path: Path) -> Vasprun:
    if path.stat().st_size == 0:
        raise CalculationError("empty", f"{path}: is empty; the run died at its start")
    try:
        run = _parsed(path)
    except SyntaxError as error:  # lxml's XMLSyntaxError is one
        raise CalculationError(
            "truncated", f"{path}: the XML ends early or is broken ({error.msg}); VASP was "
            "stopped while it wrote it"
        ) from error  # fmt: skip
    except EOFError as error:
        raise CalculationError("truncated", f"{path}: the gzip file ends early") from error
    except Exception as error:
        raise CalculationError(
            "unreadable", f"{path}: is not a vasprun.xml that pymatgen can read "
            f"({type(error).__name__}: {error})"
        ) from error  # fmt: skip
    if not run.ionic_steps:
        raise CalculationError("truncated", f"{path}: holds no ionic step")
    return run


def _parsed(path: Path) -> Vasprun:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of convergence, which is checked elsewhere
        try:
            return Vasprun(path, parse_potcar_file=False)
        except AttributeError:
            # Some calculations have another kind of eigenvalues, which the gap must do without.
            return Vasprun(path, parse_potcar_file=False, parse_eigen=False)
        except ValueError:
            data = _without_overflows(path)
            if data is None:
                raise
        with tempfile.NamedTemporaryFile(suffix=".xml") as repaired:
            repaired.write(data)
            repaired.flush()
            return Vasprun(repaired.name, parse_potcar_file=False)


def _without_overflows(path: Path) -> bytes | None:
    """The file with 0 for the ``****`` that Fortran writes for numbers too long for their field.

    Only before the first calculation: VASP 5 writes KINTER so, and moments that were never set.
    None where there is nothing to replace.
    """
    with zopen(path, "rb") as file:
        head, mark, results = file.read().partition(b"<calculation>")
    repaired = OVERFLOW.sub(lambda m: b" 0" * max(1, len(m[0]) // FIELD) + b" ", head)
    return None if repaired == head else repaired + mark + results


def read_outcar(vasprun: Path) -> Outcar | None:
    """The OUTCAR beside a vasprun.xml; None where there is none."""
    for end in ("", ".gz"):
        path = vasprun.with_name(
            vasprun.name.removesuffix(".gz").replace("vasprun.xml", "OUTCAR") + end
        )
        if not path.is_file() or "OUTCAR" not in path.name:
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                outcar = Outcar(path)
        except Exception as error:
            raise CalculationError(
                "truncated" if path.stat().st_size else "empty",
                f"{path}: ends before the results ({type(error).__name__}: {error})",
            ) from error
        if WHOLE not in outcar._text:
            raise CalculationError("truncated", f"{path}: ends before {WHOLE!r}, its last part")
        return outcar
    return None

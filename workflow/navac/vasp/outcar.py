"""An OUTCAR without its vasprun.xml: the last structure and energy, and the settings it tells."""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path

import numpy as np
from monty.io import zopen
from pymatgen.core import Lattice, Structure

from navac.energies.user.given import Given, shown
from navac.vasp.files import WHOLE
from navac.vasp.given import functional, potentials
from navac.vasp.output import DONE

NUMBER = r"-?\d+\.\d+"
ROW = re.compile(rf"^\s*({NUMBER})\s*({NUMBER})\s*({NUMBER})", re.MULTILINE)
ENERGY = re.compile(rf"energy\s+without entropy\s*=\s*\S+\s+energy\(sigma->0\)\s*=\s*({NUMBER})")
STEP = re.compile(r"Iteration\s+(\d+)\(\s*(\d+)\)")


def read_outcar_alone(path: Path) -> Given:
    """One OUTCAR; the energy is that extrapolated to no smearing."""
    try:
        with zopen(path, "rt", encoding="utf-8", errors="replace") as file:
            text = str(file.read())
    except (OSError, EOFError) as error:
        return Given(str(path), fault=f"truncated: cannot be read ({error})")
    if WHOLE not in text:
        return Given(str(path), fault=f"truncated: ends before {WHOLE!r}, its last part")
    if problem := _unconverged(text):
        return Given(str(path), fault=f"unconverged: {problem}")
    titels = tuple(" ".join(t.split()) for t in re.findall(r"TITEL\s*=\s*(.+)", text))
    try:
        structure = _structure(text, [p.split()[-1] for p in potentials(titels)])
        energy = float(ENERGY.findall(text)[-1])
    except (ValueError, IndexError) as error:
        return Given(str(path), fault=f"unreadable: holds no structure with an energy ({error})")
    return Given(str(path), "", energy, structure=structure, settings=_settings(text, titels))


def _structure(text: str, elements: list[str]) -> Structure:
    """The last one.

    Raises:
        ValueError, IndexError: there is none.
    """
    lattice = _rows(text.rpartition("direct lattice vectors")[2], 3)
    found = re.search(r"ions per type\s*=\s*([\d ]+)", text)
    counts = [int(n) for n in found[1].split()] if found else []
    if len(counts) != len(elements):
        raise ValueError(f"{len(elements)} potentials (TITEL) and {len(counts)} kinds of ions")
    symbols = np.repeat(elements, counts).tolist()
    positions = _rows(text.rpartition("POSITION")[2], len(symbols))
    return Structure(Lattice(lattice), symbols, positions, coords_are_cartesian=True)


def _rows(text: str, number: int) -> np.ndarray:
    """``[row, 3]`` of the first rows that begin with three numbers."""
    found = [list(map(float, m.groups())) for m in islice(ROW.finditer(text), number)]
    if len(found) < number:
        raise ValueError(f"{len(found)} rows of numbers instead of {number}")
    return np.array(found)


def _unconverged(text: str) -> str:
    """Why the last step is not converged; empty if it is."""
    most = int(_tag(text, "NELM") or 60)
    steps = STEP.findall(text)
    if steps and int(steps[-1][1]) >= most:
        return f"the electrons had not converged after {most} steps (NELM) in the last ionic step"
    nsw = int(_tag(text, "NSW") or 0)
    if nsw > 1 and int(_tag(text, "IBRION") or 0) >= 0 and DONE not in text:
        return f"the relaxation did not reach the accuracy asked for in {nsw} steps (NSW)"
    return ""


def _tag(text: str, name: str) -> str:
    """The last value that is given of a tag; the first may be the user's own INCAR."""
    found = re.findall(rf"^\s*{name}\s*=\s*([^\s;]+)", text, re.MULTILINE)
    return found[-1] if found else ""


def _settings(text: str, titels: tuple[str, ...]) -> dict[str, str]:
    """What the head tells, per element where it is."""
    tags = {"GGA": _tag(text, "GGA"), "METAGGA": _metagga(text)}
    settings = {"functional": functional(tags), "ENCUT": shown(_tag(text, "ENCUT") or "unknown")}
    own = potentials(titels)
    us, js = (re.search(rf"LDAU{k}\s*=((?:\s*{NUMBER})+)", text) for k in "UJ")
    for number, key in enumerate(own):
        values = [_at(found, number) for found in (us, js)]
        settings[f"U of {key.split()[-1]}"] = shown(values[0] - values[1])
    return settings | own


def _metagga(text: str) -> str:
    """Its name; the flag of non-selfconsistent ones, F, is none."""
    found = [t for t in re.findall(r"^\s*METAGGA\s*=\s*([^\s;]+)", text, re.MULTILINE)
             if t not in ("F", "T")]  # fmt: skip
    return found[-1] if found else ""


def _at(found: re.Match[str] | None, number: int) -> float:
    values = found[1].split() if found else []
    return float(values[number]) if number < len(values) else 0.0

"""Calculations of VASP that others ran, with the settings that make their energies comparable."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ase.io
from ase import Atoms
from monty.io import zopen

from navac.energies.user.atoms import structure_of
from navac.energies.user.given import Given, shown
from navac.vasp.files import WHOLE, CalculationError
from navac.vasp.output import DONE, Calculation, read_calculation

ELEMENT = re.compile(r"[A-Z][a-z]?")


def read_run(path: Path) -> Given:
    """One vasprun.xml, an OUTCAR beside it read along."""
    try:
        found = read_calculation(path)
    except CalculationError as error:
        return Given(str(path), fault=f"{error.kind}: {_without(path, error)}")
    return Given(
        str(path), "", found.energy_eV, structure=found.structure, settings=run_settings(found)
    )


def run_settings(found: Calculation) -> dict[str, str]:
    """Settings of a calculation, per element where they are."""
    tags = found.tags
    settings = {
        "functional": _functional(tags),
        "ENCUT": shown(tags.get("ENMAX", tags.get("ENCUT", "unknown"))),
    }
    for element in found.structure.composition:
        settings[f"U of {element.symbol}"] = shown(found.hubbard_eV.get(element.symbol, 0))
    return settings | _potentials(found.titels)


def _functional(tags: Mapping[str, Any]) -> str:
    """META-GGA if there is one, the GGA otherwise; VASP writes ``--`` for none."""
    names = [str(tags.get(key) or "").strip().upper() for key in ("METAGGA", "GGA")]
    real = [n for n in names if n not in ("", "--", "NONE", "F", "FALSE")]
    return real[0] if real else "that of the potentials"


def _potentials(titels: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for titel in titels:
        words = titel.split()
        label = words[1] if len(words) > 1 else words[0]
        if element := ELEMENT.match(label):
            found[f"potential of {element[0]}"] = titel
    return found


def _without(path: Path, error: Exception) -> str:
    """A message without the path that is named already."""
    return str(error).removeprefix(f"{path}: ")


def read_outcar_alone(path: Path) -> Given:
    """One OUTCAR without its vasprun.xml; the energy is that extrapolated to no smearing."""
    try:
        with zopen(path, "rt", encoding="utf-8", errors="replace") as file:
            text = file.read()
    except (OSError, EOFError) as error:
        return Given(str(path), fault=f"truncated: cannot be read ({error})")
    if WHOLE not in text:
        return Given(str(path), fault=f"truncated: ends before {WHOLE!r}, its last part")
    if problem := _unconverged(text):
        return Given(str(path), fault=f"unconverged: {problem}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            atoms = ase.io.read(path, index=-1, format="vasp-out")
        assert isinstance(atoms, Atoms)
        energy = float(atoms.get_potential_energy())
    except Exception as error:  # ASE raises whatever comes
        return Given(str(path), fault=f"unreadable: ASE finds no structure with energy ({error})")
    return Given(
        str(path), "", energy, structure=structure_of(atoms), settings=_outcar_settings(text)
    )


def _unconverged(text: str) -> str:
    """Why the last step of an OUTCAR is not converged; empty if it is."""
    nsw, nelm = _tag(text, "NSW"), _tag(text, "NELM")
    last = text.rpartition("Iteration")[2]
    if "aborting loop because EDIFF is reached" not in last:
        return f"the electrons had not converged in the last ionic step (NELM {nelm})"
    if int(float(nsw or 0)) > 1 and DONE not in text:
        return f"the relaxation did not reach the accuracy asked for (NSW {nsw})"
    return ""


def _tag(text: str, name: str) -> str:
    found = re.search(rf"^\s*{name}\s*=\s*(\S+)", text, re.MULTILINE)
    return found[1].rstrip(";") if found else ""


def _outcar_settings(text: str) -> dict[str, str]:
    """What the head of an OUTCAR tells."""
    tags = {"GGA": _tag(text, "GGA"), "METAGGA": _tag(text, "METAGGA")}
    settings = {"functional": _functional(tags), "ENCUT": shown(_tag(text, "ENCUT") or "unknown")}
    titels = tuple(" ".join(t.split()) for t in re.findall(r"TITEL\s*=\s*(.+)", text))
    potentials = _potentials(titels)
    us = re.search(r"LDAUU\s*=?\s*((?:\s*-?\d+\.\d+)+)", text)
    js = re.search(r"LDAUJ\s*=?\s*((?:\s*-?\d+\.\d+)+)", text)
    for k, key in enumerate(dict.fromkeys(potentials)):
        values = [float(m[1].split()[k]) if m and len(m[1].split()) > k else 0.0 for m in (us, js)]
        settings[f"U of {key.removeprefix('potential of ')}"] = shown(values[0] - values[1])
    return settings | potentials

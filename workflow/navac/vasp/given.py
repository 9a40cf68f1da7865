"""Calculations of VASP that others ran, with the settings that make their energies comparable."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from navac.energies.user.given import Given, shown
from navac.vasp.files import CalculationError
from navac.vasp.output import Calculation, read_calculation

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
        "functional": functional(tags),
        "ENCUT": shown(tags.get("ENMAX", tags.get("ENCUT", "unknown"))),
    }
    for element in found.structure.composition:
        settings[f"U of {element.symbol}"] = shown(found.hubbard_eV.get(element.symbol, 0))
    return settings | potentials(found.titels)


def functional(tags: Mapping[str, Any]) -> str:
    """META-GGA if there is one, the GGA otherwise; VASP writes ``--`` for none."""
    names = [str(tags.get(key) or "").strip().upper() for key in ("METAGGA", "GGA")]
    real = [n for n in names if n not in ("", "--", "NONE", "F", "FALSE")]
    return real[0] if real else "that of the potentials"


def potentials(titels: tuple[str, ...]) -> dict[str, str]:
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

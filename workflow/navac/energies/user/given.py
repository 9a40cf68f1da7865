"""One structure or ordering with its energy, as a file gives it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from pymatgen.core import Structure

Per = Literal["cell", "atom", "formula_unit", "primitive_cell"]
"""What an energy is of: the whole given cell, or one of its atoms, formula units, …"""


@dataclass(frozen=True)
class Given:
    """A structure, or an ordering, and its energy.

    Attributes:
        file: that it is from.
        entry: where in the file; empty where the file holds one.
        energy_eV: None where there is none.
        per: what the energy is of.
        structure: as relaxed; None where the ordering itself is given, or nothing can be read.
        ordering: id of an enumerated ordering; empty for none.
        hnf: nine elements of a Hermite normal form, with ``occupation``; else None.
        occupation: ``[site]`` species indices in that supercell; else None.
        volume_A3_per_fu: of the relaxed cell, where no structure tells it; None for unknown.
        settings: of the calculation, as far as the file tells: ``functional``, ``ENCUT``,
            ``U of Co``, ``potential of Co``.
        fault: why it must not be used; empty if it may.
    """

    file: str
    entry: str = ""
    energy_eV: float | None = None
    per: Per = "cell"
    structure: Structure | None = None
    ordering: str = ""
    hnf: tuple[int, ...] | None = None
    occupation: np.ndarray | None = None
    volume_A3_per_fu: float | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    fault: str = ""

    @property
    def name(self) -> str:
        """File and entry, for people."""
        return f"{self.file} ({self.entry})" if self.entry else self.file


NAMES = {
    "functional": "functional", "xc": "functional", "gga": "GGA", "metagga": "METAGGA",
    "run_type": "functional", "encut": "ENCUT", "enmax": "ENCUT", "ecut": "ENCUT",
    "ecutwfc": "ENCUT", "cutoff": "ENCUT", "model": "model", "calculator": "calculator",
    "level_of_theory": "level of theory", "potentials": "potentials", "setups": "potentials",
    "pseudopotentials": "potentials", "pseudopotential": "potentials",
}  # fmt: skip
"""What people call the settings of a calculation, in lower case, and what they are called here."""
HUBBARD = ("hubbards", "hubbard", "hubbard_u", "ldauu", "u")


def told_settings(pairs: Mapping[str, Any]) -> dict[str, str]:
    """The settings among what a file tells under free names.

    A Hubbard U is given per element, as ``hubbards: {Co: 3.3}`` or ``U_Co: 3.3``.
    """
    found: dict[str, str] = {}
    for key, value in pairs.items():
        name = str(key).lower()
        if value in (None, "", "unknown"):
            continue
        if name in NAMES and not isinstance(value, Mapping):
            found[NAMES[name]] = shown(value)
        elif name in HUBBARD and isinstance(value, Mapping):
            found |= {f"U of {element}": shown(u) for element, u in value.items()}
        elif name in ("setups", "pseudopotentials") and isinstance(value, Mapping):
            found |= {f"potential of {element}": shown(p) for element, p in value.items()}
        elif "_" in name and name.rpartition("_")[0] in HUBBARD:
            found[f"U of {str(key).rpartition('_')[2]}"] = shown(value)
    return found


def shown(value: Any) -> str:
    """A setting as text; numbers so that 520 and 520.0 are the same."""
    try:
        return f"{float(value):g}"
    except (TypeError, ValueError):
        return " ".join(str(value).split())

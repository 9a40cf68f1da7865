"""What is known of elements and ions, each from one table.

Radii are R. D. Shannon's effective ionic ones (Acta Cryst. A 32, 751 (1976)) by charge and
coordination, of high spin where there are two; they come with pymatgen, as do Pauling's
electronegativities and melting points. Valence electrons are those of S. Guo et al., J. Appl. Phys.
109, 103505 (2011). Enthalpies of mixing and bond-valence parameters are in the YAML files beside
this module, with their sources. A mean charge between two tabulated ones has a value in between, in
proportion.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from pymatgen.core import Element

from navac.descriptors.sublattices import DescriptorError

ROMAN = {2: "II", 3: "III", 4: "IV", 5: "V", 6: "VI", 7: "VII", 8: "VIII", 9: "IX", 10: "X",
         12: "XII"}  # fmt: skip
HIGH_SPIN = ("", "High Spin", "Low Spin")
"""Which of several radii is taken: the first that is there."""


def radius(element: str, charge: float, coordination: int) -> float:
    """Effective ionic radius, Å.

    Raises:
        DescriptorError: Shannon has none at this charge or coordination.
    """
    table = Element(element).data.get("Shannon radii") or {}
    known = {
        int(q): _by_spin(by_number[ROMAN[coordination]])
        for q, by_number in table.items() if ROMAN.get(coordination) in by_number
    }  # fmt: skip
    return _between(known, charge, f"{element}: Shannon's radii, coordination {coordination}")


def bond_valence(element: str, charge: float) -> tuple[float, float]:
    """R0 and b of a cation with oxygen, Å.

    Raises:
        DescriptorError: there is none for this charge.
    """
    table = _table("bond_valence.yaml")
    known = {int(q): entry[0] for q, entry in table["R0_A"].get(element, {}).items()}
    return _between(known, charge, f"{element}: bond-valence parameters"), table["b_A"]


def mixing_enthalpy(one: str, other: str) -> float:
    """Of two metals at equal amounts, kJ/mol.

    Raises:
        DescriptorError: the table has no such pair.
    """
    table = _table("mixing_enthalpies.yaml")["kJ_per_mol"]
    for a, b in ((one, other), (other, one)):
        if b in table.get(a, {}):
            return float(table[a][b])
    raise DescriptorError(f"{one}, {other}: mixing_enthalpies.yaml has no such pair; add it")


def electronegativity(element: str) -> float:
    """On Pauling's scale."""
    return float(Element(element).X)


def valence_electrons(element: str) -> int:
    """Outside the noble-gas core, d electrons included while their shell is not filled before p."""
    group = Element(element).group
    return group - 10 if group > 12 else group


def melting_point(element: str) -> float:
    """Of the element, K."""
    return float(Element(element).melting_point)


def _by_spin(radii: Mapping[str, Mapping[str, float]]) -> float:
    return next(float(radii[spin]["ionic_radius"]) for spin in HIGH_SPIN if spin in radii)


def _between(known: Mapping[int, float], charge: float, what: str) -> float:
    """A value at a mean charge, in proportion between the tabulated ones."""
    at = sorted(known)
    if not at or not at[0] - 1e-6 <= charge <= at[-1] + 1e-6:
        said = ", ".join(f"{q:+d}" for q in at) or "none"
        raise DescriptorError(f"{what}: tabulated for the charges {said}, not {charge:+.3g}")
    return float(np.interp(charge, at, [known[q] for q in at]))


@cache
def _table(name: str) -> dict[str, Any]:
    return yaml.safe_load((Path(__file__).parent / name).read_text(encoding="utf-8"))

"""pymatgen's sets of VASP parameters as a base of settings, for any element they know.

A YAML file of settings may name a ``base``, ``MPRelaxSet`` say, and give only what differs: tags
(null removes one), species, and what the set does not know.
"""

from __future__ import annotations

import bz2
import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from navac import NavacError

BASES = ("MPRelaxSet", "MPScanRelaxSet")
_MOMENT = 0.6
"""Starting moment of an element that a set does not list, μB: pymatgen's default."""
_ELSEWHERE = {"MAGMOM", "LDAUU", "LDAUL", "LDAUJ", "EDIFF_PER_ATOM", "KSPACING"}
"""Tags of a set that are other keys of the settings."""


class UnknownBase(NavacError):
    """Settings name a base that there is not."""


def with_base(content: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as in a YAML file, with what its base has beside them.

    Raises:
        UnknownBase: there is no base of this name.
    """
    own = {key: value for key, value in content.items() if key != "base"}
    base = base_settings(content["base"])
    joined = {**base, **own}
    tags = base["incar"] | own.get("incar", {})
    joined["incar"] = {tag: value for tag, value in tags.items() if value is not None}
    joined["species"] = {
        element: base["species"].get(element, {}) | own.get("species", {}).get(element, {})
        for element in base["species"] | own.get("species", {})
    }
    return joined


def base_settings(name: str) -> dict[str, Any]:
    """What a set of pymatgen says, under the keys of navac's settings.

    Raises:
        UnknownBase: there is no base of this name.
    """
    if name not in BASES:
        raise UnknownBase(f"base: {name} is not known; use one of {', '.join(BASES)}")
    from pymatgen.io.vasp import sets

    config = getattr(sets, name).CONFIG
    incar = config["INCAR"]
    found: dict[str, Any] = {
        "incar": {tag: value for tag, value in incar.items() if tag not in _ELSEWHERE},
        "species": {
            element: {
                "potcar": label,
                "magmom_muB": incar["MAGMOM"].get(element, _MOMENT),
                "hubbard_with": _hubbard(incar, element),
            }
            for element, label in config["POTCAR"].items()
        },
    }
    if "EDIFF_PER_ATOM" in incar:
        found["ediff_eV_per_atom"] = incar["EDIFF_PER_ATOM"]
    if "KSPACING" in incar:
        found["kpoint_spacing_per_A"] = incar["KSPACING"]
    else:
        found["kpoint_density_A3"] = config["KPOINTS"]["reciprocal_density"]
    return found


def _hubbard(incar: Mapping[str, Any], element: str) -> dict[str, dict[str, float]]:
    """The correction of an element by the most electronegative one beside it."""
    return {
        anion: {"l": incar["LDAUL"][anion][element], "U_eV": values[element],
                "J_eV": incar["LDAUJ"][anion][element]}
        for anion, values in incar.get("LDAUU", {}).items() if element in values
    }  # fmt: skip


def titel_of(label: str, release: str) -> str | None:
    """The TITEL of a potential, ``PAW_PBE Fe_pv 02Aug2007``; None if pymatgen does not know it.

    Args:
        release: as pymatgen names them: ``PBE``, ``PBE_52``, ``PBE_54``.
    """
    return _titels(release).get(label)


@cache
def _titels(release: str) -> dict[str, str]:
    """TITEL of every label in a release; pymatgen has them without their spaces."""
    import pymatgen.io.vasp

    path = Path(pymatgen.io.vasp.__file__).with_name("potcar-summary-stats.json.bz2")
    with bz2.open(path, "rt", encoding="utf-8") as file:
        releases = json.load(file)
    found = {}
    for titel, potentials in releases.get(release, {}).items():
        for label in (one["symbol"] for one in potentials):
            if match := re.fullmatch(
                rf"(PAW(?:_PBE)?){re.escape(label)}(\d\d\w{{3}}\d{{4}})?", titel
            ):
                found[label] = " ".join(filter(None, (match[1], label, match[2])))
    return found
